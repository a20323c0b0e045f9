"""`report`: makes all views again from results.json, offline."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.cli.command import Command
from conformance.cli.common import refused
from conformance.offline.remake import remake
from conformance.reporting.writer import ReportError
from conformance.results.reader import read_results, results_file


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: from what, and where to."""
    parser.add_argument("record", metavar="DIR", help="a folder of reports, or a results.json")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="where to write (default: beside results.json)"
    )


def run(options: argparse.Namespace) -> int:
    """Write the views, over those that are there."""
    document = read_results(options.record)
    folder = options.output or results_file(Path(options.record)).parent
    try:
        written = remake(document, folder)
    except ReportError as error:
        raise refused(error) from None
    print(f"{len(written)} files written to {folder}")
    return 0


COMMAND = Command("report", "remake all reports from results.json", declare, run)
