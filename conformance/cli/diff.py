"""`diff`: what changed between two runs."""

from __future__ import annotations

import argparse
import json

import msgspec

from conformance.cli.command import Command
from conformance.cli.common import show
from conformance.diagnosis.diagnose import diagnose
from conformance.diagnosis.difference import cause_changes
from conformance.reporting.difference_text import cause_lines, difference_lines, difference_status
from conformance.results.compare import difference
from conformance.results.index import ResultsIndex
from conformance.results.reader import read_results


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: the two runs."""
    parser.add_argument("old", metavar="OLD", help="results.json of the earlier run, or its folder")
    parser.add_argument("new", metavar="NEW", help="results.json of the later run, or its folder")
    parser.add_argument("--json", action="store_true", help="print the difference as JSON")


def run(options: argparse.Namespace) -> int:
    """Print the difference; 1 where something newly fails, 10 where something has no answer any more."""
    old, new = read_results(options.old), read_results(options.new)
    found = difference(old, new)
    if options.json:
        print(json.dumps(msgspec.to_builtins(found), indent=2))
    else:
        show(difference_lines(found))
        show(cause_lines(cause_changes(diagnose(ResultsIndex(old)), diagnose(ResultsIndex(new)))))
    return difference_status(found)


COMMAND = Command("diff", "show what changed between two runs", declare, run)
