"""`encrypt`: what Shaka Packager makes of the server's answers, and whether a player could play it."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from conformance.cases import NotClaimed
from conformance.cli.command import Command
from conformance.cli.common import OneUrl, declare_options
from conformance.judge import FAILED, INCOMPLETE, PASSED
from conformance.model import Verdict
from conformance.packager.clip import ClipError, make_clip
from conformance.packager.tools import ToolsMissing, find_tools
from conformance.packager.trial import SCHEMES, TrialLine, try_scheme
from conformance.run.options import options_of, reaching_a_server
from conformance.run.run_plan import RunPlan
from conformance.run.session import Run, open_run
from conformance.run.settings import read_settings
from conformance.wire.errors import OptionError

TAKEN = reaching_a_server(but={"cases", "strict", "delay-ms"})
"""Options of `run` that mean the same here."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: where the server is, and which schemes."""
    parser.add_argument("--server-url", action=OneUrl, metavar="URL", help="the key server (default: the built-in one)")
    parser.add_argument(
        "--scheme",
        choices=SCHEMES,
        action="append",
        help="encryption scheme (default: all that are claimed; repeatable)",
    )
    declare_options(parser, TAKEN)


def run(options: argparse.Namespace) -> int:
    """Print a list of verdicts; 1 where one is FAIL, 10 where something could not be tried."""
    given = options_of(partial(getattr, options), TAKEN, url=options.server_url)
    settings = read_settings(given, os.environ)
    plan = RunPlan(settings)
    try:
        find_tools()
    except ToolsMissing as reason:
        raise OptionError(str(reason)) from None
    lines = []
    with open_run(plan, ahead=False) as this:
        for line in _lines(this, options.scheme or SCHEMES):
            lines.append(line)
            track, sentence = map(this.observed.redactor.line, (line.track, line.sentence))
            print(f"{line.verdict:<12}{line.scheme:<5} {track:<16}{line.question:<27}{sentence}", flush=True)
    return status_of(lines)


def status_of(lines: Sequence[TrialLine]) -> int:
    """The exit status of a list of verdicts."""
    verdicts = {line.verdict for line in lines}
    if Verdict.FAIL in verdicts:
        return FAILED
    return PASSED if Verdict.PASS in verdicts and Verdict.UNTESTABLE not in verdicts else INCOMPLETE


def _lines(this: Run, schemes: Sequence[str]) -> Iterator[TrialLine]:
    setting = this.context
    if this.shared.failure:
        yield TrialLine(Verdict.UNTESTABLE, "", "", "encryptor.answer-usable", this.shared.failure)
        return
    tools = find_tools()
    version = max(setting.claims.versions)
    # Private to this user and gone afterwards; it holds the clip, never a key.
    with tempfile.TemporaryDirectory(prefix="speke-", ignore_cleanup_errors=True) as name:
        try:
            clip = make_clip(tools, Path(name))
        except ClipError as reason:
            print(f"speke-conformance: {reason}", file=sys.stderr)
            yield TrialLine(Verdict.ERROR, "", "", "encryptor.packages", str(reason))
            return
        for scheme in schemes:
            try:
                yield from try_scheme(setting, tools, clip, Path(name), version, scheme)
            except NotClaimed as reason:
                yield TrialLine(Verdict.NOT_CLAIMED, scheme, "", "encryptor.answer-usable", str(reason))


COMMAND = Command("encrypt", "encrypt and play a clip with the server's keys, with Shaka Packager", declare, run)
