"""Runs one subcommand of the console script: wrong options, lost output and Ctrl-C end it in one sentence or none."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from conformance.catalogue.yamlfile import DataError
from conformance.cli.parser import parse
from conformance.judge import INCOMPLETE, INTERRUPTED, USAGE
from conformance.redaction.escaping import visible
from conformance.reporting.patient_output import PatientOutput
from conformance.reporting.plain_marks import use_plain_marks
from conformance.run.options import for_console
from conformance.wire.errors import OptionError


def run_command(arguments: Sequence[str], about: str) -> int:
    """Run one subcommand; its exit status. A wrong option is one sentence and status 4."""
    use_plain_marks(sys.stdout, sys.stderr)
    try:
        options = parse(arguments, about)
    except SystemExit as stop:
        # argparse ends with 2, which is the status of an interrupted run here.
        return 0 if not stop.code else USAGE
    return _guarded(options)


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
        return _said(for_console(str(error)), USAGE)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _said(f"{place}{error.strerror or error}", INCOMPLETE)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        sys.stdout = before
    if output.trouble:
        return _said(f"the output is lost ({output.trouble})", status or INCOMPLETE)
    return status


def _said(sentence: str, status: int) -> int:
    print(f"speke-conformance: {visible(sentence)}", file=sys.stderr)
    return status
