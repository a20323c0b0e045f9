"""TLS: a private CA, bad certificates, client certificates, and the wrong kind of port."""

import warnings
from pathlib import Path

import pytest

from conformance.wire.errors import OptionError

from .helpers import QUICK, Authority, answered, client, failed, post
from .servers import Peer, Server, always, answer


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


def test_a_private_ca(authority: Authority) -> None:
    with (
        Server(always(answer()), tls=authority.server_context()) as server,
        client(server.url, ca_bundle=authority.bundle) as sender,
    ):
        first, second = sender.send(post(server.url)), sender.send(post(server.url))
        assert answered(first).status == answered(second).status == 200
    assert first.notes[0] == "connection: fresh"
    assert second.notes[0] == "connection: reused"
    assert first.notes[1].startswith("tls: TLSv1.3, certificate valid until 20")
    assert second.notes[1] == first.notes[1]


@pytest.mark.parametrize(("name", "days"), [("localhost", 10), ("other.example", 10), ("localhost", -1)])
def test_a_certificate_that_is_not_trusted(authority: Authority, name: str, days: int) -> None:
    bundle = None if (name, days) == ("localhost", 10) else authority.bundle
    with (
        Server(always(answer()), tls=authority.server_context(name, days=days)) as server,
        client(server.url, ca_bundle=bundle) as sender,
    ):
        exchange = sender.send(post(server.url))
        assert failed(exchange).kind == "tls-certificate"
        assert server.requests == []
    assert exchange.notes == ()


def test_insecure_takes_it_without_a_warning_of_its_own(authority: Authority) -> None:
    with (
        warnings.catch_warnings(),
        Server(always(answer()), tls=authority.server_context("other.example", days=-1)) as server,
        client(server.url, insecure=True) as sender,
    ):
        warnings.simplefilter("error")
        assert answered(sender.send(post(server.url))).status == 200


def test_a_client_certificate(authority: Authority) -> None:
    with Server(always(answer()), tls=authority.server_context(ask_client=True)) as server:
        with client(server.url, ca_bundle=authority.bundle, client_cert=authority.issue("encryptor")) as sender:
            assert answered(sender.send(post(server.url))).status == 200
        with client(server.url, ca_bundle=authority.bundle) as sender:
            failure = failed(sender.send(post(server.url)))
    # Whether the alert arrives before the connection is reset is up to the system; both sentences name the mend.
    assert failure.kind in ("tls", "no-answer")
    assert "--speke-client-cert" in failure.message


def test_tls_to_a_plain_port() -> None:
    def plain(peer: Peer) -> None:
        peer.send(answer(b"", "400 Bad Request"))
        peer.linger()

    with Server(plain) as server, client(f"https://127.0.0.1:{server.port}/") as sender:
        failure = failed(sender.send(post(f"https://127.0.0.1:{server.port}/")))
    assert failure.kind == "tls"
    assert "http://" in failure.message


def test_tls_to_a_port_that_says_nothing() -> None:
    with Server(Peer.linger) as server, client(f"https://127.0.0.1:{server.port}/", timeout=QUICK) as sender:
        assert failed(sender.send(post(f"https://127.0.0.1:{server.port}/"))).kind == "timeout"


def test_plain_to_a_tls_port(authority: Authority) -> None:
    with Server(always(answer()), tls=authority.server_context()) as server:
        url = f"http://127.0.0.1:{server.port}/"
        with client(url) as sender:
            failure = failed(sender.send(post(url)))
    # OpenSSL says so in an alert; whether it arrives before the connection is reset is up to the system.
    assert failure.kind in ("bad-http", "no-answer")
    assert "https" in failure.message


def test_an_alert_is_recognised() -> None:
    with Server(lambda peer: peer.send(b"\x15\x03\x03\x00\x02\x02\x0a")) as server, client(server.url) as sender:
        failure = failed(sender.send(post(server.url)))
    assert failure.kind == "bad-http"
    assert "https://" in failure.message


def test_a_drip_through_tls_does_not_outlive_the_deadline(authority: Authority) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
        peer.drip(b"x" * 500)

    with (
        Server(script, tls=authority.server_context()) as server,
        client(server.url, ca_bundle=authority.bundle, timeout=QUICK) as sender,
    ):
        failure = failed(sender.send(post(server.url)))
    assert (failure.kind, failure.began) == ("timeout", True)


def test_files_that_cannot_be_used(authority: Authority, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for bundle in (str(tmp_path / "missing.pem"), str(empty)):
        with pytest.raises(OptionError, match="CA bundle"):
            client("https://localhost/", ca_bundle=bundle)
    certificate, _ = authority.issue("a.example")
    _, key = authority.issue("b.example")
    for pair in (certificate, (certificate, key), (certificate, str(tmp_path / "missing.key"))):
        with pytest.raises(OptionError, match="client certificate"):
            client("https://localhost/", client_cert=pair)
