"""`plan`: what a profile asks for, before anything is sent."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from conformance.cli.command import Command
from conformance.run.estimate import Estimate, Share, forecast
from conformance.run.options import Options, url_options
from conformance.run.run_plan import RunPlan
from conformance.run.settings import Settings, read_settings
from conformance.wire.errors import OptionError

DELAY_MS = 50
"""Milliseconds for an answer where nobody says otherwise: a key server in the same region."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: the profile, and how fast the server is."""
    parser.add_argument("--profile", metavar="NAME|PATH", default="default", help="the profile (default: default)")
    parser.add_argument(
        "--server-url", metavar="URL", action="append", default=[], help="each endpoint of the run, if it has several"
    )
    parser.add_argument(
        "--cases", metavar="DIR", action="append", default=[], help="a folder with your own cases (repeatable)"
    )
    parser.add_argument("--concurrency", metavar="N", help="requests in flight at once (default: 4)")
    parser.add_argument(
        "--delay-ms", type=int, default=DELAY_MS, metavar="N", help=f"assumed time for an answer (default: {DELAY_MS})"
    )
    parser.add_argument("--max-rps", metavar="N", help="at most N requests per second")


def run(options: argparse.Namespace) -> int:
    """Print the forecast; nothing is sent."""
    if options.delay_ms < 0:
        raise OptionError(f"--delay-ms {options.delay_ms} is negative; use 0 or more.")
    given = Options(
        profile=options.profile,
        auth="none",
        cases=tuple(options.cases),
        concurrency=options.concurrency,
        max_rps=options.max_rps,
        **url_options(options.server_url),
    )
    settings = read_settings(given, {})
    for line in lines(forecast(RunPlan(settings)), settings, options.delay_ms):
        print(line)
    return 0


def lines(found: Estimate, settings: Settings, delay_ms: int) -> Iterator[str]:
    """The forecast as text: a row for each area, the whole, and the time."""
    profile = settings.profile
    yield f"profile {profile.name}: {profile.title}"
    yield ""
    yield _row("area", "cases", "contents", "content keys", "requests", "results")
    for area, share in sorted(found.areas.items()):
        yield _share(area, share)
    if found.probes:
        yield _row("discovering the claims", "", "", "", str(found.probes), "")
    yield _share("in total", found.total)
    yield ""
    concurrency = settings.concurrency
    yield from settings.notices
    time = found.seconds(concurrency=concurrency, delay=delay_ms / 1000, max_rps=settings.max_rps)
    most = "at most, because the claims are discovered first: " if profile.discovers else ""
    yield f"{most}about {_duration(time)}, with {concurrency} requests at a time and {delay_ms} ms for an answer"
    if settings.others:
        yield f"each of the {len(settings.endpoints)} endpoints gets the whole run; they share the contents"
    if found.unsent:
        yield f"{found.unsent} cases need something that the profile does not claim: nothing is sent for them"
    if settings.max_requests is not None and settings.max_requests < found.total.requests:
        left = found.total.requests - settings.max_requests
        yield f"the budget of {settings.max_requests} requests is too small by {left}: the run would be INCOMPLETE"
    if profile.only_cases:
        yield "the profile runs a selection of the cases: the run is PARTIAL and has no outcome"


def _share(name: str, share: Share) -> str:
    counts = (share.cases, len(share.contents), len(share.content_keys), share.requests, share.results)
    return _row(name, *map(str, counts))


def _row(name: str, *cells: str) -> str:
    return f"{name:<24}" + "".join(f"{cell:>14}" for cell in cells)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"


COMMAND = Command("plan", "show what a profile requests, and estimate the time; nothing is sent", declare, run)
