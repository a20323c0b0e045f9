"""Warnings about the run itself: reasons why its results may say less than they seem to."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from statistics import median

from conformance.model import Verdict
from conformance.model.headers import header_values
from conformance.recording.records import ExchangeRecord, Exchanges
from conformance.results.document import RunWarning
from conformance.results.judgements import Judgements
from conformance.results.run_facts import RunFacts

FEW = 5
"""Exchanges below which nothing is said about what they have in common."""

NEARLY_ALL = 0.8
"""Share from which 'nearly everything' is the right word."""

SKEW_SECONDS = 60
"""A Date header that is off by more: signatures and periods with a time are judged by clocks (SigV4 allows 300)."""


def run_warnings(run: RunFacts, exchanges: Exchanges, judgements: Judgements) -> list[RunWarning]:
    """Name and sentence of each warning, the gravest first."""
    found = [*_about_answers(exchanges), *_about_claims(run, judgements), *_about_options(run)]
    return [RunWarning(name, text) for name, text in found]


def _about_answers(exchanges: Exchanges) -> Iterator[tuple[str, str]]:
    answers = [one.answer for one in exchanges.values() if one.answer]
    total = len(exchanges)
    if total >= FEW and len(answers) <= total * (1 - NEARLY_ALL):
        yield "no-answers", f"{total - len(answers)} of {total} exchanges have no complete answer: is the server up?"
    if len(answers) >= FEW:
        statuses = Counter(answer.status for answer in answers)
        denied = statuses[401] + statuses[403]
        if denied >= len(answers) * NEARLY_ALL:
            yield (
                "unauthorized",
                f"{denied} of {len(answers)} answers were 401 or 403: almost nothing was tested; "
                "check --speke-auth and its environment variables",
            )
        elif throttled := _share(statuses[429], len(answers)):
            yield "throttled", f"{throttled} of the answers were 429: slow down with --speke-max-rps"
        else:
            yield from _static(exchanges)
    yield from _clock(exchanges)


def _share(count: int, total: int) -> str:
    return f"{count} of {total}" if count >= FEW and count > total / 10 else ""


def _static(exchanges: Exchanges) -> Iterator[tuple[str, str]]:
    answered = [one for one in exchanges.values() if one.answer]
    requests = {one.request.body.text for one in answered}
    bodies = Counter((one.answer.status, one.answer.body.text) for one in answered if one.answer)
    (status, _), same = bodies.most_common(1)[0]
    if len(requests) >= FEW and same >= len(answered) * NEARLY_ALL:
        yield (
            "static-answers",
            f"{same} of {len(answered)} answers are the same {status} to different requests: is this a static mock?",
        )


def _clock(exchanges: Exchanges) -> Iterator[tuple[str, str]]:
    offsets = [offset for one in exchanges.values() if (offset := _offset(one)) is not None]
    if offsets and abs(off := median(offsets)) > SKEW_SECONDS:
        side = "ahead of" if off > 0 else "behind"
        yield (
            "clock-skew",
            f"the server's clock (its Date header) is {abs(round(off))} seconds {side} this machine's: "
            "signed requests and timed key periods may be refused just for that",
        )


def _offset(one: ExchangeRecord) -> float | None:
    """Seconds by which the server's Date is ahead of the middle of the exchange; None where it cannot be known."""
    date = next(iter(header_values(one.answer.headers if one.answer else (), "Date")), None)
    try:
        theirs = parsedate_to_datetime(str(date))
        ours = datetime.datetime.fromisoformat(one.started)
        return (theirs - ours).total_seconds() - one.milliseconds / 2000
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def _about_claims(run: RunFacts, judgements: Judgements) -> Iterator[tuple[str, str]]:
    claims = run.claims
    if not claims.versions or not claims.schemes:
        missing = "SPEKE version" if not claims.versions else "DRM system"
        yield "nothing-claimed", f"no {missing} is claimed, so almost nothing could be checked"
    elif len(judgements) and all(one.verdict is Verdict.NOT_CLAIMED for one in judgements):
        yield "nothing-asked", "every check of this run is about something that is not claimed"
    if run.record.stopped:
        yield "stopped-early", f"no more requests were sent after a while: {run.record.stopped}"


def _about_options(run: RunFacts) -> Iterator[tuple[str, str]]:
    if any(one.scheme == "http" and not _local(one.host) for one in run.record.targets):
        yield "plain-http", "the server was reached by plain http: keys and credentials crossed the network readable"
    for notice in run.notices:
        yield "option", notice
    if run.record.insecure:
        yield "insecure", "the server's certificate was not verified (--speke-insecure): anybody may have answered"
    if run.record.target.faults:
        yield (
            "faults",
            f"the built-in server ran with faults switched on (a demonstration): {', '.join(run.record.target.faults)}",
        )


def _local(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
