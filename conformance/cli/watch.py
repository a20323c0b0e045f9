"""`watch`: the loop of somebody who repairs a server: run again, and say what changed."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from conformance.cases import load_cases
from conformance.catalogue.yamlfile import DataError
from conformance.checks import load_checks
from conformance.cli.command import Command
from conformance.cli.common import OneUrl, declare_options, show
from conformance.cli.keyboard import QUIT, Keyboard
from conformance.judge import PASSED
from conformance.reporting.round_text import round_lines
from conformance.results.compare import difference
from conformance.results.document import Document
from conformance.results.failing_part import failing_nodes, nodes_of
from conformance.results.reader import read_results
from conformance.run.command import option_words
from conformance.run.options import options_of
from conformance.run.profile import load_profile
from conformance.run.settings import read_settings
from conformance.wire.errors import OptionError
from conformance.wire.restart import wait_for_restart
from conformance.wire.target import Target

QUICK = "quick"
"""The shipped profile whose cases are run where there is no earlier failure."""

FOLDER = "watch"
"""Beside the reports of whole runs, so that `latest` stays what it is."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: those of a run, and when to run again."""
    parser.add_argument("--server-url", action=OneUrl, metavar="URL", help="the key server that you are fixing")
    parser.add_argument("--on-restart", action="store_true", help="run when the server's port comes back, not on Enter")
    declare_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run what failed last time, then again and again; q or the end of the input ends it."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise OptionError("watch needs a terminal; in a script use run, and diff for what changed.")
    if not options.server_url:
        raise OptionError("watch needs the server that you are fixing; name it with --server-url.")
    target, keyboard = Target.parse(options.server_url), Keyboard()
    again = partial(restarted, target, keyboard.line) if options.on_restart else partial(_entered, keyboard)
    return watch(Path(options.report_dir), partial(cases_of_quick, options), partial(_round, options), again)


def watch(
    reports: Path,
    quick: Callable[[], list[str]],
    run_round: Callable[[Path, list[str]], Document | None],
    again: Callable[[], bool],
) -> int:
    """Round after round of what failed in the latest run, of the `quick` cases where nothing did, as long as `again`.

    A round runs these nodes and writes its report to this folder; it returns None where it wrote none.
    """
    before = _last(reports)
    nodes = failing_nodes(before) if before is not None else []
    if nodes:
        show([f"Watching the {len(nodes)} cases that failed in {reports}/latest; the full suite has not run yet."])
    else:
        nodes, before = quick(), None
        show([f"No failure in {reports}/latest: watching the {len(nodes)} cases of the profile {QUICK}."])
    while True:
        now = run_round(reports / FOLDER, nodes)
        if now is None:
            show(["That run wrote no report; see its message above."])
        else:
            show(round_lines(now, None if before is None else difference(before, now)))
            before = now
        if not again():
            return PASSED


def restarted(target: Target, typed: Callable[[float], str | None]) -> bool:
    """Wait for a restart; a line that is typed ends the waiting, and `q` the loop."""
    show(["Waiting for the server to restart. Enter runs it now, q ends."])
    line: str | None = None

    def pause(seconds: float) -> bool:
        nonlocal line
        line = typed(seconds)
        return line is not None

    wait_for_restart(target, pause)
    return line not in QUIT


def _last(reports: Path) -> Document | None:
    try:
        return read_results(str(reports))
    except (OptionError, DataError, OSError, ValueError):
        return None


def cases_of_quick(options: argparse.Namespace) -> list[str]:
    """The cases of the profile `quick` that there are under the profile that was asked for."""
    quick, given = load_profile(QUICK), options_of(lambda member: getattr(options, member))
    settings = read_settings(replace(given, url=options.server_url), os.environ)
    cases = load_cases(load_checks(), settings.case_dirs, settings.arrays)
    return nodes_of(case for case in cases if quick.lists(case))


def _round(options: argparse.Namespace, folder: Path, nodes: list[str]) -> Document | None:
    """One run of these cases with a seed of its own; None where it wrote no report."""
    given = options_of(lambda member: getattr(options, member))
    words = [*option_words(given, seed=False), "--report-dir", str(folder), "--server-url", options.server_url]
    # A process of its own: pytest may run once in one, and a server that is being repaired does strange things.
    ended = subprocess.run(
        [sys.executable, "-m", "conformance", "run", *words, *nodes],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if ended.returncode in (4, 5):
        show(ended.stdout.splitlines()[-3:])
        return None
    return _last(folder)


def _entered(keyboard: Keyboard) -> bool:
    show(["Enter runs it again, q ends."])
    return keyboard.line(None) not in QUIT


COMMAND = Command("watch", "run failed checks again while you fix the server, and show what changed", declare, run)
