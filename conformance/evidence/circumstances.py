"""When and where: what a run says of itself has to agree with the exchanges that it recorded."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from conformance.model import endpoint_of
from conformance.recording.records import ExchangeRecord
from conformance.results.document import Document

SLACK = datetime.timedelta(seconds=5)
"""Clocks are corrected, and the moments of a run are whole seconds."""
FUTURE = datetime.timedelta(days=1)
"""Clocks of two machines differ, but not by more."""


def disagreements(document: Document, now: datetime.datetime) -> Iterator[str]:
    """What does not agree, a sentence each."""
    yield from _dates(document, now)
    yield from _hosts(document)
    yield from _connections(document)


def _dates(document: Document, now: datetime.datetime) -> Iterator[str]:
    run = document.run
    began, ended = _moment(run.started), _moment(run.finished)
    if began is None or ended is None:
        yield "the run does not say when it began and ended"
        return
    if ended < began - SLACK:
        yield f"the run ended ({run.finished}) before it began ({run.started})"
    if max(began, ended) > now + FUTURE:
        yield f"the run is dated in the future ({max(run.started, run.finished)})"
    outside = [
        name
        for name, one in document.exchanges.items()
        if (at := _moment(one.started)) is None
        or at < began - SLACK
        or at + datetime.timedelta(milliseconds=max(0.0, min(one.milliseconds, 1e9))) > ended + SLACK
    ]
    if outside:
        yield (
            f"{len(outside)} exchanges took place outside the time of the run, {run.started} to {run.finished} "
            f"(the first: {outside[0]})"
        )


def _moment(text: str) -> datetime.datetime | None:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _hosts(document: Document) -> Iterator[str]:
    place, known = document.run.place, {one.host for one in document.run.targets}
    others = sorted({one.request.host for one in document.exchanges.values() if one.request.host} - known)
    if others:
        yield f"the run says that it was against {place}, and its exchanges were with {', '.join(others[:5])}"
    elif document.exchanges and not any(one.request.host for one in document.exchanges.values()):
        yield f"no exchange says that it was with {place}"


def _connections(document: Document) -> Iterator[str]:
    """TLS of each exchange against the scheme of the URL, and against what is said of certificates."""
    run = document.run
    asked = [one for one in document.exchanges.values() if one.request.host and one.answer is not None]
    secure = [one for one in asked if one.tls is not None]
    for number, target in enumerate(run.targets, 1):
        here = [one for one in asked if endpoint_of(one.case) in (0, number)]
        if target.scheme == "https" and (bare := [one for one in here if one.tls is None and _configured(one)]):
            yield f"the run says https, and {len(bare)} exchanges had no TLS (the first: {bare[0].name})"
        if target.scheme == "http" and (odd := [one for one in here if one.tls is not None]):
            yield f"the run says http, and {len(odd)} exchanges had TLS (the first: {odd[0].name})"
    if not run.insecure and (loose := [one for one in secure if one.tls is not None and not one.tls.verified]):
        yield f"the run says that certificates were verified, and for {len(loose)} exchanges none was"


def _configured(one: ExchangeRecord) -> bool:
    return one.request.transport == "configured"
