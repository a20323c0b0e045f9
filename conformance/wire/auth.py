"""The ways in which the suite can authenticate itself to a key server."""

from __future__ import annotations

import base64
import re
import secrets
import threading
from collections.abc import Mapping
from typing import ClassVar

from requests import PreparedRequest
from requests_aws4auth import AWS4Auth  # type: ignore[import-untyped]

from conformance.model import HttpAnswer
from conformance.redaction.credentials import SHORTEST
from conformance.wire import digest
from conformance.wire.errors import OptionError

KINDS = ("none", "basic", "digest", "bearer", "header", "sigv4")
"""Values of --speke-auth."""

_EXECUTE_API = re.compile(r"\.execute-api\.(?P<region>[a-z0-9-]+)\.(amazonaws\.com(\.cn)?|api\.aws)\.?$", re.IGNORECASE)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OURS = frozenset({"content-type", "content-length", "host", "transfer-encoding", "x-speke-version", "user-agent"})


class AuthScheme:
    """No authentication; the base of the other schemes."""

    kind: ClassVar[str] = "none"

    @property
    def headers(self) -> tuple[str, ...]:
        """Names of the request headers that carry credentials, in lower case."""
        return ()

    def apply(self, prepared: PreparedRequest) -> None:
        """Put the credentials into a request that is otherwise complete."""

    def secrets(self) -> tuple[bytes, ...]:
        """Values that must never be stored or shown."""
        return ()

    @property
    def is_short(self) -> bool:
        """Whether a secret is too short to be recognised in every text."""
        return any(0 < len(secret) < SHORTEST for secret in self.secrets())

    def challenged(self, answer: HttpAnswer) -> str:
        """Words on the challenge where the answer is one that the next hop can meet; otherwise empty."""
        return ""

    def wrong(self) -> AuthScheme:
        """The same way of authenticating with a secret that nobody has given out."""
        return self

    def __repr__(self) -> str:
        return f"<authentication: {self.kind}>"


class Basic(AuthScheme):
    """User name and password in each request."""

    kind = "basic"

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password.encode()
        self._value = base64.b64encode(user.encode() + b":" + self._password).decode("ascii")

    @property
    def headers(self) -> tuple[str, ...]:
        return ("authorization",)

    def apply(self, prepared: PreparedRequest) -> None:
        prepared.headers["Authorization"] = f"Basic {self._value}"

    def secrets(self) -> tuple[bytes, ...]:
        return self._password, self._user.encode() + b":" + self._password, self._value.encode()

    def wrong(self) -> AuthScheme:
        return Basic(self._user, _nobodys())


class Digest(AuthScheme):
    """User name and password, proven by the answer to a challenge.

    Each thread keeps the last challenge it got, so that the count of a nonce rises in order on each of them and
    most requests need one hop only.
    """

    kind = "digest"

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password
        self._local = threading.local()

    @property
    def headers(self) -> tuple[str, ...]:
        return ("authorization",)

    def apply(self, prepared: PreparedRequest) -> None:
        challenge: digest.Challenge | None = getattr(self._local, "challenge", None)
        if challenge is None:
            return
        self._local.count += 1
        body = prepared.body if isinstance(prepared.body, bytes) else b""
        prepared.headers["Authorization"] = digest.authorization(
            challenge,
            user=self._user,
            password=self._password,
            method=prepared.method or "",
            uri=prepared.path_url,
            body=body,
            count=self._local.count,
        )

    def secrets(self) -> tuple[bytes, ...]:
        return (self._password.encode(),)

    def wrong(self) -> AuthScheme:
        return Digest(self._user, _nobodys())

    def challenged(self, answer: HttpAnswer) -> str:
        if answer.status != 401:
            return ""
        challenge = digest.read_challenges(answer.header_values("www-authenticate"))
        self._local.challenge, self._local.count = challenge, 0
        return f"answered a Digest challenge ({challenge.summary})" if challenge else ""


class Header(AuthScheme):
    """A secret value in one header: a bearer token, an API key."""

    kind = "header"

    def __init__(self, name: str, secret: str, *, prefix: str = "") -> None:
        self._name = name
        self._secret = secret
        self._prefix = prefix

    @property
    def headers(self) -> tuple[str, ...]:
        return (self._name.lower(),)

    def apply(self, prepared: PreparedRequest) -> None:
        prepared.headers[self._name] = self._prefix + self._secret

    def secrets(self) -> tuple[bytes, ...]:
        return (self._secret.encode(),)

    def wrong(self) -> AuthScheme:
        return Header(self._name, _nobodys(), prefix=self._prefix)


class Bearer(Header):
    """A token in the Authorization header."""

    kind = "bearer"

    def __init__(self, token: str) -> None:
        super().__init__("Authorization", token, prefix="Bearer ")


class SigV4(AuthScheme):
    """AWS Signature Version 4, as encryptors in the AWS cloud sign their requests."""

    kind = "sigv4"

    def __init__(self, access_key: str, secret_key: str, token: str | None, region: str, service: str) -> None:
        self._access_key = access_key
        self._secret_key = secret_key
        self._token = token
        self.region = region
        self.service = service

    @property
    def headers(self) -> tuple[str, ...]:
        return ("authorization", "x-amz-security-token")

    def apply(self, prepared: PreparedRequest) -> None:
        # A signer of its own for each request: AWS4Auth changes its key at midnight, which threads must not share.
        signer = AWS4Auth(self._access_key, self._secret_key, self.region, self.service, session_token=self._token)
        signer(prepared)

    def secrets(self) -> tuple[bytes, ...]:
        return tuple(item.encode() for item in (self._secret_key, self._token, self._access_key) if item)

    def wrong(self) -> AuthScheme:
        # Only the signature is wrong: the access key and the session token are those that the server knows.
        return SigV4(self._access_key, _nobodys(), self._token, self.region, self.service)


def make_auth(
    kind: str,
    env: Mapping[str, str],
    *,
    header: str | None = None,
    region: str | None = None,
    service: str | None = None,
    host: str = "",
) -> AuthScheme:
    """The scheme of that kind with its credentials from the environment.

    `header` is NAME=ENVIRONMENT_VARIABLE for the kind `header`; `region` and `service` are for `sigv4` and are read
    from an execute-api host where they are not given. Raises OptionError, naming the variable that is missing.
    """
    if kind not in KINDS:
        raise OptionError(f"--speke-auth is one of {', '.join(KINDS)}, not {kind!r}.")
    if header is not None and kind != "header":
        raise OptionError("--speke-header is only for --speke-auth header; give both or neither.")
    if kind == "none":
        return AuthScheme()
    if kind in ("basic", "digest"):
        user, password = _variable(env, "SPEKE_USER", kind), _variable(env, "SPEKE_PASSWORD", kind)
        if ":" in user and kind == "basic":
            raise OptionError("SPEKE_USER holds a colon, which Basic authentication cannot carry; use another user.")
        return Basic(user, password) if kind == "basic" else Digest(user, password)
    if kind == "bearer":
        return Bearer(_ascii(_variable(env, "SPEKE_TOKEN", kind), "SPEKE_TOKEN"))
    if kind == "header":
        name, variable = header_option(header)
        return Header(name, _ascii(_variable(env, variable, kind), variable))
    return _sigv4(env, region, service, host)


def header_option(option: str | None) -> tuple[str, str]:
    """Header name and environment variable of a --speke-header option; raises OptionError."""
    name, _, variable = (option or "").partition("=")
    if not _TOKEN.fullmatch(name) or not _VARIABLE.fullmatch(variable):
        raise OptionError("--speke-auth header needs --speke-header NAME=ENVIRONMENT_VARIABLE, as in x-api-key=MY_KEY.")
    if name.lower() in _OURS:
        raise OptionError(f"--speke-header cannot set {name}, which the suite sets itself; name another header.")
    return name, variable


def _sigv4(env: Mapping[str, str], region: str | None, service: str | None, host: str) -> SigV4:
    access_key = _ascii(_variable(env, "AWS_ACCESS_KEY_ID", "sigv4"), "AWS_ACCESS_KEY_ID")
    secret_key = _ascii(_variable(env, "AWS_SECRET_ACCESS_KEY", "sigv4"), "AWS_SECRET_ACCESS_KEY")
    token = None
    if env.get("AWS_SESSION_TOKEN"):
        token = _ascii(_variable(env, "AWS_SESSION_TOKEN", "sigv4"), "AWS_SESSION_TOKEN")
    match = _EXECUTE_API.search(host)
    region = region or (match["region"].lower() if match else "")
    region = region or env.get("AWS_REGION", "") or env.get("AWS_DEFAULT_REGION", "")
    if not region:
        raise OptionError("--speke-auth sigv4 needs a region, which the host does not name; set AWS_REGION.")
    # A key provider behind a custom domain name is still an API Gateway in the common deployment.
    return SigV4(access_key, secret_key, token, region, service or "execute-api")


def _nobodys() -> str:
    return secrets.token_hex(20)


def _variable(env: Mapping[str, str], name: str, kind: str) -> str:
    value = env.get(name, "")
    if not value:
        raise OptionError(f"--speke-auth {kind} needs the environment variable {name}, which is not set; set it.")
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in value):
        raise OptionError(f"The environment variable {name} holds a line break or control character; remove it.")
    return value


def _ascii(value: str, name: str) -> str:
    if not value.isascii() or value != value.strip():
        raise OptionError(
            f"The environment variable {name} holds a space at an end or a character outside ASCII; correct it."
        )
    return value
