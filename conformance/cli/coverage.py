"""`coverage`: which check and which case tests which rule, found out by real runs, or why nothing can."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from conformance.cases import cases_directory
from conformance.catalogue import load_catalogue
from conformance.cli.command import Command
from conformance.cli.common import checkout
from conformance.faultmatrix.coverage import Coverage, Tested, TestedState, measure
from conformance.faultmatrix.coverage_page import COLUMNS, coverage_page, summary_rows, totals
from conformance.run.consistency import untested
from conformance.wire.errors import OptionError

PAGE = Path("docs") / "coverage.md"


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: what becomes of the page."""
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.as_posix()} of this checkout")
    parser.add_argument("--check", action="store_true", help=f"fail if {PAGE.as_posix()} is out of date")


def run(options: argparse.Namespace) -> int:
    """Print the coverage; 1 where a rule is not covered, or with --check where the page is out of date."""
    page = cases_directory().parent / PAGE
    if (options.write or options.check) and checkout() is None:
        raise OptionError(f"{PAGE.as_posix()} belongs to a checkout; leave --write and --check out.")
    print("runs every case against the built-in server; this takes a minute or two", file=sys.stderr, flush=True)
    coverage = measure()
    for line in lines(coverage):
        print(line)
    problems = [sentence for _, sentence in untested(load_catalogue(), coverage.cases)]
    text = coverage_page(coverage)
    if options.write:
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, encoding="utf-8")
    elif options.check and (not page.is_file() or page.read_text(encoding="utf-8") != text):
        problems.append(f"{PAGE.as_posix()} is out of date; run speke-conformance coverage --write")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def lines(coverage: Coverage) -> Iterator[str]:
    """Every rule on a line, then the numbers for each set."""
    for name in load_catalogue().sets:
        yield name
        for one in coverage.of_set(name):
            yield f"  {one.requirement.id:<18} {_tests(one)}"
    yield ""
    widths = [24, *(len(column) + 2 for column in COLUMNS[1:])]
    for row in (COLUMNS, *summary_rows(coverage)):
        yield "".join(
            cell.ljust(width) if not at else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
    yield ""
    yield totals(coverage)


def _tests(one: Tested) -> str:
    if one.standing in (TestedState.NOT_TESTABLE, TestedState.NOT_COVERED):
        return f"{one.standing}{': ' + one.reason if one.reason else ''}"
    present = ", where present" if one.standing is TestedState.WHERE_PRESENT else ""
    return f"{', '.join(one.checks)} in {one.variants} cases{present}: {', '.join(one.cases[:3])}"


COMMAND = Command("coverage", "show which checks and cases test which rule", declare, run)
