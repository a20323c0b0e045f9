"""`negatives`: which rules each faulty request breaks, and whether its defect is single."""

from __future__ import annotations

import argparse
from dataclasses import replace

from conformance.cases.broken_rules import RULES
from conformance.cases.certificates import KeyRing
from conformance.cases.features import ENDPOINT, everything
from conformance.cases.single_defect import negatives, not_single
from conformance.cli.command import Command
from conformance.cli.common import cases_and_checks, declare_cases, show


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: the user's own cases."""
    declare_cases(parser)


def run(options: argparse.Namespace) -> int:
    """Print a line for each faulty request; 1 where one breaks more than one rule and does not say why."""
    cases, _ = cases_and_checks(options.cases)
    claims = everything()
    claims = replace(claims, features=claims.features | {*ENDPOINT, "hdcp"})
    found = list(negatives(cases, claims, KeyRing()))
    for one in found:
        broken = [f"the rule that {RULES[rule]}" for rule in one.broken]
        show([f"{one.name} breaks {' and '.join(broken) or 'no rule'}"])
    wrong = list(not_single(found))
    show(wrong)
    return 1 if wrong else 0


COMMAND = Command("negatives", "show which rules each faulty request breaks", declare, run)
