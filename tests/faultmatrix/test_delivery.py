"""Answers played without a socket are what the client makes of the same answers over one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance import refserver
from conformance.faultmatrix.simulated_wire import TIMEOUT, delivered
from conformance.model import HttpAnswer, HttpRequest, TransportFailure
from conformance.refserver import Behaviour
from conformance.wire.auth import AuthScheme
from conformance.wire.client import Client
from conformance.wire.target import Target

HEADERS = (("Content-Type", "application/xml"), ("X-Speke-Version", "2.0"))
BODY = b"<a>" + b"x" * 900 + b"</a>"
GZIPPED = (*HEADERS, ("Content-Encoding", "gzip"))
PLAIN = refserver.HttpAnswer(200, HEADERS, BODY)


def request(url: str) -> HttpRequest:
    return HttpRequest("POST", url, (("Content-Type", "application/xml"),), b"<b/>")


def over_socket(made: refserver.HttpAnswer) -> HttpAnswer | TransportFailure | None:
    with (
        refserver.Server(auth=lambda _: made) as server,
        Client(Target.parse(server.url), AuthScheme(), timeout=0.5) as client,
    ):
        exchange = client.send(request(server.url))
    return exchange.answer or exchange.failure


@pytest.mark.parametrize(
    "made",
    [
        PLAIN,
        replace(PLAIN, status=422, body=b""),
        replace(PLAIN, behaviour=Behaviour(chunked=True)),
        replace(PLAIN, behaviour=Behaviour(http10=True)),
        replace(PLAIN, behaviour=Behaviour(close=True)),
        replace(PLAIN, behaviour=Behaviour(reason="Fine by me")),
        replace(PLAIN, behaviour=Behaviour(declared_length=100)),
        replace(PLAIN, headers=(*HEADERS, ("X-Name", "Grüße  "))),
        replace(PLAIN, status=599),
        replace(PLAIN, headers=GZIPPED, body=b""),
    ],
    ids=lambda made: str(made.behaviour or made.status),
)
def test_answers_are_the_same(made: refserver.HttpAnswer) -> None:
    mine, theirs = delivered(made, request("http://127.0.0.1/")), over_socket(made)
    assert isinstance(mine, HttpAnswer)
    assert isinstance(theirs, HttpAnswer)
    assert (mine.status, mine.body, mine.http_version, mine.reason) == (
        theirs.status,
        theirs.body,
        theirs.http_version,
        theirs.reason,
    )
    assert sorted(mine.headers) == sorted(theirs.headers)


@pytest.mark.parametrize(
    ("made", "kind", "began"),
    [
        (replace(PLAIN, behaviour=Behaviour(cut_after=10)), "incomplete", True),
        (replace(PLAIN, behaviour=Behaviour(declared_length=2000)), "incomplete", True),
        (replace(PLAIN, behaviour=Behaviour(silent=True)), "no-answer", False),
        (replace(PLAIN, headers=GZIPPED), "bad-encoding", True),
    ],
    ids=["cut", "too-long-a-length", "silent", "not-gzip"],
)
def test_failures_are_the_same(made: refserver.HttpAnswer, kind: str, began: bool) -> None:
    for failure in (delivered(made, request("http://127.0.0.1/")), over_socket(made)):
        assert isinstance(failure, TransportFailure)
        assert (failure.kind, failure.began) == (kind, began)


@pytest.mark.parametrize(
    ("how", "began"),
    [
        (Behaviour(endless=True), True),
        (Behaviour(drip_ms=1000), True),
        (Behaviour(delay_ms=int(TIMEOUT * 1000)), False),
    ],
    ids=["endless", "drip", "delay"],
)
def test_what_takes_too_long_has_not_come(how: Behaviour, began: bool) -> None:
    failure = delivered(replace(PLAIN, behaviour=how), request("http://127.0.0.1/"))
    assert isinstance(failure, TransportFailure)
    assert (failure.kind, failure.began) == ("timeout", began)


@pytest.mark.parametrize(
    "made",
    [
        replace(PLAIN, behaviour=Behaviour(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")),
        replace(PLAIN, headers=(*HEADERS, ("X-Two", "a\r\nX-Injected: b"))),
    ],
    ids=["raw", "header-injection"],
)
def test_odd_bytes_really_go_over_a_socket(made: refserver.HttpAnswer) -> None:
    assert delivered(made, request("http://127.0.0.1/")) == over_socket(made)


def test_an_answer_that_is_not_http_is_a_failure() -> None:
    failure = delivered(replace(PLAIN, behaviour=Behaviour(raw=b"SSH-2.0-x\r\n")), request("http://127.0.0.1/"))
    assert isinstance(failure, TransportFailure)
    assert failure.kind == "bad-http"
