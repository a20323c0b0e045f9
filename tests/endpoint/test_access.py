"""Who gets keys: every kind of authentication in a whole run, and servers that do not look closely."""

from __future__ import annotations

import pytest

from tests.endpoint.playing import ACCESS, Guard, Player, anybody, key_server
from tests.wire.helpers import Authority
from tests.wire.servers import Request, Server
from tests.wire.test_client_auth import ENV, DigestServer, is_api_key, is_basic, is_bearer, signed

WITHOUT, WRONG = "endpoint.no-keys-without-credentials", "endpoint.no-keys-with-wrong-credentials"
PLAIN = "endpoint.no-keys-over-plain-http"


def is_signed(request: Request) -> bool:
    return signed(request, ENV["AWS_SECRET_ACCESS_KEY"])


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("options", "guard"),
    [
        (["--speke-auth=basic"], is_basic),
        (["--speke-auth=bearer"], is_bearer),
        (["--speke-auth=header", "--speke-header=x-api-key=MY_KEY"], is_api_key),
        (["--speke-auth=sigv4"], is_signed),
    ],
)
def test_a_server_that_verifies_passes(play: Player, options: list[str], guard: Guard) -> None:
    with Server(key_server(guard)) as server:
        played = play(server.url, *options, only=ACCESS)
    assert played.status == 0, played.text
    verdicts = played.verdicts("endpoint.")
    assert {name for name, verdict in verdicts.items() if verdict == "PASS"} == {
        f"ENDPOINT-{case}[{version}]::ask[{check}]"
        for case, check in (("NO-CREDENTIALS", WITHOUT), ("WRONG-CREDENTIALS", WRONG))
        for version in ("2.0", "2.1")
    }
    assert "canary" not in str(played.document) + played.text


def test_digest_records_both_hops_and_judges_the_second(play: Player) -> None:
    digest = DigestServer(algorithm="SHA-256", qop="auth")
    with Server(key_server(digest._verified, digest)) as server:
        played = play(server.url, "--speke-auth=digest", only=ACCESS)
    assert played.status == 0, played.text
    exchanges = played.document["exchanges"]
    wrong = exchanges["ENDPOINT-WRONG-CREDENTIALS[2.0]::ask"]
    assert [hop["answer"]["status"] for hop in (*wrong["hops"], wrong)] == [401, 401]
    assert exchanges["ENDPOINT-ACCESS[2.0]::before"]["answer"]["status"] == 200
    assert exchanges["ENDPOINT-NO-CREDENTIALS[2.0]::ask"].get("hops", []) == []


def is_anything(request: Request) -> bool:
    return request.header("authorization") is not None


def is_basic_or_nothing(request: Request) -> bool:
    return not is_anything(request) or is_basic(request)


@pytest.mark.parametrize(
    ("guard", "findings"),
    [(anybody, {WITHOUT, WRONG}), (is_anything, {WRONG}), (is_basic_or_nothing, {WITHOUT})],
)
def test_a_server_that_does_not_look_closely_fails(play: Player, guard: Guard, findings: set[str]) -> None:
    with Server(key_server(guard)) as server:
        played = play(server.url, "--speke-auth=basic", only=ACCESS)
    assert (played.status, played.failed()) == (1, findings)


def test_without_authentication_nothing_of_it_is_asked(play: Player) -> None:
    with Server(key_server(anybody)) as server:
        played = play(server.url, only=ACCESS)
        assert len(server.requests) == 1, "the look at the URL before the run, and nothing else"
    assert set(played.verdicts().values()) == {"NOT CLAIMED"}


def test_a_client_certificate_is_authentication(play: Player, authority: Authority) -> None:
    certificate, key = authority.issue("encryptor")
    options = [
        f"--speke-client-cert={certificate}",
        f"--speke-client-key={key}",
        f"--speke-ca-bundle={authority.bundle}",
    ]
    with Server(key_server(anybody), tls=authority.server_context(ask_client=True)) as server:
        played = play(server.url, *options, only=ACCESS)
    assert played.status == 0, played.text
    verdicts = played.verdicts("endpoint.")
    assert verdicts[f"ENDPOINT-NO-CREDENTIALS[2.0]::ask[{WITHOUT}]"] == "PASS"
    assert verdicts[f"ENDPOINT-WRONG-CREDENTIALS[2.0]::ask[{WRONG}]"] == "NOT CLAIMED"
    assert verdicts["ENDPOINT-CERTIFICATE[2.0]::ask[endpoint.certificate-in-force]"] == "PASS"
    assert verdicts["ENDPOINT-CERTIFICATE[2.0]::ask[endpoint.certificate-lasts]"] == "ADVISORY"
    assert verdicts["ENDPOINT-CERTIFICATE[2.0]::ask[endpoint.tls-recorded]"] == "RECORDED"


@pytest.mark.parametrize("open_to_all", [False, True])
def test_plain_http_beside_https(play: Player, authority: Authority, open_to_all: bool) -> None:
    guard: Guard = is_basic_or_nothing if open_to_all else is_basic
    with Server(key_server(guard), tls=authority.server_context(days=90), plain_too=True) as server:
        played = play(server.url, "--speke-auth=basic", f"--speke-ca-bundle={authority.bundle}", only=ACCESS)
        plain = [request for request in server.requests if b"-plain" in request.body]
    assert played.status == (1 if open_to_all else 0), played.text
    assert (PLAIN in played.failed()) == open_to_all
    assert len(plain) == 2, "once for each version, for a content of its own"
    assert all(request.header("authorization") is None for request in plain)
    assert played.verdicts("endpoint.certificate-lasts") == {
        f"ENDPOINT-CERTIFICATE[{version}]::ask[endpoint.certificate-lasts]": "PASS" for version in ("2.0", "2.1")
    }


def test_an_insecure_run_cannot_vouch_for_the_certificate(play: Player, authority: Authority) -> None:
    for days, status, verdict in ((90, 10, "UNTESTABLE"), (-1, 1, "FAIL")):
        with Server(key_server(is_basic), tls=authority.server_context("localhost", days=days)) as server:
            played = play(server.url, "--speke-auth=basic", "--speke-insecure", only=ACCESS)
        assert played.status == status, played.text
        assert set(played.verdicts("endpoint.certificate-in-force").values()) == {verdict}
