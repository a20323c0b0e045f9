"""What `serve --audit` and `proxy` have in common: whose habits are compared, the lines, and the report at the end."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.encryptor_audit.auditor import Auditor
from conformance.encryptor_audit.report import AuditFacts, finish
from conformance.judge import INCOMPLETE
from conformance.reporting.writer import ReportError


def declare_audit(parser: argparse.ArgumentParser) -> None:
    """Options of an audit."""
    parser.add_argument(
        "--as",
        dest="encryptor",
        metavar="NAME",
        help="note where requests differ from those of a known encryptor, such as mediapackage-v2",
    )
    parser.add_argument(
        "--report-dir", metavar="DIR", default="reports", help="where reports are written (default: ./reports)"
    )


def report(auditor: Auditor, about: AuditFacts, report_dir: Path) -> int:
    """Write the report of an audit and say what is in it; the exit status."""
    try:
        lines, status = finish(auditor, about, report_dir)
    except ReportError as error:
        print(error)
        return INCOMPLETE
    print("\n".join(["", *lines]), flush=True)
    return status


def say(line: str) -> None:
    """Print one line at once: somebody is watching."""
    print(line, flush=True)
