"""Each kind of authentication against a server that verifies it by computations of its own."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable

import pytest

from conformance.wire.auth import AuthScheme, make_auth

from .helpers import answered, client, post
from .servers import Request, Server, always, answer

PASSWORD = "canary pässword"
ENV = {
    "SPEKE_USER": "encryptor",
    "SPEKE_PASSWORD": PASSWORD,
    "SPEKE_TOKEN": "canary-token",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "canary-session-token",
    "AWS_REGION": "eu-west-1",
    "MY_KEY": "canary-api-key",
}


def only_if(verify: Callable[[Request], bool], *challenge: str) -> Callable[[Request], bytes]:
    def respond(request: Request) -> bytes:
        return answer() if verify(request) else answer(b"no", "401 Unauthorized", *challenge)

    return respond


def is_basic(request: Request) -> bool:
    expected = base64.b64encode(f"encryptor:{PASSWORD}".encode()).decode()
    return request.header("authorization") == f"Basic {expected}"


def is_bearer(request: Request) -> bool:
    return request.header("authorization") == "Bearer canary-token"


def is_api_key(request: Request) -> bool:
    return request.header("x-api-key") == "canary-api-key" and request.header("authorization") is None


@pytest.mark.parametrize(
    ("auth", "verify"),
    [
        (make_auth("basic", ENV), is_basic),
        (make_auth("bearer", ENV), is_bearer),
        (make_auth("header", ENV, header="x-api-key=MY_KEY"), is_api_key),
    ],
)
def test_one_hop_kinds(auth: AuthScheme, verify: Callable[[Request], bool]) -> None:
    with Server(always(only_if(verify))) as server, client(server.url, auth) as sender:
        assert answered(sender.send(post(server.url))).status == 200
        assert answered(sender.send(post(server.url), auth=AuthScheme())).status == 401


def signed(request: Request, secret: str) -> bool:
    """Signature Version 4 as its documentation describes it, computed without the library under test."""
    match = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/(\d{8})/eu-west-1/execute-api/aws4_request, ?"
        r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})",
        request.header("authorization") or "",
    )
    if match is None:
        return False
    day, names, signature = match.groups()
    path, _, query = request.path.partition("?")
    headers = "".join(f"{name}:{request.header(name)}\n" for name in names.split(";"))
    body = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join([request.method, path, query, headers, names, body])
    stamp = request.header("x-amz-date") or ""
    scope = f"{day}/eu-west-1/execute-api/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in (day, "eu-west-1", "execute-api", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    covered = {"host", "x-amz-date", "x-amz-security-token"} <= set(names.split(";"))
    return covered and stamp.startswith(day) and hmac.new(key, text.encode(), "sha256").hexdigest() == signature


def test_sigv4_signature_is_right() -> None:
    secret = ENV["AWS_SECRET_ACCESS_KEY"]
    with (
        Server(always(only_if(lambda request: signed(request, secret)))) as server,
        client(server.url, make_auth("sigv4", ENV)) as sender,
    ):
        exchange = sender.send(post(server.url, body="<Grüße/>".encode()))
        assert answered(exchange).status == 200
        wrong = make_auth("sigv4", ENV | {"AWS_SECRET_ACCESS_KEY": "another"})
        assert answered(sender.send(post(server.url), auth=wrong)).status == 401
        assert server.requests[0].header("x-amz-security-token") == "canary-session-token"
    assert dict(exchange.request.headers)["x-amz-security-token"] == "[withheld]"
    assert dict(exchange.request.headers)["Authorization"] == "AWS4-HMAC-SHA256 [withheld]"


def test_sigv4_names_the_skew_of_clocks() -> None:
    late = answer(b"Signature expired", "403 Forbidden", "Date: Mon, 05 Jan 2015 10:00:00 GMT")
    with Server(always(late)) as server, client(server.url, make_auth("sigv4", ENV)) as sender:
        notes = sender.send(post(server.url)).notes
    assert any("clock" in note and "ahead of" in note for note in notes)


class DigestServer:
    """Verifies Digest as RFC 2617 and 7616 have it; each nonce lasts for a number of requests in strict order."""

    def __init__(self, *, algorithm: str | None, qop: str, lasts: int = 100, extra: str = "") -> None:
        self.algorithm = algorithm
        self.qop = qop
        self.lasts = lasts
        self.extra = extra
        self.nonces: dict[str, int] = {}

    def __call__(self, request: Request) -> bytes:
        if self._verified(request):
            return answer()
        nonce = f"nonce{len(self.nonces)}"
        self.nonces[nonce] = 0
        parts = ['realm="keys, \\"live\\""', f'nonce="{nonce}"', 'opaque="op,aque"']
        parts += [f'qop="{self.qop}"'] if self.qop else []
        parts += [f"algorithm={self.algorithm}"] if self.algorithm else []
        header = f"WWW-Authenticate: {self.extra}Digest {', '.join(parts)}"
        return answer(b"no", "401 Unauthorized", header)

    def _verified(self, request: Request) -> bool:
        value = request.header("authorization") or ""
        if not value.startswith("Digest "):
            return False
        fields = {
            name: quoted.replace('\\"', '"') or token
            for name, quoted, token in re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s]+))', value)
        }
        algorithm = self.algorithm or "MD5"
        count = int(fields.get("nc", "1"), 16)
        fresh = self.nonces.get(fields["nonce"]) == count - 1 and count <= self.lasts
        if not fresh or fields["uri"] != request.path or fields["opaque"] != "op,aque":
            return False
        self.nonces[fields["nonce"]] = count

        def hashed(text: str) -> str:
            return hashlib.new("sha256" if algorithm.startswith("SHA-256") else "md5", text.encode()).hexdigest()

        first = hashed(f'encryptor:keys, "live":{PASSWORD}')
        if algorithm.endswith("-sess"):
            first = hashed(f"{first}:{fields['nonce']}:{fields['cnonce']}")
        second = f"{request.method}:{request.path}"
        if fields.get("qop") == "auth-int":
            second += f":{hashed(request.body.decode())}"
        middle = fields["nonce"]
        if self.qop:
            middle += f":{fields['nc']}:{fields['cnonce']}:{fields['qop']}"
        return bool(fields["response"] == hashed(f"{first}:{middle}:{hashed(second)}"))


@pytest.mark.parametrize("algorithm", [None, "MD5", "SHA-256", "MD5-sess", "SHA-256-sess"])
@pytest.mark.parametrize("qop", ["auth", "auth-int", "auth,auth-int"])
def test_digest(algorithm: str | None, qop: str) -> None:
    with (
        Server(always(DigestServer(algorithm=algorithm, qop=qop))) as server,
        client(server.url, make_auth("digest", ENV)) as sender,
    ):
        exchange = sender.send(post(server.url))
        assert answered(exchange).status == 200
        assert [answered(hop).status for hop in exchange.hops] == [401]
        assert "answered a Digest challenge" in exchange.notes[-1]
        again = sender.send(post(server.url))
        assert answered(again).status == 200
        assert again.hops == ()
    assert "canary" not in repr(exchange)


def test_digest_of_the_oldest_kind_beside_another_scheme() -> None:
    with (
        Server(always(DigestServer(algorithm=None, qop="", extra='Basic realm="x, y", '))) as server,
        client(server.url, make_auth("digest", ENV)) as sender,
    ):
        assert answered(sender.send(post(server.url))).status == 200


def test_digest_takes_a_new_nonce_when_the_old_one_is_used_up() -> None:
    with (
        Server(always(DigestServer(algorithm="MD5", qop="auth", lasts=2))) as server,
        client(server.url, make_auth("digest", ENV)) as sender,
    ):
        exchanges = [sender.send(post(server.url)) for _ in range(4)]
    assert [answered(exchange).status for exchange in exchanges] == [200] * 4
    assert [len(exchange.hops) for exchange in exchanges] == [1, 0, 1, 0]


def test_digest_refused_is_judged_and_not_repeated() -> None:
    refused = make_auth("digest", ENV | {"SPEKE_PASSWORD": "another"})
    with (
        Server(always(DigestServer(algorithm="MD5", qop="auth"))) as server,
        client(server.url, refused) as sender,
    ):
        exchange = sender.send(post(server.url))
        assert answered(exchange).status == 401
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    "challenge",
    [
        'Basic realm="x"',
        'Digest realm="x", nonce="n", algorithm=SHA-512-256',
        'Digest realm="x"',
        'Digest realm="x", nonce="n", qop="token"',
        'Digest realm="x\x01", nonce="n"',
        "Digest " + "a" * 5000,
        'Digest realm="' + "\\" * 5000,
    ],
)
def test_a_challenge_that_cannot_be_met_is_the_answer(challenge: str) -> None:
    with (
        Server(always(answer(b"no", "401 Unauthorized", f"WWW-Authenticate: {challenge}"))) as server,
        client(server.url, make_auth("digest", ENV)) as sender,
    ):
        exchange = sender.send(post(server.url))
        assert answered(exchange).status == 401
        assert len(server.requests) == 1


def test_credentials_stay_with_the_target() -> None:
    with Server(always(answer())) as other, client("http://127.0.0.1:9/x", make_auth("basic", ENV)) as sender:
        assert answered(sender.send(post(other.url))).status == 200
        assert other.requests[0].header("authorization") is None
