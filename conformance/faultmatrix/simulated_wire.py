"""What the client would have made of an answer that the reference server puts on the wire in a given way."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from conformance import refserver
from conformance.model import HttpAnswer, HttpRequest, TransportFailure
from conformance.refserver.http import status_line_reason
from conformance.wire.auth import AuthScheme
from conformance.wire.client import MAX_BODY, Client
from conformance.wire.coding import EncodingProblem, TooMuch, decode
from conformance.wire.target import Target

TIMEOUT = 30.0
"""Seconds that the client of a run allows an exchange; an answer that takes longer has not come."""
SOCKET_TIMEOUT = 1.0
"""Seconds for the few answers that are really sent: over loopback they come at once or not at all."""

_LATE = TransportFailure("timeout", "The answer began and was not complete in time.", began=True)
_SILENT = TransportFailure("no-answer", "The connection was closed before any byte of an answer.")
_CUT = TransportFailure("incomplete", "The connection ended inside the answer.", began=True)


def delivered(made: refserver.HttpAnswer, request: HttpRequest) -> HttpAnswer | TransportFailure:
    """The answer as the client hands it on, or the failure it would report."""
    how = made.behaviour or refserver.Behaviour()
    if how.raw is not None or _odd(made):
        return _over_socket(made, request)
    body = b"" if request.method == "HEAD" else made.body
    if how.silent or how.delay_ms / 1000 >= TIMEOUT:
        return _SILENT if how.silent else replace(_LATE, message="No answer came in time.", began=False)
    if how.endless:
        return _LATE
    if how.drip_ms and len(body) / max(how.drip_bytes, 1) * how.drip_ms / 1000 >= TIMEOUT:
        return _LATE
    if how.cut_after is not None and how.cut_after < len(body):
        return _CUT
    if how.declared_length is not None:
        if how.declared_length > len(body):
            return _CUT
        body = body[: how.declared_length]
    headers = (*_as_received(made.headers), *_framing(how, len(body)))
    answer = HttpAnswer(made.status, headers, body, _reason(made, how), f"HTTP/1.{0 if how.http10 else 1}")
    return _decoded(answer)


def _decoded(answer: HttpAnswer) -> HttpAnswer | TransportFailure:
    encoding = ",".join(answer.header_values("content-encoding"))
    if not encoding or not answer.body:
        return answer
    try:
        return replace(answer, body=decode(answer.body, encoding, MAX_BODY))
    except EncodingProblem as problem:
        return TransportFailure(
            "bad-encoding", f"The Content-Encoding of the answer cannot be undone: {problem}.", True
        )
    except TooMuch:
        return TransportFailure("too-large", "The answer grows beyond the limit when it is decompressed.", True)


def _framing(how: refserver.Behaviour, length: int) -> tuple[tuple[str, str], ...]:
    headers: list[tuple[str, str]] = []
    if how.chunked and not how.http10:
        headers.append(("Transfer-Encoding", "chunked"))
    elif not how.http10:
        headers.append(("Content-Length", str(length)))
    if how.close or how.http10 or how.declared_length is not None:
        headers.append(("Connection", "close"))
    return tuple(headers)


def _as_received(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    # The server writes UTF-8 and the client reads Latin-1, blanks around a value stripped.
    return tuple((name, value.encode("utf-8", "replace").decode("latin-1").strip(" \t")) for name, value in headers)


def _odd(made: refserver.HttpAnswer) -> bool:
    """Whether the head is one that a parser may read in its own way."""
    return any(
        not name or not name.isascii() or any(char in name + value for char in "\r\n\0") or name != name.strip()
        for name, value in made.headers
    )


def _reason(made: refserver.HttpAnswer, how: refserver.Behaviour) -> str:
    return how.reason if how.reason is not None else status_line_reason(made.status)


@lru_cache(maxsize=256)
def _over_socket(made: refserver.HttpAnswer, request: HttpRequest) -> HttpAnswer | TransportFailure:
    with refserver.Server(auth=lambda _: made) as server:
        target = Target.parse(server.url)
        with Client(target, AuthScheme(), timeout=SOCKET_TIMEOUT) as client:
            exchange = client.send(replace(request, url=server.url))
    if exchange.answer is not None:
        return exchange.answer
    return exchange.failure or TransportFailure("unknown", "The exchange did not complete.", began=True)
