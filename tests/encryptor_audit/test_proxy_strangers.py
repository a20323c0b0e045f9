"""Strangers at the proxy: pages in browsers, heads that never end, headers of one connection, too many connections."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from conformance import refserver
from conformance.encryptor_audit.callers import names_of, why_refused
from conformance.wire.auth import Bearer
from tests.encryptor_audit.test_proxy import TOKEN, proxy
from tests.refserver.asking import Ask
from tests.wire.servers import Server, always, answer, once

OK = [
    "127.0.0.1",
    "127.0.0.1:8080",
    "localhost",
    "LOCALHOST:1",
    "localhost.",
    "[::1]:80",
    "10.0.0.7:8080",
    "proxy.internal:80",
    socket.gethostname(),
]
EVIL = [
    "evil.example",
    "evil.example:80",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "",
    "a b",
    "x@127.0.0.1",
    "[::1",
]


@pytest.mark.parametrize("host", OK)
def test_an_encryptor_calls_the_proxy_by_address_or_known_name(host: str) -> None:
    assert why_refused((("Host", host), ("X", "y")), names_of("127.0.0.1", ["Proxy.Internal"])) == ""


@pytest.mark.parametrize("host", EVIL)
def test_any_other_host_is_refused(host: str) -> None:
    assert why_refused((("Host", host),), names_of("127.0.0.1"))


def test_no_host_two_hosts_and_an_origin_are_refused() -> None:
    names = names_of("127.0.0.1")
    assert why_refused((), names)
    assert why_refused((("Host", "localhost"), ("host", "localhost")), names)
    for origin in ("null", "http://127.0.0.1", "https://evil.example"):
        assert why_refused((("Host", "localhost"), ("ORIGIN", origin)), names)


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
def test_a_page_gets_no_answer_that_is_signed_for_the_operator(tmp_path: Path, headers: dict[str, str]) -> None:
    with Server(always(answer())) as upstream, proxy(upstream.url, tmp_path, Bearer(TOKEN)) as run:
        got = run.post(Ask(), **headers)
        assert got.status_code == 403 and "does not pass this request on" in got.text
        assert upstream.requests == []
        assert run.post(Ask()).status_code == 200


@pytest.mark.parametrize("cut", range(3))
def test_a_head_that_never_ended_is_not_passed_on(tmp_path: Path, cut: int) -> None:
    with Server(always(answer())) as upstream, proxy(upstream.url, tmp_path) as run:
        head = f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{run.door.port}\r\nContent-Length: 0\r\nX-Speke-Version: 2.0"
        data = (head + ("", "\r\n", "\r")[cut]).encode()
        with socket.create_connection(("127.0.0.1", run.door.port), timeout=5) as sock:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            assert sock.recv(100) == b""
        assert upstream.requests == []
        with socket.create_connection(("127.0.0.1", run.door.port), timeout=5) as sock:
            sock.sendall(head.encode() + b"\r\n\r\n")
            sock.shutdown(socket.SHUT_WR)
            assert sock.recv(100).startswith(b"HTTP/1.1 200")
        assert len(upstream.requests) == 1


def test_a_head_of_the_upstream_that_never_ended_is_not_passed_on(tmp_path: Path) -> None:
    for head in (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", b"HTTP/1.1 200 OK\r\nX-Half", b"HTTP/1.1 200"):
        with Server(once(head)) as upstream, proxy(upstream.url, tmp_path) as run:
            assert run.post(Ask()).status_code == 502, head


def test_headers_of_one_connection_are_not_passed_on(tmp_path: Path) -> None:
    script = always(answer(b"ok", "200 OK", "Connection: close, X-Theirs", "X-Theirs: 1", "X-Kept: 2", "Keep-Alive: 5"))
    with Server(script) as upstream, proxy(upstream.url, tmp_path) as run:
        got = run.post(Ask(), Connection="keep-alive, X-Mine ,x-other", X_Mine="1", X_Other="2", X_Third="3")
        (seen,) = upstream.requests
    names = {name.lower() for name, _ in seen.headers}
    assert "x-third" in names and not names & {"x-mine", "x-other"}
    assert "X-Kept" in got.headers and not {"X-Theirs", "Keep-Alive"} & set(got.headers)


def test_a_reason_brings_no_header_along(tmp_path: Path) -> None:
    evil = b"HTTP/1.1 200 Fine\rSet-Cookie: owned=1\rX: \x00\x1b[2J\r\nContent-Length: 2\r\n\r\nok"
    with (
        Server(once(evil)) as upstream,
        proxy(upstream.url, tmp_path) as run,
        socket.create_connection(("127.0.0.1", run.door.port), timeout=5) as sock,
    ):
        sock.sendall(f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{run.door.port}\r\nContent-Length: 0\r\n\r\n".encode())
        sock.shutdown(socket.SHUT_WR)
        head = sock.makefile("rb").read().partition(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")
    assert lines[0].startswith(b"HTTP/1.1 ")
    assert not [line for line in lines if {0, 13, 27} & set(line)]
    assert not [line for line in lines if line.lower().startswith(b"set-cookie")]


def test_connections_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with refserver.Server() as upstream, proxy(upstream.url, tmp_path) as run:
        run.door.most_connections = 3
        held = [socket.create_connection(("127.0.0.1", run.door.port), timeout=5) for _ in range(3)]
        for one in held:
            one.sendall(b"POST / HT")
        with socket.create_connection(("127.0.0.1", run.door.port), timeout=5) as extra:
            assert extra.recv(1) == b""
        for one in held:
            one.close()
        for _ in range(50):
            try:
                assert run.post(Ask()).status_code == 200
                break
            except OSError:
                continue
        else:
            pytest.fail("the places were not freed")
