"""Passwords, tokens, session tokens and client keys, in runs against servers that throw them back."""

from __future__ import annotations

import base64
import importlib.util
from pathlib import Path

import pytest

from conformance.cases import cases_directory
from tests.canaries.playing import Played, play
from tests.canaries.spoils import artifacts, caught
from tests.canaries.vault import Vault
from tests.wire.helpers import Authority
from tests.wire.servers import Request, Server, answer

pytestmark = pytest.mark.slow

USER = "encryptor"
SECRETS: dict[str, str] = {
    "SPEKE_PASSWORD": "Canary&Word<1>\"2'3",
    "SPEKE_TOKEN": "CanaryToken.abc_DEF-123",
    "MY_KEY": "CanaryApiKey/456+xyz",
    "AWS_SECRET_ACCESS_KEY": "CanarySecret/Access+Key7890",
    "AWS_SESSION_TOKEN": "CanarySession/Token+1234567==",
}
ENV = {"SPEKE_USER": USER, "AWS_ACCESS_KEY_ID": "AKIDCANARY1234", "AWS_REGION": "eu-west-1", **SECRETS}
PLANTED = {
    "basic": ("SPEKE_PASSWORD",),
    "digest": ("SPEKE_PASSWORD",),
    "bearer": ("SPEKE_TOKEN",),
    "header": ("MY_KEY",),
    "sigv4": ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
}
"""Kind of authentication -> the secrets that such a run holds, and that a server may throw back."""
OPTIONS = {"header": ("--header=x-api-key=MY_KEY",)}
CASES = (
    "http/transport.yaml::HTTP-BASIC[2.0]",
    "endpoint/access.yaml",
    "malformed/bodies.yaml",
    "keys/keys.yaml::KEYS-IV-REPEATED[2.1-cenc]",
)
CHALLENGE = 'WWW-Authenticate: Digest realm="keys", nonce="abc", qop="auth"'


class Spite:
    """A server that throws the secrets of one kind of authentication back."""

    def __init__(self, kind: str) -> None:
        self._values = [SECRETS[name] for name in PLANTED[kind]]
        self._basic = base64.b64encode(f"{USER}:{SECRETS['SPEKE_PASSWORD']}".encode()).decode()

    def everybody(self, request: Request) -> bytes:
        """A 401 that prints the request and each secret, in the body, in headers and in the reason."""
        lines = [f"{name}: {value}" for name, value in request.headers]
        for value in self._values:
            data = value.encode()
            lines += [value, data.hex(), base64.b64encode(b"x" + data).decode(), base64.b64encode(data).decode()]
            lines.append(base64.b64encode(value.encode("utf-16-le")).decode())
        text = self._values[-1]
        headers = [CHALLENGE, f"X-Echo: {request.header('Authorization')}", f"Location: https://a.example/?t={text}"]
        return answer("\n".join(lines).encode(), f"401 {text}", *headers, f"X-Speke-User-Agent: {text}")

    def strangers(self, request: Request) -> bytes | None:
        """Keys for those with credentials; the others get that page."""
        given = request.header("Authorization") or request.header("x-api-key") or ""
        signed = given.startswith(("AWS4-HMAC", "Digest ")) and "wrong" not in given
        known = signed or self._basic in given or any(value in given for value in self._values)
        return None if known else self.everybody(request)


def searched(kind: str, played: Played, vault: Vault | None = None) -> list[str]:
    """The secrets of that kind of authentication, and the keys, in what the run has left."""
    secrets: dict[str, bytes | str] = {name: SECRETS[name] for name in PLANTED[kind]}
    if kind == "basic":
        secrets["user and password"] = f"{USER}:{SECRETS['SPEKE_PASSWORD']}"
    return caught(secrets | (vault.secrets if vault else {}), artifacts(played.folder, played.output))


def run(folder: Path, url: str, *options: str, more: tuple[str, ...] = ()) -> Played:
    places = [str(cases_directory() / place) for place in CASES]
    return play(folder, url, options, ENV, [*more, *places])


@pytest.mark.parametrize("kind", sorted(PLANTED))
def test_no_credential_is_written_or_said(kind: str, tmp_path: Path) -> None:
    vault = Vault(Spite(kind).strangers)
    with Server(vault.script) as server:
        played = run(tmp_path / "run", server.url, f"--auth={kind}", *OPTIONS.get(kind, ()))
    assert played.status in (0, 1), played.output
    assert (played.folder / "reports" / "latest" / "results.json").is_file()
    assert len(vault.secrets) > 5
    assert searched(kind, played, vault) == []


@pytest.mark.parametrize("kind", ["basic", "sigv4"])
def test_no_credential_is_given_away_by_a_server_that_refuses_everything(kind: str, tmp_path: Path) -> None:
    with Server(Vault(Spite(kind).everybody).script) as server:
        played = run(tmp_path / "run", server.url, f"--auth={kind}", *OPTIONS.get(kind, ()))
    assert played.status in (1, 10), played.output
    assert searched(kind, played) == []


@pytest.mark.skipif(importlib.util.find_spec("xdist") is None, reason="pytest-xdist is not installed")
def test_no_credential_is_written_by_workers(tmp_path: Path) -> None:
    vault = Vault(Spite("bearer").strangers)
    with Server(vault.script) as server:
        played = run(tmp_path / "run", server.url, "--auth=bearer", more=("-n2",))
    assert played.status in (0, 1), played.output
    assert searched("bearer", played, vault) == []


def test_no_client_key_is_written_or_said(tmp_path: Path) -> None:
    (tmp_path / "authority").mkdir()
    authority = Authority(tmp_path / "authority")
    certificate, key = authority.issue("encryptor")
    vault = Vault(Spite("basic").strangers)
    with Server(vault.script, tls=authority.server_context(ask_client=True)) as server:
        options = (f"--ca-bundle={authority.bundle}", f"--client-cert={certificate}", f"--client-key={key}")
        played = run(tmp_path / "run", server.url, "--auth=basic", *options)
    assert played.status in (0, 1), played.output
    secrets: dict[str, bytes | str] = {
        f"line {number}": line for number, line in enumerate(Path(key).read_text().splitlines()[1:-1])
    }
    assert caught(secrets, artifacts(played.folder, played.output)) == []
    assert searched("basic", played, vault) == []


def test_no_secret_in_the_words_about_a_wrong_option(tmp_path: Path) -> None:
    token = SECRETS["SPEKE_TOKEN"]
    url = f"https://{USER}:{token}@keys.example/speke?token={token}"
    played = run(tmp_path / "run", url, "--auth=basic")
    assert played.status == 4
    assert searched("bearer", played) == []
