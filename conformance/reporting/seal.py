"""The seal of a result document: a digest of its own text, so that an edit shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

MEMBER = "digest"
_END = ',"complete":true}'


def sealed(document: Mapping[str, Any]) -> bytes:
    """The document as it is written to a file, with `digest` before its last member.

    The digest is no signature: it shows a slip of the hand, and anybody can make it again on purpose.
    """
    text = _text(document)
    seal = f',"{MEMBER}":"{_sha256(text)}"'
    # Plain ASCII: a lone surrogate from a server's text stays an escape and cannot break the encoding.
    whole = text.removesuffix(_END) + seal + _END if text.endswith(_END) else text[:-1] + seal + "}"
    return whole.encode("ascii") + b"\n"


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the compact text of everything but the digest itself."""
    return _sha256(_text(document))


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps({name: value for name, value in document.items() if name != MEMBER}, separators=(",", ":"))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()
