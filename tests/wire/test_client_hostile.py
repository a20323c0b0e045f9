"""Servers that misbehave: each comes out as one failure of the right kind, in time, within bounds."""

import functools
import gzip
import time
import tracemalloc
import zlib

import pytest

from .helpers import QUICK, answered, client, failed, post
from .servers import Peer, Script, Server, always, answer, once

# Test ids are made from these bytes and have to be the same in every worker, so no time goes into them.
packed = functools.partial(gzip.compress, mtime=0)


PATIENCE = 7.0
"""Seconds that a busy machine may need on top; a server here would hold the client for ten and more."""


def kind_of(script: Script, *, timeout: float = QUICK, max_body: int = 1 << 20) -> tuple[str, bool, str]:
    with Server(script) as server, client(server.url, timeout=timeout, max_body=max_body) as sender:
        began = time.monotonic()
        failure = failed(sender.send(post(server.url)))
        assert time.monotonic() - began < timeout + PATIENCE
    return failure.kind, failure.began, failure.message


@pytest.mark.parametrize(
    "data",
    [
        b"garbage\r\n\r\n",
        b"\x00\xff\x00\xff",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type : text/xml\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: empty name\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Caf\xe9: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Bare: a\rb\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded: first\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    ],
)
def test_what_is_not_http(data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert kind_of(once(data), timeout=5)[0] == "bad-http"
    # A library that logs what it cannot parse would let a header past the redaction.
    assert caplog.records == []


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
    ],
)
def test_what_ends_too_early(data: bytes) -> None:
    kind, began, _ = kind_of(once(data), timeout=5)
    assert (kind, began) == ("incomplete", True)


def test_closed_without_a_byte() -> None:
    kind, began, _ = kind_of(once(b""), timeout=5)
    assert (kind, began) == ("no-answer", False)


def test_closed_before_the_request_is_read() -> None:
    assert kind_of(lambda peer: None, timeout=5)[0] == "no-answer"


def test_silence() -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.linger()

    assert kind_of(script)[:2] == ("timeout", False)


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_a_drip_does_not_outlive_the_deadline(begin: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(begin)
        peer.drip(b"1" * 500)

    kind, began, message = kind_of(script)
    assert (kind, began) == ("timeout", True)
    assert "not complete in time" in message


def test_an_answer_shorter_than_it_says_while_the_connection_stays_open() -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort")
        peer.linger()

    assert kind_of(script)[:2] == ("timeout", True)


def test_a_server_that_does_not_read() -> None:
    def script(peer: Peer) -> None:
        peer.linger()

    with Server(script) as server, client(server.url, timeout=QUICK) as sender:
        began = time.monotonic()
        assert failed(sender.send(post(server.url, body=b"x" * 20_000_000))).kind == "timeout"
        assert time.monotonic() - began < QUICK + PATIENCE


def endless(begin: bytes, piece: bytes) -> Script:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(begin)
        while True:
            peer.send(piece)

    return script


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b"x" * 65536),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: 1\r\n" * 100),
        (b"HTTP/1.1 200 OK\r\n", b"X-Header: 1\r\n" * 100),
        (b"HTTP/1.1 200 OK\r\nX-Header: ", b"1" * 65536),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    ],
)
def test_what_never_ends(begin: bytes, piece: bytes) -> None:
    kind, began, _ = kind_of(endless(begin, piece), timeout=5, max_body=100_000)
    assert (kind, began) == ("too-large", True)


def test_a_chunk_length_that_never_ends() -> None:
    kind, _, _ = kind_of(endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 4096), timeout=5)
    # Whichever limit is met first: that of urllib3 for the line, or ours for the bytes.
    assert kind in ("bad-http", "too-large")


def test_more_than_100_headers() -> None:
    head = b"HTTP/1.1 200 OK\r\n" + b"A: 1\r\n" * 150 + b"\r\n"
    assert kind_of(once(head), timeout=5)[0] == "too-large"


def coded(body: bytes, encoding: str) -> bytes:
    return answer(body, "200 OK", f"Content-Encoding: {encoding}")


def test_a_gzip_bomb_costs_neither_memory_nor_time() -> None:
    bomb = packed(b"\0" * 100_000_000)
    assert len(bomb) < 1 << 20
    tracemalloc.start()
    kind, _, _ = kind_of(once(coded(bomb, "gzip")), timeout=5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kind == "too-large"
    assert peak < 20_000_000


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"not gzip at all", "gzip"),
        (packed(b"hello" * 100)[:-6], "gzip"),
        (packed(b"hello" * 100)[:30] + b"\xff" * 10, "gzip"),
        (packed(b"hello") + b"junk", "gzip"),
        (zlib.compress(b"hello") + b"junk", "deflate"),
        (b"\x8b\x00", "br"),
        (packed(packed(packed(b"x"))), "gzip, gzip, gzip"),
    ],
)
def test_an_encoding_that_cannot_be_undone(body: bytes, encoding: str) -> None:
    assert kind_of(once(coded(body, encoding)), timeout=5)[0] == "bad-encoding"


def deflated(data: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return machine.compress(data) + machine.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (packed(b"hello"), "gzip"),
        (packed(b"hel") + packed(b"lo"), "x-gzip"),
        (zlib.compress(b"hello"), "deflate"),
        (deflated(b"hello"), "deflate"),
        (packed(zlib.compress(b"hello")), "deflate, gzip"),
        (b"hello", "identity"),
        (b"", "gzip"),
    ],
)
def test_an_encoding_that_can_be_undone(body: bytes, encoding: str) -> None:
    with Server(always(coded(body, encoding))) as server, client(server.url) as sender:
        got = answered(sender.send(post(server.url)))
    assert got.body == (b"hello" if body else b"")
    assert got.header("content-encoding") == encoding


def test_a_body_of_exactly_the_limit_is_read() -> None:
    body = packed(b"x" * 1000)
    with Server(always(coded(body, "gzip"))) as server, client(server.url, max_body=1000) as sender:
        assert len(answered(sender.send(post(server.url))).body) == 1000
    with Server(always(coded(body, "gzip"))) as server, client(server.url, max_body=999) as sender:
        assert failed(sender.send(post(server.url))).kind == "too-large"


def test_headers_are_kept_as_they_came() -> None:
    head = (
        b"HTTP/1.1 418 I'm a \xe9\x01 teapot\r\nX-Caf: \xe9\r\nx-odd: \x00a\x1b[31m\xff \t\r\n"
        b"X-Folded: one\r\n  two\r\nX-Twice: a\r\nX-Twice: b\r\nX-Empty:\r\nContent-Length: 0\r\n\r\n"
    )
    with Server(always(head)) as server, client(server.url) as sender:
        got = answered(sender.send(post(server.url)))
    assert got.status == 418
    assert got.reason == "I'm a \xe9\x01 teapot"
    assert got.headers == (
        ("X-Caf", "\xe9"),
        ("x-odd", "\x00a\x1b[31m\xff"),
        ("X-Folded", "one two"),
        ("X-Twice", "a"),
        ("X-Twice", "b"),
        ("X-Empty", ""),
        ("Content-Length", "0"),
    )


@pytest.mark.parametrize(
    ("data", "version"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\nhello", "HTTP/1.0"),
        (b"HTTP/1.1 200\r\nConnection: close\r\n\r\nhello", "HTTP/1.1"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1"),
        (b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n", "HTTP/1.1"),
    ],
)
def test_other_ways_to_say_the_same(data: bytes, version: str) -> None:
    with Server(once(data)) as server, client(server.url) as sender:
        got = answered(sender.send(post(server.url)))
    assert (got.body, got.http_version) == (b"hello", version)
