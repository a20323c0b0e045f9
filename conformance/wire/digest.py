"""HTTP Digest: reading a challenge and computing the answer to it (RFC 2617 and 7616)."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

# Strongest first: a server may offer several challenges and leaves the choice to the client.
_HASHES = {"SHA-256": "sha256", "MD5": "md5"}
_ITEM = re.compile(
    r'(?P<name>[A-Za-z0-9_-]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^\s,"]+))|(?P<scheme>[A-Za-z0-9_-]+)'
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server wants to have answered; the algorithm is one that we can compute."""

    realm: str
    nonce: str
    algorithm: str
    stated_algorithm: bool
    qop: str
    """`auth`, `auth-int`, or empty for the oldest form without qop."""
    opaque: str | None

    @property
    def summary(self) -> str:
        """Algorithm and qop in words, for the notes of an exchange."""
        return f"{self.algorithm}, qop {self.qop or 'absent'}"


def read_challenges(values: Iterable[str]) -> Challenge | None:
    """The strongest Digest challenge in a list of WWW-Authenticate values; None where there is none to answer."""
    found: list[Challenge] = []
    for value in values:
        # A value with control characters would have to be echoed into a header of ours.
        if not _CONTROL.search(value):
            found += [item for item in map(_challenge, _digests(value)) if item is not None]
    order = list(_HASHES)
    return min(found, key=lambda item: order.index(item.algorithm.removesuffix("-SESS")), default=None)


def _digests(value: str) -> list[dict[str, str]]:
    """Parameters of each Digest challenge in one header value, which may hold challenges of other schemes too."""
    challenges: list[dict[str, str]] = []
    current: dict[str, str] = {}
    for match in _ITEM.finditer(value):
        if match["scheme"]:
            current = {}
            if match["scheme"].lower() == "digest":
                challenges.append(current)
        else:
            text = match["token"] if match["quoted"] is None else re.sub(r"\\(.)", r"\1", match["quoted"])
            current.setdefault(match["name"].lower(), text)
    return challenges


def _challenge(parameters: dict[str, str]) -> Challenge | None:
    algorithm = parameters.get("algorithm", "MD5").upper()
    offered = [item.strip().lower() for item in parameters.get("qop", "").split(",") if item.strip()]
    qop = next((item for item in ("auth", "auth-int") if item in offered), "")
    if algorithm.removesuffix("-SESS") not in _HASHES or "nonce" not in parameters or (offered and not qop):
        return None
    return Challenge(
        realm=parameters.get("realm", ""),
        nonce=parameters["nonce"],
        algorithm=algorithm,
        stated_algorithm="algorithm" in parameters,
        qop=qop,
        opaque=parameters.get("opaque"),
    )


def authorization(
    challenge: Challenge, *, user: str, password: str, method: str, uri: str, body: bytes, count: int
) -> str:
    """The Authorization value for one request; `count` says how often the nonce has been used, from 1."""
    name = _HASHES[challenge.algorithm.removesuffix("-SESS")]

    def digest(data: bytes) -> str:
        return hashlib.new(name, data, usedforsecurity=False).hexdigest()

    cnonce = secrets.token_hex(8)
    first = digest(f"{user}:{challenge.realm}:{password}".encode())
    if challenge.algorithm.endswith("-SESS"):
        first = digest(f"{first}:{challenge.nonce}:{cnonce}".encode())
    tail = f":{digest(body)}" if challenge.qop == "auth-int" else ""
    second = digest(f"{method}:{uri}{tail}".encode())
    middle = f"{challenge.nonce}:{count:08x}:{cnonce}:{challenge.qop}" if challenge.qop else challenge.nonce
    fields = [("username", user), ("realm", challenge.realm), ("nonce", challenge.nonce), ("uri", uri)]
    fields.append(("response", digest(f"{first}:{middle}:{second}".encode())))
    if challenge.opaque is not None:
        fields.append(("opaque", challenge.opaque))
    text = ", ".join(f'{key}="{_quoted(value)}"' for key, value in fields)
    if challenge.stated_algorithm:
        text += f", algorithm={challenge.algorithm.replace('-SESS', '-sess')}"
    if challenge.qop:
        text += f', qop={challenge.qop}, nc={count:08x}, cnonce="{cnonce}"'
    return f"Digest {text}"


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
