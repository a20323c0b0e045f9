"""`check`: judges a request and its answer that somebody captured anywhere."""

from __future__ import annotations

import argparse
import secrets
import shutil
from pathlib import Path

from conformance.checks import load_checks
from conformance.cli.command import Command
from conformance.cli.common import show
from conformance.model import VERSIONS
from conformance.offline.captured import read_pair
from conformance.offline.judged_pair import judge_pair, lines
from conformance.run.profile import load_profile


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: the files."""
    parser.add_argument("--request", type=Path, required=True, metavar="A.xml", help="the CPIX document that was sent")
    parser.add_argument(
        "--response", type=Path, required=True, metavar="B.xml", help="the CPIX document that came back"
    )
    parser.add_argument(
        "--headers", type=Path, metavar="FILE", help="the answer's headers as text, with or without its status line"
    )
    parser.add_argument(
        "--private-key", type=Path, metavar="PEM", help="the RSA key of the request's recipient, to open encrypted keys"
    )
    parser.add_argument("--version", choices=VERSIONS, default="", help="default: by the request's CPIX@version")
    parser.add_argument(
        "--profile", metavar="NAME|PATH", default="default", help="which requirement sets count (default: default)"
    )


def run(options: argparse.Namespace) -> int:
    """Print what the checks say, and which need a live server; 1 where a binding rule is broken."""
    captured = read_pair(options.request, options.response, options.headers, options.private_key, options.version)
    judged = judge_pair(captured, load_profile(options.profile), load_checks(), secrets.token_bytes(16))
    show(lines(judged, shutil.get_terminal_size().columns))
    return judged.exit_status


COMMAND = Command("check", "judge a captured pair of documents, without a server", declare, run)
