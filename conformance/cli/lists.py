"""`list`: what there is, one a line."""

from __future__ import annotations

import argparse

from conformance.cli.command import Command
from conformance.cli.common import cases_and_checks, show
from conformance.explain.listing import TOPICS, summary


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: of what."""
    group = parser.add_mutually_exclusive_group()
    for name, lines in TOPICS.items():
        told = (lines.__doc__ or "").strip().rstrip(".")
        group.add_argument(
            f"--{name}", dest="topic", action="store_const", const=name, help=told[:1].lower() + told[1:]
        )


def run(options: argparse.Namespace) -> int:
    """Print the list; without an option how many there are of each."""
    cases, checks = cases_and_checks()
    show((TOPICS[options.topic] if options.topic else summary)(cases, checks))
    return 0


COMMAND = Command("list", "list all requirements, cases, checks, sets, profiles or faults", declare, run)
