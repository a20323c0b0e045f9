"""The subcommands of `speke-conformance`, one module each."""

from __future__ import annotations

from conformance.commands import encrypt, faults, plan, run, serve
from conformance.commands.command import Command

COMMANDS: tuple[Command, ...] = (run.COMMAND, plan.COMMAND, encrypt.COMMAND, serve.COMMAND, faults.COMMAND)
