"""Finds passwords and tokens in a text, however they are written."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

MARK = "[withheld credential]"

_SHORTEST = 4
"""Bytes; replacing anything shorter would tear ordinary words apart."""
_SHORTEST_CORE = 8
_BASE64 = "[A-Za-z0-9+/_=-]*"


class Credentials:
    """The secrets of the run's own authentication, ready to be taken out of texts."""

    def __init__(self, secrets: Iterable[bytes]) -> None:
        kept = {secret for secret in secrets if len(secret) >= _SHORTEST}
        plain = {form for secret in kept for form in _plain(secret)}
        # The longest first, so that no part of it is replaced before the whole.
        self._plain = sorted(plain, key=lambda form: (-len(form), form))
        self._cores = sorted({core for secret in kept for core in _cores(secret)})
        self._hex = sorted({value.hex() for secret in kept for value in (secret, _wide(secret))})

    def __repr__(self) -> str:
        return "<credentials>"

    def strip(self, text: str) -> str:
        """The text with each secret replaced by a mark: as it is, escaped, in hexadecimal, base64 or UTF-16."""
        for form in self._plain:
            if form in text:
                text = text.replace(form, MARK)
        for core in self._cores:
            if core in text:
                text = re.sub(_BASE64 + re.escape(core) + _BASE64, MARK, text)
        if self._hex:
            folded = text.lower()
            for digits in self._hex:
                if digits in folded:
                    text = re.sub(re.escape(digits), MARK, text, flags=re.IGNORECASE)
        return text


def _plain(secret: bytes) -> set[str]:
    texts = {secret.decode("latin-1")}
    try:
        texts.add(secret.decode())
    except UnicodeDecodeError:
        return texts
    text = secret.decode()
    texts |= {quote(text), quote(text, safe=""), quote_plus(text), escape(text), escape(text, {'"': "&quot;"})}
    texts |= {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    texts.add(_wide(secret).decode("latin-1").rstrip("\0"))
    return texts


def _wide(secret: bytes) -> bytes:
    return secret.decode("latin-1").encode("utf-16-le")


def _cores(secret: bytes) -> set[str]:
    """The characters of base64 texts that depend on the secret alone, wherever in a longer value it stands."""
    cores: set[str] = set()
    for value in (secret, _wide(secret)):
        for lead in range(3):
            usable = (lead + len(value)) // 3 * 3 - lead
            first = -(-lead * 8 // 6)
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                core = encode(b"\0" * lead + value[:usable]).decode("ascii")[first:]
                if len(core) >= _SHORTEST_CORE:
                    cores.add(core)
    return cores
