"""`known`: the `known:` entries of a profile for what failed, to be filled in."""

from __future__ import annotations

import argparse

from conformance.cli.command import Command
from conformance.explain.known_entries import known_lines
from conformance.results.reader import read_results


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: of which run."""
    parser.add_argument("--from", dest="results", required=True, metavar="results.json", help="the run, or its folder")
    parser.add_argument("--advisories", action="store_true", help="include advisories")
    parser.add_argument(
        "--by-check", action="store_true", help="one entry for each check, which covers future findings too"
    )


def run(options: argparse.Namespace) -> int:
    """Print YAML for a profile; a profile is refused until each entry is filled in."""
    for line in known_lines(read_results(options.results), advisories=options.advisories, by_check=options.by_check):
        print(line)
    return 0


COMMAND = Command("known", "print entries for the failures of a run, to fill in as known deviations", declare, run)
