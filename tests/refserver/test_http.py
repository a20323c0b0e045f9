"""The HTTP shell: connections, framing, misbehaviour on demand."""

from __future__ import annotations

import datetime
import http.client
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conformance.refserver import Behaviour, Config, Fault, HttpAnswer, HttpRequest, Server, Style, start_server
from conformance.refserver.faults.model import Op
from tests.refserver.asking import Ask

HEADERS = {"Content-Type": "application/xml", "X-Speke-Version": "2.0"}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def connect(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)


def post(server: Server, body: bytes | None = None) -> http.client.HTTPResponse:
    connection = connect(server)
    connection.request("POST", "/speke", Ask().body() if body is None else body, HEADERS)
    return connection.getresponse()


def behaving(**fields: object) -> Fault:
    return Fault("X", "s", "http", ("http",), (Op("behave", "http", fields),))


def raw(server: Server, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


def test_one_connection_serves_many_requests(server: Server) -> None:
    connection = connect(server)
    bodies = set()
    for _ in range(5):
        connection.request("POST", "/speke", Ask().body(), HEADERS)
        before = connection.sock
        got = connection.getresponse()
        bodies.add(got.read())
        assert got.status == 200
        assert connection.sock is before
    assert bodies == {Ask().send().body}
    connection.request("GET", "/")
    refused = connection.getresponse()
    assert (refused.status, refused.read()) == (405, b"Only POST is served here.")


def test_the_answer_of_the_pure_function_comes_through(server: Server) -> None:
    got = post(server)
    assert [(n, v) for n, v in got.getheaders() if n != "Content-Length"] == list(Ask().send().headers)
    assert server.url == f"http://127.0.0.1:{server.port}/speke/v2/copyProtection"
    assert server.state.requests == 1


def test_chunked_request_body(server: Server) -> None:
    body = Ask().body()
    connection = connect(server)
    connection.request("POST", "/speke", iter((body[:100], body[100:])), HEADERS, encode_chunked=True)
    assert connection.getresponse().status == 200


def test_head_has_no_body(server: Server) -> None:
    connection = connect(server)
    connection.request("HEAD", "/")
    got = connection.getresponse()
    assert (got.status, got.read()) == (405, b"")


def test_many_connections_at_once(server: Server) -> None:
    contents = [f"film-{number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda name: post(server, Ask(content_id=name).body()).read(), contents))
    assert got == [Ask(content_id=name).send().body for name in contents]


@pytest.mark.parametrize(
    "data",
    [
        b"POST / HTTP/1.1\r\nContent-Length: abc\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\nshort",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
        b"hello\r\n\r\n",
    ],
)
def test_bad_framing_is_refused(server: Server, data: bytes) -> None:
    got = raw(server, data)
    assert b" 400 " in got
    assert b"Traceback" not in got
    assert post(server).status == 200


def test_a_client_that_goes_away_does_no_harm(server: Server) -> None:
    assert raw(server, b"") == b""
    raw(server, b"POST / HT")
    assert post(server).status == 200


def test_chunked_http10_and_close() -> None:
    for style, version in ((Style(chunked=True), 11), (Style(http10=True), 10), (Style(close=True), 11)):
        with Server(Config(style=style)) as server:
            got = post(server)
            assert got.version == version
            assert got.read() == Ask().send().body


def test_declared_length_and_cut() -> None:
    with Server(faults=[behaving(**{"declared-length": "+64"})]) as server, pytest.raises(http.client.IncompleteRead):
        post(server).read()
    with Server(faults=[behaving(**{"cut-after": 10})]) as server, pytest.raises(http.client.IncompleteRead):
        post(server).read()


def test_silence_and_garbage() -> None:
    with Server(faults=[behaving(silent=True)]) as server, pytest.raises(http.client.RemoteDisconnected):
        post(server)
    garbage = behaving(raw="no HTTP at all\r\n\r\n", close=True)
    with Server(faults=[garbage]) as server, pytest.raises(http.client.BadStatusLine):
        post(server)


def test_drip_and_endless_end_with_the_server() -> None:
    with Server(faults=[behaving(**{"drip-ms": 5, "drip-bytes": 1})]) as server:
        got = post(server)
        assert got.read(3) == b"<?x"
    with Server(faults=[behaving(endless=True)]) as server:
        got = post(server)
        assert got.getheader("Content-Length") is None
        assert got.read(200_000)


def test_delay_reason_and_dripping_headers() -> None:
    how = behaving(reason="Fine", **{"drip-ms": 1, "drip-bytes": 4000, "drip-headers": True})
    with Server(faults=[how], delay_ms=1) as server:
        got = post(server)
        assert (got.status, got.reason) == (200, "Fine")


def test_guard_sees_every_request_first() -> None:
    def guard(request: HttpRequest) -> HttpAnswer | None:
        if request.header("authorization") == "Bearer t":
            return None
        return HttpAnswer(401, (("WWW-Authenticate", "Bearer"),), b"", Behaviour(close=True))

    server = start_server(auth=guard)
    try:
        assert post(server).status == 401
        connection = connect(server)
        connection.request("POST", "/", Ask().body(), HEADERS | {"Authorization": "Bearer t"})
        assert connection.getresponse().status == 200
    finally:
        server.stop()


def test_faults_can_be_exchanged_while_it_runs(server: Server) -> None:
    server.faults = (Fault("X", "s", "http", ("http",), (Op("status", "http", {"code": 503}),)),)
    assert post(server).status == 503
    server.faults = ()
    server.config = Config(versions=("2.1",))
    assert post(server).status == 422


def test_tls(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with Server(tls=context) as server:
        assert server.url.startswith("https://")
        trusting = ssl.create_default_context(cafile=str(pem))
        connection = http.client.HTTPSConnection("localhost", server.port, timeout=5, context=trusting)
        connection.request("POST", "/", Ask().body(), HEADERS)
        assert connection.getresponse().status == 200


def test_ipv6() -> None:
    with Server(host="::1") as server:
        assert server.url.startswith("http://[::1]:")
        connection = http.client.HTTPConnection("::1", server.port, timeout=5)
        connection.request("POST", "/", Ask().body(), HEADERS)
        assert connection.getresponse().status == 200
