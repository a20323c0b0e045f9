"""The seal of a result document: a digest of its own text, so that an edit shows; bodies are in it by their digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from conformance.results.document import Document

MEMBER = "digest"


def sealed(document: Document) -> bytes:
    """The document as it is written to a file.

    The digest is no signature: it shows a slip of the hand, and anybody can make it again on purpose.
    """
    return with_seal(plain(document))


def with_seal(told: Mapping[str, Any]) -> bytes:
    """A document as text, with `digest` before its last member."""
    last = {name: told[name] for name in ("complete",) if name in told}
    rest = {name: value for name, value in told.items() if name not in (MEMBER, *last)}
    return _compact({**rest, MEMBER: digest_of({**rest, **last}), **last}) + b"\n"


def plain(document: Document) -> dict[str, Any]:
    """The document as JSON data, without its own digest and without the bodies that are files beside it."""
    told: dict[str, Any] = msgspec.to_builtins(document)
    told.pop(MEMBER, None)
    for one in told["exchanges"].values():
        _leave_bodies(one)
    return told


def _leave_bodies(exchange: dict[str, Any]) -> None:
    for part in ("request", "answer"):
        if part in exchange and "file" in exchange[part]["body"]:
            exchange[part]["body"].pop("text", None)
    for hop in exchange.get("hops", ()):
        _leave_bodies(hop)


def digest_of(told: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the compact text of everything but the digest itself."""
    return hashlib.sha256(_compact({name: value for name, value in told.items() if name != MEMBER})).hexdigest()


def _compact(value: Any) -> bytes:
    # Plain ASCII: a lone surrogate from a server's text stays an escape and cannot break the encoding.
    return json.dumps(value, separators=(",", ":")).encode("ascii")
