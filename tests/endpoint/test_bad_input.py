"""What cannot work says so in one sentence with the mend: before anything is sent, or in an INCOMPLETE report."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from conformance import refserver
from tests.endpoint.playing import Player, anybody, key_server
from tests.wire.helpers import Authority
from tests.wire.servers import Request, Server, answer
from tests.wire.test_client_connections import closed_port


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--speke-auth=basic"], "needs the environment variable SPEKE_USER, which is not set; set it"),
        (["--speke-auth=bearer"], "needs the environment variable SPEKE_TOKEN"),
        (["--speke-auth=sigv4"], "needs the environment variable AWS_ACCESS_KEY_ID"),
        (["--speke-auth=header"], "needs --speke-header NAME=ENVIRONMENT_VARIABLE"),
        (["--speke-header=x-api-key=MY_KEY"], "only for --speke-auth header"),
        (["--speke-client-cert=a.pem"], "--speke-client-cert and --speke-client-key go together; give both"),
        (["--speke-client-key=a.key"], "go together; give both"),
        (["--speke-ca-bundle=missing.pem"], "missing.pem cannot be read"),
        (["--speke-max-rps=0"], "is not a number greater than 0; correct --speke-max-rps."),
        (["--speke-max-requests=x"], "is not a whole number of at least 1; correct --speke-max-requests."),
        (["--speke-concurrency=0"], "is not a whole number of at least 1; correct --speke-concurrency."),
    ],
)
def test_an_option_that_cannot_be_used_sends_nothing(
    play: Player, monkeypatch: pytest.MonkeyPatch, options: list[str], sentence: str
) -> None:
    for name in ("SPEKE_USER", "SPEKE_TOKEN", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    with Server(key_server(anybody)) as server:
        played = play(server.url, *options)
        assert server.connections == 0
    assert (played.status, played.document) == (4, {})
    assert sentence in played.text
    assert "Traceback" not in played.text


def test_half_a_key_pair(play: Player, authority: Authority, tmp_path: Path) -> None:
    certificate, _ = authority.issue("encryptor")
    _, other = authority.issue("another")
    with Server(key_server(anybody), tls=authority.server_context()) as server:
        played = play(server.url, f"--speke-client-cert={certificate}", f"--speke-client-key={other}")
    assert played.status == 4
    assert "give PEM files that belong together" in played.text


def test_a_ca_file_without_a_certificate(play: Player, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing\n")
    with Server(key_server(anybody), tls=authority.server_context()) as server:
        played = play(server.url, f"--speke-ca-bundle={tmp_path / 'empty.pem'}")
    assert played.status == 4
    assert "cannot be read; give a readable PEM file" in played.text


def unreachable(play: Player, url: str, *options: str) -> str:
    """Play a run of which nothing can come: it ends before its first question, with one sentence."""
    played = play(url, *options, profile="default")
    assert played.status == 10, played.text
    assert played.document["outcome"] in ("PARTIAL", "INCOMPLETE") and played.verdicts() == {}
    reason = str(played.document["run"]["incomplete"])
    assert reason.endswith(".") and "Traceback" not in played.text
    assert " ".join(reason.split()[:5]) in " ".join(played.text.split())
    assert "stopped-early" in {warning["id"] for warning in played.document["warnings"]}
    return reason


def test_a_closed_port(play: Player) -> None:
    assert "start the server or correct the port" in unreachable(play, f"http://127.0.0.1:{closed_port()}/")


def test_a_name_that_does_not_resolve(play: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "does not resolve; check its spelling" in unreachable(play, "http://nowhere.example/")


def test_tls_to_a_plain_port(play: Player) -> None:
    with refserver.Server() as server:
        assert "http://" in unreachable(play, f"https://127.0.0.1:{server.port}/")


def test_plain_http_to_a_tls_port(play: Player, authority: Authority) -> None:
    with Server(key_server(anybody), tls=authority.server_context()) as server:
        assert "https" in unreachable(play, f"http://127.0.0.1:{server.port}/")


def test_a_certificate_that_nobody_trusts(play: Player, authority: Authority) -> None:
    with Server(key_server(anybody), tls=authority.server_context()) as server:
        assert "give the CA with --speke-ca-bundle" in unreachable(play, server.url)


def test_a_proxy_that_refuses(play: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://user:canary@127.0.0.1:{closed_port()}")
    sentence = unreachable(play, "http://keys.example/", "--speke-proxy")
    assert "check the proxy variables of the environment" in sentence


def test_a_proxy_that_is_not_asked_for_is_not_used(play: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    with Server(key_server(anybody)) as server:
        assert play(server.url).status == 0


def only_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo

    def ours(host: str, *rest: object, **more: object) -> object:
        return look_up("::1" if host == "localhost" else host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", ours)


def test_localhost_that_is_ipv6_only(play: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    only_ipv6(monkeypatch)
    sentence = unreachable(play, f"http://localhost:{closed_port()}/")
    assert "Nothing accepts connections at localhost (::1)" in sentence


def ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.skipif(not ipv6(), reason="this machine has no IPv6 loopback")
@pytest.mark.parametrize("host", ["[::1]", "localhost"])
def test_a_server_on_ipv6_only(play: Player, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    only_ipv6(monkeypatch)
    with Server(key_server(anybody), host="::1") as server:
        played = play(f"http://{host}:{server.port}/")
    assert played.status == 0, played.text


EXPIRED = b'{"message":"The security token included in the request is expired"}'


def sigv4(monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "CANARY-OF-THE-RUN")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    return "--speke-auth=sigv4"


def nobody(request: Request) -> bool:
    return False


def test_an_expired_session_token(play: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    option = sigv4(monkeypatch)
    with Server(key_server(nobody, answer(EXPIRED, "403 Forbidden"))) as server:
        sentence = unreachable(play, server.url, option)
        assert len(server.requests) == 2, "one for each version, and no more after the two refusals"
    assert "fetch new credentials (AWS_SESSION_TOKEN)" in sentence


def test_clocks_that_disagree(play: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    option = sigv4(monkeypatch)
    late = answer(b"Signature not yet current", "403 Forbidden", "Date: Mon, 05 Jan 2015 10:00:00 GMT")
    with Server(key_server(nobody, late)) as server:
        sentence = unreachable(play, server.url, option)
    assert "s ahead of the server's" in sentence


def test_credentials_that_nobody_takes(play: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEKE_TOKEN", "canary")
    with Server(key_server(nobody)) as server:
        played = play(server.url, "--speke-auth=bearer", only="errors")
        assert len(server.requests) < 20, "after ten refusals in a row nothing more is sent"
    assert played.status == 10
    assert "check --speke-auth and its environment variables" in " ".join(played.text.split())
