"""`replay`: judges recorded exchanges again, with this version, without a server."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.cli.command import Command
from conformance.cli.common import cases_and_checks, declare_cases, refused, show, show_summary
from conformance.offline.rebuild import arrays_of
from conformance.offline.replay import lines, replay
from conformance.reporting.difference_text import summary
from conformance.reporting.writer import ReportError, write_reports
from conformance.results.compare import difference
from conformance.results.reader import read_results, results_file


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: which record, and where its reports go."""
    parser.add_argument("record", metavar="DIR", help="a folder of reports, or its results.json")
    parser.add_argument("--report-dir", metavar="DIR", help="write the reports of the replay below this folder")
    declare_cases(parser)


def run(options: argparse.Namespace) -> int:
    """Print what the record comes to today; the exit status is that of a run."""
    document = read_results(options.record)
    place = str(results_file(Path(options.record)))
    found = replay(document, *cases_and_checks(options.cases, arrays_of(document)), place)
    show_summary(found.document)
    show(["", *lines(found), f"since the record: {summary(difference(document, found.document))}"])
    if options.report_dir is not None:
        try:
            print(f"reports: {write_reports(found.document, Path(options.report_dir))}")
        except ReportError as error:
            raise refused(error) from None
    return found.exit_status


COMMAND = Command("replay", "judge recorded exchanges again, without a server", declare, run)
