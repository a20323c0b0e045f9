"""`explain`: the rule, its source, why it matters, right and wrong side by side, and the faults that prove it."""

from __future__ import annotations

import argparse

from conformance.cli.command import Command
from conformance.cli.common import cases_and_checks, declare_cases, show
from conformance.explain.explanation import explain


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: what to explain."""
    parser.add_argument(
        "name", metavar="NAME", help="such as keys.values-distinct, SPK20-KEY-006, safety@1, UNTESTABLE"
    )
    declare_cases(parser)


def run(options: argparse.Namespace) -> int:
    """Print the explanation."""
    show(explain(options.name, *cases_and_checks(options.cases)))
    return 0


COMMAND = Command("explain", "explain a check, requirement, case, set, fault or verdict", declare, run)
