"""Finds passwords and tokens in a text, however they are written."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from conformance.redaction.notations import unescaped

MARK = "[withheld credential]"

SHORTEST = 8
"""Bytes of a secret that is taken out wherever it stands: anything shorter is an ordinary word of many texts."""
_SHORTEST_CORE = 8
_ESCAPED_TWICE = 3
_IN_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*=*")
_BEFORE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-")
_ESCAPING = re.compile(r"[%\\&=+]")


class Credentials:
    """The secrets of the run's own authentication, ready to be taken out of texts."""

    def __init__(self, secrets: Iterable[bytes]) -> None:
        kept = {secret for secret in secrets if len(secret) >= SHORTEST}
        # The longest first, so that no part of it is replaced before the whole.
        self._secrets = [_Secret(one) for one in sorted(kept, key=lambda one: (-len(one), one))]

    def __repr__(self) -> str:
        return "<credentials>"

    def strip(self, text: str) -> str:
        """The text with each secret replaced by a mark: as it is, escaped, in hexadecimal, base64 or UTF-16."""
        if not self._secrets:
            return text
        views = _unescaped(text)
        for secret in self._secrets:
            text = secret.strip(text, views)
        return text


class _Secret:
    """One secret in its notations; each is looked for in one walk through a text."""

    def __init__(self, value: bytes) -> None:
        self._value = value
        self._texts = sorted(_texts(value), key=len, reverse=True)
        self._cores = sorted({core for one in {value, _wide(value)} for core in _cores(one)})
        self._hex = sorted({one.hex() for one in {value, _wide(value)} if len(one) >= _SHORTEST_CORE})

    def strip(self, text: str, views: list[bytes]) -> str:
        for form in self._texts:
            if form in text:
                text = text.replace(form, MARK)
        if views and (not self._value.isascii() or any(self._value in view for view in views)):
            text = self._escaped.sub(MARK, text)
        for core in self._cores:
            if core in text:
                text = _without_core(text, core)
        folded = text.lower()
        for digits in self._hex:
            if digits in folded:
                text = re.sub(re.escape(digits), MARK, text, flags=re.IGNORECASE)
                folded = text.lower()
        return text

    @cached_property
    def _escaped(self) -> re.Pattern[str]:
        """The secret with each character as it is or escaped, in any mixture."""
        try:
            text = self._value.decode()
        except UnicodeDecodeError:
            text = self._value.decode("latin-1")
        return re.compile(r"\0?".join(map(_spelled, text)))


def _spelled(char: str) -> str:
    """One character in each of the escapes of URLs, forms, JSON, PHP, .NET, HTML and quoted-printable."""
    code, literal = ord(char), re.escape(char)
    forms = [rf"\\*{literal}"]
    forms.append("".join(rf"%(?:25)*{_digits(f'{byte:02x}')}" for byte in char.encode("utf-8", "replace")))
    forms.append("".join(rf"={byte:02X}" for byte in char.encode("utf-8", "replace")))
    if code < 0x100:
        forms += [rf"\\+[xX]{_digits(f'{code:02x}')}", rf"\\+{code:03o}"]
    forms.append(rf"\\+u{{?0*{_digits(f'{code:x}')}}}?")
    forms += [rf"&(?:amp;)*#0*{code};?", rf"&(?:amp;)*#[xX]0*{_digits(f'{code:x}')};?"]
    name = {"<": "lt", ">": "gt", '"': "quot", "'": "apos", "&": "amp"}.get(char)
    if name:
        forms.insert(0, rf"&(?:amp;)*{name};")
    if char == " ":
        forms.append(r"\+")
    return f"(?:{'|'.join(forms)})"


def _digits(digits: str) -> str:
    return "".join(f"[{one}{one.upper()}]" if one.isalpha() else one for one in digits)


def _unescaped(text: str) -> list[bytes]:
    """The text with one, two and three layers of escapes undone."""
    views: list[bytes] = []
    view = text.encode("utf-8", "surrogatepass")
    if not _ESCAPING.search(text):
        return views
    if "+" in text:
        views += [view.replace(b"+", b" ")]
    for _ in range(_ESCAPED_TWICE):
        plain = unescaped(view)
        if plain == view:
            break
        views += [plain, plain.replace(b"+", b" ")] if b"+" in plain else [plain]
        view = plain
    return views


def _without_core(text: str, core: str) -> str:
    """The text without the runs of base64 that hold the core; each character is looked at once."""
    kept: list[str] = []
    at = 0
    while (found := text.find(core, at)) >= 0:
        start = found
        while start > at and text[start - 1] in _BEFORE:
            start -= 1
        end = _IN_BASE64.match(text, found + len(core))
        kept += [text[at:start], MARK]
        at = end.end() if end is not None else found + len(core)
    return "".join([*kept, text[at:]])


def _texts(secret: bytes) -> set[str]:
    texts = {secret.decode("latin-1"), _wide(secret).decode("latin-1").rstrip("\0")}
    try:
        texts.add(secret.decode())
    except UnicodeDecodeError:
        return texts
    return texts


def _wide(secret: bytes) -> bytes:
    return secret.decode("latin-1").encode("utf-16-le")


def _cores(secret: bytes) -> Iterator[str]:
    """The characters of base64 texts that depend on the secret alone, wherever in a longer value it stands."""
    for lead in range(3):
        usable = (lead + len(secret)) // 3 * 3 - lead
        first = -(-lead * 8 // 6)
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            core = encode(b"\0" * lead + secret[:usable]).decode("ascii")[first:]
            if len(core) >= _SHORTEST_CORE:
                yield core
