"""The subcommands of `speke-conformance`, one module each."""

from __future__ import annotations

from conformance.commands import encrypt, run, serve
from conformance.commands.command import Command

COMMANDS: tuple[Command, ...] = (run.COMMAND, encrypt.COMMAND, serve.COMMAND)
