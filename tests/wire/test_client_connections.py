"""Connections: what is sent, what is reused, what is tried once more, and what is never followed."""

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.model import HttpRequest
from conformance.model.exchange import AFTER_REFUSAL, HUNG_UP_WHEN_REUSED, REUSED
from conformance.wire.message import USER_AGENT

from .helpers import QUICK, answered, client, failed, post
from .servers import Peer, Request, Server, always, answer


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_sends_exactly_what_the_request_says() -> None:
    with Server(always(answer())) as server, client(server.url) as sender:
        exchange = sender.send(post(server.url, ("X-Twice", "a"), ("X-Twice", "b"), body=b"<x/>"))
        sent = server.requests[0]
    assert (sent.method, sent.path, sent.body) == ("POST", "/speke?stage=test", b"<x/>")
    assert sorted(sent.headers) == sorted(
        [
            ("Host", f"127.0.0.1:{server.port}"),
            ("Content-Type", "application/xml"),
            ("X-Speke-Version", "2.0"),
            ("X-Twice", "a"),
            ("X-Twice", "b"),
            ("Content-Length", "4"),
            ("User-Agent", USER_AGENT),
        ]
    )
    assert set(exchange.request.headers) == set(sent.headers) - {("Host", f"127.0.0.1:{server.port}")}


def test_accept_encoding_and_user_agent_as_asked() -> None:
    with Server(always(answer())) as server, client(server.url) as sender:
        sender.send(post(server.url, ("Accept-Encoding", "identity"), ("User-Agent", "encryptor")))
        assert server.requests[0].header("accept-encoding") == "identity"
        assert server.requests[0].header("user-agent") == "encryptor"


def test_a_request_without_a_body() -> None:
    with Server(always(answer())) as server, client(server.url) as sender:
        assert answered(sender.send(HttpRequest("POST", server.url, ()))).status == 200
        assert answered(sender.send(HttpRequest("GET", server.url, ()))).status == 200
        assert [request.method for request in server.requests] == ["POST", "GET"]
        assert server.requests[0].header("content-length") == "0"


def test_connections_are_kept_alive() -> None:
    with Server(always(answer())) as server, client(server.url) as sender:
        notes = [sender.send(post(server.url)).notes for _ in range(3)]
        assert server.connections == 1
    assert notes == [("connection: fresh",), ("connection: reused",), ("connection: reused",)]


def test_times_are_recorded() -> None:
    with Server(always(answer())) as server, client(server.url) as sender:
        exchange = sender.send(post(server.url))
    assert exchange.started.endswith("Z")
    assert 0 < exchange.seconds < 5


def test_a_reused_connection_that_closes_without_a_byte_is_replaced_once() -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(answer())
        peer.request()

    with Server(script) as server, client(server.url) as sender:
        sender.send(post(server.url))
        exchange = sender.send(post(server.url))
        assert answered(exchange).status == 200
        assert server.connections == 2
    assert exchange.notes[0] == "connection: fresh"
    assert exchange.notes[1].startswith("retried on a fresh connection; before: The connection was closed")


def test_a_fresh_connection_that_closes_without_a_byte_is_not_retried() -> None:
    def script(peer: Peer) -> None:
        peer.request()

    with Server(script) as server, client(server.url) as sender:
        assert failed(sender.send(post(server.url))).kind == "no-answer"
        assert server.connections == 1


@pytest.mark.parametrize(
    "bad",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Encoding: br\r\n\r\n123456789",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    ],
)
def test_after_an_error_the_next_exchange_is_clean(bad: bytes) -> None:
    def script(peer: Peer) -> None:
        while (request := peer.request()) is not None:
            peer.send(bad if request.header("x-bad") else answer())

    with Server(script) as server, client(server.url, timeout=QUICK) as sender:
        failed(sender.send(post(server.url, ("X-Bad", "1"))))
        assert answered(sender.send(post(server.url))).body == b"<ok/>"


def test_bytes_after_an_answer_do_not_reach_the_next_one() -> None:
    with Server(always(answer() + b"HTTP/1.1 500 Smuggled\r\n\r\n")) as server, client(server.url) as sender:
        first, second = sender.send(post(server.url)), sender.send(post(server.url))
        assert server.connections == 2
    assert answered(first).status == answered(second).status == 200
    assert "25 bytes followed the end of the answer" in first.notes


def test_redirects_are_not_followed() -> None:
    with Server(always(answer())) as other:
        moved = answer(b"", "307 Temporary Redirect", f"Location: {other.url}")
        with Server(always(moved)) as server, client(server.url) as sender:
            assert answered(sender.send(post(server.url))).status == 307
            assert len(server.requests) == 1
        assert other.requests == []


def test_cookies_are_not_sent_back() -> None:
    with Server(always(answer(b"", "200 OK", "Set-Cookie: session=1"))) as server, client(server.url) as sender:
        sender.send(post(server.url))
        sender.send(post(server.url))
        assert server.requests[1].header("cookie") is None


def test_neither_netrc_nor_proxies_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password canary\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with Server(always(answer())) as server, client(server.url) as sender:
        assert answered(sender.send(post(server.url))).status == 200
        assert server.requests[0].header("authorization") is None


def test_a_proxy_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with Server(always(answer())) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        with client("http://keys.example/speke", proxy_from_env=True) as sender:
            assert answered(sender.send(post("http://keys.example/speke"))).status == 200
        assert proxy.requests[0].path == "http://keys.example/speke"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(f"{scheme}_proxy", f"http://user:canary@127.0.0.1:{closed_port()}")
    with client(f"{scheme}://keys.example/speke", proxy_from_env=True) as sender:
        exchange = sender.send(post(f"{scheme}://keys.example/speke"))
    assert failed(exchange).kind == "proxy"
    assert "canary" not in repr(exchange)


def test_a_proxy_that_wants_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Server(always(answer(b"", "407 Proxy Authentication Required"))) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        with client("https://keys.example/speke", proxy_from_env=True) as sender:
            assert failed(sender.send(post("https://keys.example/speke"))).kind == "proxy"


def test_a_closed_port() -> None:
    url = f"http://127.0.0.1:{closed_port()}/"
    with client(url) as sender:
        exchange = sender.send(post(url))
    assert failed(exchange).kind == "refused"
    assert not failed(exchange).began
    assert exchange.notes == (f"retried on a fresh connection; before: {failed(exchange).message}",)


def test_a_name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with client("http://nowhere.example/") as sender:
        failure = failed(sender.send(post("http://nowhere.example/")))
    assert failure.kind == "dns"
    assert "nowhere.example" in failure.message


def test_a_resolver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(always(answer())) as server:

        def hang(*args: object, **kwargs: object) -> list[object]:
            server.over.wait(10)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", hang)
        with client("http://slow.example/", timeout=QUICK) as sender:
            assert failed(sender.send(post("http://slow.example/"))).kind == "timeout"


def test_the_second_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(always(answer())) as server:
        entries = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", closed_port())),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port)),
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: entries)
        with client("http://keys.example/") as sender:
            assert answered(sender.send(post("http://keys.example/"))).status == 200


def test_several_threads_share_a_client() -> None:
    def echo(request: Request) -> bytes:
        return answer(request.body)

    with Server(always(echo)) as server, client(server.url) as sender, ThreadPoolExecutor(8) as pool:
        bodies = [f"<n>{number}</n>".encode() for number in range(100)]
        exchanges = list(pool.map(lambda body: sender.send(post(server.url, body=body)), bodies))
        assert [answered(exchange).body for exchange in exchanges] == bodies
        assert server.connections <= 8


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "GET"},
        {"method": "PUT"},
        {"credentials": "none"},
        {"credentials": "wrong"},
        {"body": b"x" * 300_000},
        {"headers": (("Transfer-Encoding", "x"),)},
        {"connection": "fresh"},
    ],
    ids=str,
)
def test_what_is_unusual_has_a_connection_of_its_own(changes: dict[str, object]) -> None:
    with Server(always(answer())) as server, client(server.url) as sender:
        ordinary = post(server.url)
        unusual = replace(ordinary, **changes)  # type: ignore[arg-type]
        notes = [sender.send(one).notes[0] for one in (ordinary, unusual, ordinary, unusual, ordinary)]
    assert [note for note, one in zip(notes, "ouuuo", strict=True) if one == "u"] == ["connection: fresh"] * 3


def test_nothing_follows_a_refusal_on_its_connection() -> None:
    def respond(request: Request) -> bytes:
        return answer(b"no", "422 No") if request.header("x-bad") else answer()

    with Server(always(respond)) as server, client(server.url) as sender:
        sender.send(post(server.url))
        sender.send(post(server.url, ("X-Bad", "1")))
        assert sender.send(post(server.url)).notes == ("connection: fresh",)
        assert server.connections == 2


def test_a_connection_with_a_name_is_kept_behind_a_refusal() -> None:
    def respond(request: Request) -> bytes:
        return answer(b"no", "422 No") if request.header("x-bad") else answer()

    with Server(always(respond)) as server, client(server.url) as sender:
        good, bad = post(server.url), post(server.url, ("X-Bad", "1"))
        sender.send(replace(bad, connection="mine"))
        sender.send(good)
        assert sender.send(replace(good, connection="mine")).notes == (REUSED, AFTER_REFUSAL)
        assert sender.send(replace(good, connection="mine")).notes == (REUSED,)
        assert server.connections == 2


def test_a_hang_up_on_a_reused_connection_is_told() -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(answer())
        peer.request()

    with Server(script) as server, client(server.url) as sender:
        sender.send(post(server.url))
        assert HUNG_UP_WHEN_REUSED in sender.send(post(server.url)).notes
