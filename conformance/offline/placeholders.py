"""Puts stand-ins where a record withholds key material, so that a document can be read again as it was built.

A fingerprint becomes 16 bytes made of itself: the same key is still the same key, and what it was stays unknown.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from uuid import UUID

from conformance.redaction.bodies import UNUSED_BITS, document

_KEY = re.compile(r">(key:[0-9a-f]{8})(?: \(([^()<>]{1,200})\))?<")
_LENGTH = re.compile(r"(\d+) bytes")
_PUBLIC = re.compile(r"the bytes of UUID ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_CIPHER = re.compile(r">\[withheld (\d+) bytes\]<")
_TEXT = re.compile(r"\[withheld (\d+) characters\]")
_BLURS = ("[withheld", " more characters are not kept]")
_NOT_BASE64 = "*"


@dataclass(frozen=True, slots=True)
class Restored:
    """A recorded body as bytes again."""

    body: bytes
    blurred: bool
    """Something beside key material in its own place is missing: nothing can be said of the rest."""


def restored(body: str) -> Restored:
    """The body that a record shows, with stand-ins for keys, ciphertext and MACs of the lengths they had."""
    shown = body.encode("utf-8", "backslashreplace")
    if "[withheld" not in body and "key:" not in body:
        return Restored(shown, body.endswith(_BLURS[1]))
    if document(shown) is None:
        return Restored(shown, any(blur in body for blur in _BLURS))
    text = _KEY.sub(_key, body)
    text = _CIPHER.sub(lambda match: f">{_bytes(f'{match.start()}', int(match[1]))}<", text)
    text = _TEXT.sub(lambda match: _NOT_BASE64 * int(match[1]), text)
    return Restored(text.encode(), any(blur in text for blur in _BLURS))


def _key(match: re.Match[str]) -> str:
    fingerprint, facts = match[1], match[2] or ""
    if facts == "not base64":
        return f">{_NOT_BASE64 * 24}<"
    length, public = _LENGTH.search(facts), _PUBLIC.search(facts)
    if public:
        text = base64.b64encode(UUID(public[1]).bytes).decode()
    else:
        text = _bytes(fingerprint, int(length[1]) if length else 16)
    return f">{_with_unused_bits(text) if UNUSED_BITS in facts else text}<"


def _with_unused_bits(text: str) -> str:
    """The same bytes, spelled with a one in a bit that means nothing."""
    digits = text.rstrip("=")
    if not digits:
        return text
    return f"{digits[:-1]}{_DIGITS[_DIGITS.index(digits[-1]) | 1]}{'=' * (len(text) - len(digits))}"


def _bytes(name: str, length: int) -> str:
    return base64.b64encode(hashlib.shake_256(f"stand-in {name}".encode()).digest(min(length, 1 << 20))).decode()
