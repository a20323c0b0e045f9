"""A server that echoes everything it gets: no credential survives in what is recorded or shown."""

import base64

import pytest

from conformance.model import Exchange
from conformance.redaction.redactor import Redactor
from conformance.wire.auth import KINDS, make_auth

from .helpers import client, post
from .servers import Request, Server, always, answer

ENV = {
    "SPEKE_USER": "encryptor",
    "SPEKE_PASSWORD": "CanaryPassword-1234",
    "SPEKE_TOKEN": "CanaryToken-1234",
    "AWS_ACCESS_KEY_ID": "AKIDCANARY1234",
    "AWS_SECRET_ACCESS_KEY": "CanarySecret/1234",
    "AWS_SESSION_TOKEN": "CanarySession-1234",
    "AWS_REGION": "eu-west-1",
    "MY_KEY": "CanaryApiKey-1234",
}
SECRETS = ("SPEKE_PASSWORD", "SPEKE_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "MY_KEY")


def spoils() -> list[str]:
    found: list[str] = []
    for name in SECRETS:
        value = ENV[name]
        wide = value.encode("utf-16-le")
        found += [value, value.encode().hex(), base64.b64encode(value.encode()).decode().rstrip("=")[:-1]]
        found += [wide.decode("latin-1").rstrip("\0"), base64.b64encode(wide).decode().rstrip("=")[:-1]]
    found.append(base64.b64encode(f"encryptor:{ENV['SPEKE_PASSWORD']}".encode()).decode())
    return found


def echo(request: Request) -> bytes:
    """An error page that prints the request and, as a vengeful server would, each secret in several notations."""
    lines = [f"{name}: {value}" for name, value in request.headers]
    for name in SECRETS:
        value = ENV[name]
        wide = base64.b64encode(value.encode("utf-16-le")).decode()
        lines += [
            f"got {value}",
            f"got {value.encode().hex()}",
            f"got {base64.b64encode(value.encode()).decode()} {wide}",
        ]
    headers = [f"X-Echo-{name}: {value}" for name, value in request.headers]
    challenge = 'WWW-Authenticate: Digest realm="x", nonce="n", qop="auth"'
    return answer("\n".join(lines).encode(), "401 Unauthorized", challenge, *headers)


def recorded(redactor: Redactor, exchange: Exchange) -> str:
    assert exchange.answer is not None
    parts: list[str] = [*map(redactor.text, exchange.notes), redactor.text(exchange.request.url)]
    for headers in (redactor.headers(exchange.request.headers), redactor.answer_headers(exchange.answer.headers)):
        parts += [f"{name}: {value}" for name, value in headers]
    parts += [redactor.body(exchange.request.body), redactor.body(exchange.answer.body)]
    parts += [recorded(redactor, hop) for hop in exchange.hops]
    return "\n".join(parts)


@pytest.mark.parametrize("kind", KINDS)
def test_no_credential_survives(kind: str) -> None:
    auth = make_auth(kind, ENV, header="x-api-key=MY_KEY" if kind == "header" else None)
    redactor = Redactor(b"salt", [ENV[name].encode() for name in SECRETS] + list(auth.secrets()), headers=auth.headers)
    with Server(always(echo)) as server, client(server.url, auth) as sender:
        exchange = sender.send(post(server.url))
        assert repr(sender) == f"<client of 127.0.0.1, {auth!r}>"
    shown = recorded(redactor, exchange) + repr(exchange.request) + repr(exchange.notes) + repr(redactor) + repr(auth)
    assert [spoil for spoil in spoils() if spoil in shown] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("data", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
def test_no_credential_in_a_failure(kind: str, data: bytes) -> None:
    auth = make_auth(kind, ENV, header="x-api-key=MY_KEY" if kind == "header" else None)

    def respond(request: Request) -> bytes:
        return data

    with Server(always(respond)) as server, client(server.url, auth, timeout=0.2) as sender:
        exchange = sender.send(post(server.url))
    assert exchange.failure is not None
    assert [spoil for spoil in spoils() if spoil in repr(exchange)] == []
