"""`completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from conformance.cli.command import Command, program
from conformance.run.profile import profile_names

SHELLS = ("bash", "zsh", "fish")
_FILES = ("FILE", "PEM", "CAPTURE", "RESULTS", "FILE.zip", "OLD", "NEW", "product.yaml", "results.json")
_FOLDERS = ("DIR",)


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: the shell."""
    parser.add_argument("shell", choices=SHELLS, help="the shell to print a script for")


def run(options: argparse.Namespace) -> int:
    """Print the script; the shell reads it once, and nothing of the suite runs at the Tab key."""
    print(script(options.parser, options.parsers.values(), options.shell))
    return 0


def script(parser: argparse.ArgumentParser, commands: Iterable[argparse.ArgumentParser], shell: str) -> str:
    """The script for one shell, for the command as it was typed: installed, or the launcher of a checkout."""
    # Needed here alone, and every command would wait for it; the parser imports all commands, this one among them.
    import shtab

    from conformance.cli.parser import each_action

    for action, chooses_command in [pair for one in (parser, *commands) for pair in each_action(one)]:
        if chooses_command:
            # Hidden from --help, which lists the commands by what they are for; the shell needs it.
            action.help = "command"
        elif action.dest == "profile":
            action.choices = profile_names()
        elif action.metavar in (*_FILES, *_FOLDERS):
            vars(action)["complete"] = shtab.FILE if action.metavar in _FILES else shtab.DIRECTORY
    parser.prog = Path(program()).name
    return str(shtab.complete(parser, shell))


COMMAND = Command("completion", "print a script that completes commands and options in your shell", declare, run)
