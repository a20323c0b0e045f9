"""`catalogue diff`: what a newer version of the suite would ask."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance import __version__
from conformance.cli.command import Command
from conformance.cli.common import cases_and_checks, declare_cases, show
from conformance.explain.catalogue_difference import catalogue_lines
from conformance.explain.catalogue_snapshot import of_suite, read_asks


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: what to compare."""
    parser.add_argument("action", choices=["diff"], help="compare two versions")
    parser.add_argument(
        "old", type=Path, metavar="OLD", help="a results.json, a folder of reports, or a catalogue folder"
    )
    parser.add_argument(
        "new", type=Path, metavar="NEW", nargs="?", help="the same (default: this version of the suite)"
    )
    declare_cases(parser)


def run(options: argparse.Namespace) -> int:
    """Print what is asked that was not asked before, and what weighs more; nothing is judged."""
    old = read_asks(options.old)
    new = read_asks(options.new) if options.new else of_suite(*cases_and_checks(options.cases), old, __version__)
    show(catalogue_lines(old, new))
    return 0


COMMAND = Command("catalogue", "show what a newer version of the suite would check", declare, run)
