"""`speke-conformance`: says whether a SPEKE v2 key server conforms, and why not."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from conformance import __version__
from conformance.catalogue.yamlfile import DataError
from conformance.cli import COMMANDS
from conformance.judge import USAGE
from conformance.wire.errors import OptionError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; its exit status. A wrong option is one sentence and status 4."""
    parser = argparse.ArgumentParser(prog="speke-conformance", description=__doc__.partition(":")[2].strip())
    parser.add_argument("--version", action="version", version=f"speke-conformance {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = subparsers.add_parser(command.name, help=command.help, description=command.help)
        command.declare(sub)
        sub.set_defaults(command=command)
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        # argparse ends with 2, which is the status of an interrupted run here.
        return 0 if not stop.code else USAGE
    try:
        return int(options.command.run(options))
    except (OptionError, DataError) as error:
        print(f"speke-conformance: {error}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
