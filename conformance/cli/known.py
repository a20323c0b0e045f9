"""`known`: the `known:` entries of a profile for what failed, to be filled in."""

from __future__ import annotations

import argparse

from conformance.cli.command import Command
from conformance.explain.known_entries import known_lines
from conformance.results.reader import read_results


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: of which run."""
    parser.add_argument("--from", dest="results", required=True, metavar="results.json", help="the run, or its folder")
    parser.add_argument("--advisories", action="store_true", help="list what is advised as well")
    parser.add_argument(
        "--by-check", action="store_true", help="one entry for all findings of a check, future ones too"
    )


def run(options: argparse.Namespace) -> int:
    """Print YAML for a profile; a profile is refused until each entry is filled in."""
    for line in known_lines(read_results(options.results), advisories=options.advisories, by_check=options.by_check):
        print(line)
    return 0


COMMAND = Command("known", "write the entries for known deviations, to be filled in", declare, run)
