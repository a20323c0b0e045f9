"""Takes other people's credentials out of a request before anything is made of it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator

from conformance.redaction.redactor import withheld

Headers = tuple[tuple[str, str], ...]

FAMILIAR = frozenset(
    {
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "connection",
        "content-length",
        "content-type",
        "date",
        "expect",
        "host",
        "transfer-encoding",
        "user-agent",
        "x-amz-date",
        "x-amz-content-sha256",
        "x-speke-version",
    }
)
"""Headers whose values are no secrets; what an encryptor calls the header with its API key nobody knows."""

_REUSABLE = ("basic", "bearer")
_SHORTEST = 8


def without_credentials(headers: Iterable[tuple[str, str]]) -> Headers:
    """The headers with every value withheld that may be a credential."""
    return tuple((name, value if name.lower() in FAMILIAR else withheld(value)) for name, value in headers)


def credentials_in(headers: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    """What an answer could repeat: tokens, passwords, API keys. A signature is of no use to anybody later."""
    for name, value in headers:
        if name.lower() in FAMILIAR:
            continue
        kind, space, rest = value.partition(" ")
        if space and name.lower() in ("authorization", "proxy-authorization"):
            if kind.lower() not in _REUSABLE:
                continue
            yield rest.strip().encode("utf-8", "replace")
            yield from _password(rest.strip()) if kind.lower() == "basic" else ()
        elif len(value) >= _SHORTEST:
            yield value.encode("utf-8", "replace")


def _password(text: str) -> Iterator[bytes]:
    try:
        _, colon, password = base64.b64decode(text, validate=True).partition(b":")
    except (ValueError, binascii.Error):
        return
    if colon:
        yield password
