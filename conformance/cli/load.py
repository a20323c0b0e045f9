"""`load`: many channels at once through Locust, every answer judged."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from conformance.cli.command import Command
from conformance.cli.common import OneUrl, declare_options, show
from conformance.judge import INCOMPLETE
from conformance.load.config import DEFAULT_CASE, VARIABLE, LoadConfig
from conformance.load.load_checks import CHOICES, LOAD
from conformance.load.load_report import outcome_lines
from conformance.load.traffic import Traffic
from conformance.run.options import options_of, reaching_a_server
from conformance.run.run_plan import RunPlan
from conformance.run.session import open_run
from conformance.run.settings import read_settings
from conformance.wire.errors import OptionError

LOCUSTFILE = Path(__file__).resolve().parent.parent / "load" / "locustfile.py"

TAKEN = reaching_a_server(but={"cases", "strict", "fault", "delay-ms"})
"""Options of `run` that mean the same here."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: how much, of what, and how the server is reached."""
    parser.add_argument("--server-url", action=OneUrl, metavar="URL", required=True, help="the key server to test")
    parser.add_argument("--channels", type=int, default=1000, metavar="N", help="live channels (default: 1000)")
    parser.add_argument(
        "--rotation",
        type=float,
        default=300.0,
        metavar="SECONDS",
        help="seconds between two key periods of a channel (default: 300; 0: as fast as the server answers)",
    )
    parser.add_argument("--users", type=int, default=16, metavar="N", help="requests in flight at once (default: 16)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes that send requests (default: 1)")
    parser.add_argument(
        "--run-time", default="60s", metavar="TIME", help="in Locust's notation: 90s, 10m, 1h (default: 60s)"
    )
    parser.add_argument(
        "--requests", type=int, default=0, metavar="N", help="stop after N requests, even before the time is up"
    )
    parser.add_argument(
        "--case", default=DEFAULT_CASE, metavar="NAME", help=f"the case to send (default: {DEFAULT_CASE})"
    )
    parser.add_argument(
        "--checks",
        default=LOAD,
        choices=CHOICES,
        help="checks for every answer: what load can break, or all that apply (default: load)",
    )
    parser.add_argument("--unjudged", action="store_true", help="count the answers and do not check them")
    parser.add_argument("--out", metavar="FILE", help="write the result as JSON")
    declare_options(parser, TAKEN)
    parser.add_argument(
        "locust",
        nargs="*",
        metavar="-- LOCUST OPTION",
        help="everything after -- goes to Locust, such as --master --expect-workers 4, or --worker --master-host HOST",
    )


def run(options: argparse.Namespace) -> int:
    """Find out the claims, start Locust, and say what came of it."""
    if importlib.util.find_spec("locust") is None:
        raise OptionError("Load tests need Locust; install it with: pip install 'speke-conformance[load]'.")
    for name in ("channels", "users", "workers"):
        if getattr(options, name) < 1:
            raise OptionError(f"--{name} takes a whole number from 1.")
    if options.rotation < 0:
        raise OptionError("--rotation takes seconds from 0.")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(options.out) if options.out else Path(folder) / "outcome.json"
        brief = _brief(options, out)
        if isinstance(brief, str):
            show([brief])
            return INCOMPLETE
        out.unlink(missing_ok=True)
        status = subprocess.run(_command(options), env={**os.environ, VARIABLE: brief.packed()}, check=False).returncode
        if not out.is_file():
            # A worker of a distributed test: what it counted is in the master's hands.
            return status
        for line in outcome_lines(json.loads(out.read_text(encoding="utf-8"))):
            print(line)
    return status


def _brief(options: argparse.Namespace, out: Path) -> LoadConfig | str:
    """What to send; a sentence where the server cannot be used at all."""
    plain = options_of(partial(getattr, options), TAKEN, url=options.server_url)
    settings = read_settings(plain, os.environ)
    with open_run(RunPlan(settings), ahead=False) as conductor:
        shared = conductor.shared
    if shared.failure:
        return f"Nothing can be sent: {shared.failure}"
    brief = LoadConfig(
        replace(plain, seed=settings.seed.text),
        shared.claims,
        options.case,
        "" if options.unjudged else options.checks,
        options.channels,
        options.rotation,
        options.users,
        options.workers,
        options.requests,
        str(out.resolve()),
    )
    Traffic(brief, settings.profile, shared.url, settings.seed)
    return brief


def _command(options: argparse.Namespace) -> list[str]:
    users = str(options.users)
    words = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--loglevel", "WARNING", *options.locust]
    if "--worker" in options.locust:
        return words  # the master says how many and how long
    words += ["--headless", "--only-summary", "-u", users, "-r", users, "-t", options.run_time]
    if options.workers > 1 and "--master" not in options.locust:
        words += ["--processes", str(options.workers)]
    return words


COMMAND = Command("load", "send requests for many channels at once (Locust), and judge every answer", declare, run)
