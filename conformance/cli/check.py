"""`check`: judges exchanges that somebody captured anywhere, in whatever form."""

from __future__ import annotations

import argparse
import secrets
import shutil
import sys
from pathlib import Path

from conformance.checks import load_checks
from conformance.cli.command import Command
from conformance.cli.common import show
from conformance.judge import USAGE
from conformance.model import VERSIONS
from conformance.offline.captured import Captured, read_pair
from conformance.offline.judged_pair import judge_pairs, lines
from conformance.offline.several import read_several
from conformance.offline.sources import SeveralExchanges
from conformance.redaction.escaping import visible
from conformance.results.seal import sealed
from conformance.run.profile import load_profile
from conformance.wire.errors import OptionError


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: the captures, and how to read and judge them."""
    parser.add_argument(
        "captures",
        type=Path,
        nargs="*",
        metavar="CAPTURE",
        help="a file with request and answer (HAR, raw HTTP, a log, Lambda), a folder, or - for stdin",
    )
    parser.add_argument(
        "--request", type=Path, metavar="FILE", help="the request: its CPIX document, or a capture of it"
    )
    parser.add_argument(
        "--response", type=Path, metavar="FILE", help="the answer: its body, or a capture of it (curl -i)"
    )
    parser.add_argument(
        "--headers", type=Path, metavar="FILE", help="the answer's headers as text or JSON, with or without status line"
    )
    parser.add_argument(
        "--entry", metavar="N|URL", default="", help="which exchange of a HAR file: number or part of URL"
    )
    parser.add_argument(
        "--private-key", type=Path, metavar="PEM", help="the RSA key of the request's recipient, to open encrypted keys"
    )
    parser.add_argument(
        "--version", choices=VERSIONS, default="", help="SPEKE version (default: taken from the header or CPIX@version)"
    )
    parser.add_argument(
        "--profile", metavar="NAME|PATH", default="default", help="which requirement sets count (default: default)"
    )
    parser.add_argument("--complete", action="store_true", help="exit with 10 if some checks could not run")
    parser.add_argument("--json", action="store_true", help="print the result document instead of text")


def run(options: argparse.Namespace) -> int:
    """Print what the checks say, and what was not judged; 1 where a binding rule is broken."""
    try:
        captured = _captured(options)
    except SeveralExchanges as several:
        print(f"speke-conformance: {several}", file=sys.stderr)
        show(several.names)
        return USAGE
    judged = judge_pairs(captured, load_profile(options.profile), load_checks(), secrets.token_bytes(16))
    status = judged.status(complete=options.complete)
    if options.json:
        judged.document.exit_status = status
        sys.stdout.write(sealed(judged.document).decode("ascii"))
        return status
    show(lines(judged, shutil.get_terminal_size().columns))
    return status


def _captured(options: argparse.Namespace) -> list[Captured]:
    key, version = options.private_key, options.version
    if options.request is not None or options.response is not None:
        if options.request is None or options.response is None:
            raise OptionError("--request and --response go together; a single file with both halves needs neither.")
        if options.captures:
            raise OptionError("Give captures, or --request and --response, not both.")
        return [read_pair(options.request, options.response, options.headers, key, version, entry=options.entry)]
    if not options.captures:
        raise OptionError("Give a capture, or --request FILE --response FILE (docs/captures.md shows what is read).")
    if options.headers is not None:
        raise OptionError("--headers goes with --request and --response; a capture has its own.")
    found, left_out = read_several(options.captures, key, version, options.entry)
    for why in left_out:
        print(f"left out: {visible(why)}", file=sys.stderr)
    return found


COMMAND = Command("check", "judge captured exchanges (HAR, curl, Lambda, files), without a server", declare, run)
