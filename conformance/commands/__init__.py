"""The subcommands of `speke-conformance`, one module each."""

from __future__ import annotations

from conformance.commands import coverage, docs, encrypt, faults, load, new, plan, proxy, run, serve
from conformance.commands.command import Command

COMMANDS: tuple[Command, ...] = (
    run.COMMAND,
    plan.COMMAND,
    encrypt.COMMAND,
    serve.COMMAND,
    proxy.COMMAND,
    faults.COMMAND,
    load.COMMAND,
    coverage.COMMAND,
    docs.COMMAND,
    new.COMMAND,
)
