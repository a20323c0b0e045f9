"""`speke-conformance`: tells you whether a SPEKE v2 key server conforms, and if not, why."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from conformance import __version__
from conformance.catalogue.book import load_catalogue
from conformance.catalogue.yamlfile import DataError
from conformance.cli import COMMANDS
from conformance.cli.command import program
from conformance.cli.overview import examples, overview
from conformance.judge import INCOMPLETE, INTERRUPTED, USAGE
from conformance.redaction.escaping import visible
from conformance.reporting.patient_output import PatientOutput
from conformance.wire.errors import OptionError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; its exit status. A wrong option is one sentence and status 4."""
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        # argparse ends with 2, which is the status of an interrupted run here.
        return 0 if not stop.code else USAGE
    return _guarded(options)


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog=program(),
        usage=f"{program()} COMMAND [options]",
        description=__doc__.partition(":")[2].strip(),
        epilog=overview(COMMANDS),
        formatter_class=raw,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and the digest of the catalogue")
    # Without `help` a command is in no list of argparse: the overview lists them by what they are for.
    subparsers = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, prog=program(), help=argparse.SUPPRESS
    )
    for command in COMMANDS:
        sub = subparsers.add_parser(
            command.name, description=command.help, epilog=examples(command.name), formatter_class=raw
        )
        command.declare(sub)
        sub.set_defaults(command=command, parser=parser, parsers=subparsers.choices)
    return parser


class _Version(argparse.Action):
    """The catalogue is read only for whoever asks for the version."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"speke-conformance {__version__} (catalogue {load_catalogue().digest[:12]})")
        parser.exit()


def _guarded(options: argparse.Namespace) -> int:
    """Run the subcommand; whoever stops reading its output, or leaves no room for it, gets its status all the same."""
    before = sys.stdout
    # pytest colours its lines itself; what else is printed may hold texts of strangers and needs no escapes.
    output = PatientOutput(before, str if options.command.colours else visible)
    sys.stdout = output
    try:
        status = int(options.command.run(options))
        output.flush()
    except (OptionError, DataError) as error:
        return _said(str(error), USAGE)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _said(f"{place}{error.strerror or error}", INCOMPLETE)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        sys.stdout = before
    if output.trouble:
        return _said(f"what was to be printed is lost ({output.trouble})", status or INCOMPLETE)
    return status


def _said(sentence: str, status: int) -> int:
    print(f"speke-conformance: {visible(sentence)}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
