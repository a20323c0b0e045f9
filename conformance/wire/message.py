"""What is put into a request besides its own headers, and what an answer says about time."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import requests
import urllib3
from requests.structures import CaseInsensitiveDict
from urllib3.util import SKIP_HEADER

from conformance import __version__
from conformance.model import HttpAnswer, HttpRequest
from conformance.redaction.redactor import withheld
from conformance.wire.auth import AuthScheme

USER_AGENT = f"speke-conformance/{__version__}"
_SKEW = timedelta(minutes=4)
"""Signatures expire after five minutes, so a clock this far off is worth a word."""


def prepare(request: HttpRequest, scheme: AuthScheme) -> requests.PreparedRequest:
    """Exactly the headers of the request, what HTTP needs, our name, and the credentials; nothing else."""
    prepared = requests.PreparedRequest()
    prepared.prepare(method=request.method, url=request.url, headers=dict(request.headers), data=request.body)
    prepared.headers.setdefault("User-Agent", USER_AGENT)
    scheme.apply(prepared)
    names = {name.lower() for name, _ in request.headers}
    # A multi-valued mapping: a request may have the same header twice on purpose.
    wire = urllib3.HTTPHeaderDict()
    for name, value in request.headers:
        wire.add(name, value)
    for name, value in prepared.headers.items():
        if name.lower() not in names:
            wire.add(name, value)
    if "accept-encoding" not in names:
        wire.add("Accept-Encoding", SKIP_HEADER)
    prepared.headers = cast(CaseInsensitiveDict[str], wire)
    return prepared


def shown(headers: Mapping[str, Any], scheme: AuthScheme) -> tuple[tuple[str, str], ...]:
    """The headers as they are recorded: credentials never get into an exchange."""
    return tuple(
        (name, withheld(value) if name.lower() in scheme.headers else value)
        for name, value in headers.items()
        if value != SKIP_HEADER
    )


def retry_after(answer: HttpAnswer) -> float | None:
    """Seconds to wait, at least 0; None where the header is absent or unreadable."""
    value = (answer.header("retry-after") or "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    moment = _date(value)
    return None if moment is None else max(0.0, (moment - datetime.now(UTC)).total_seconds())


def skew(answer: HttpAnswer) -> tuple[str, ...]:
    """A word on clocks where a signed request was refused and the two clocks disagree."""
    moment = _date(answer.header("date") or "")
    if answer.status not in (401, 403) or moment is None:
        return ()
    ahead = datetime.now(UTC) - moment
    if abs(ahead) < _SKEW:
        return ()
    word = "ahead of" if ahead > timedelta() else "behind"
    return (f"this machine's clock is {abs(int(ahead.total_seconds()))} s {word} the server's: signatures expire",)


def _date(text: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
