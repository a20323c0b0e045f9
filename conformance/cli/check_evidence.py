"""`check-evidence`: verifies an evidence archive, and judges its recorded exchanges again."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.cli.command import Command
from conformance.cli.common import cases_and_checks, declare_cases, show
from conformance.evidence.signing import read_public
from conformance.evidence.verify import check_evidence


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: the archive, and whose signature it should bear."""
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="the evidence")
    parser.add_argument("--public-key", type=Path, metavar="PEM", help="the signer's Ed25519 public key")
    declare_cases(parser)


def run(options: argparse.Namespace) -> int:
    """Print what was looked at; 1 where something contradicts, 10 where something could not be judged again."""
    key = read_public(options.public_key) if options.public_key else None
    report = check_evidence(options.file, key, *cases_and_checks(options.cases))
    show(report.lines())
    return report.exit_status


COMMAND = Command("check-evidence", "verify evidence, and judge its exchanges again", declare, run)
