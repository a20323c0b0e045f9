"""Splits a text into runs that may be bytes, and says of each what it may show.

A run is what a program prints when it prints bytes: hexadecimal, base64, base32, UUIDs, escapes, pairs or numbers with
something between them. In prose every run that decodes to as many bytes as a key has is withheld, unless it is public
or made of words; elsewhere only the runs that are, or hold, a known key.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable

from conformance.redaction.key_index import SHORTEST_KEY, KeyIndex
from conformance.redaction.notations import decodings, layers, unescaped
from conformance.redaction.public import PublicValues

OPEN = "[withheld"

_SHORTEST = 8
"""Bytes from which a run may be a key."""
_LONGEST_KEY = 512
_SOLID = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_")
_DIGITS = 15
"""Digits of a decimal number (a time in milliseconds, a count) that are shown."""

_BETWEEN = r"[^0-9A-Za-z]"
_MARKER = r"(?:\\+[xX]|0[xX]|\\+u00|&(?:amp;)*\#[xX]|%(?:25)*|=)"
_ITEM = r"(?:[0-9A-Fa-f]{2}|\d{1,3})(?![0-9A-Za-z])"
_UUID = r"(?<![0-9A-Fa-f-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f-])"
_RUNS = re.compile(
    rf"(?P<literal>\bb'(?:[^'\\\n]|\\.)*+'|\bb\"(?:[^\"\\\n]|\\.)*+\")"
    rf"|(?P<uuid>{_UUID})"
    rf"|(?P<pairs>{_MARKER}[0-9A-Fa-f]{{2}}(?:{_BETWEEN}{{0,12}}{_MARKER}[0-9A-Fa-f]{{2}}){{7,}}+;?"
    rf"|(?<![0-9A-Za-z]){_ITEM}(?:{_BETWEEN}{{1,16}}{_ITEM}){{7,}}+)"
    r"|(?P<groups>(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{4}){1,4}"
    r"(?:(?:[ \t:_.,;|/-]|\r?\n)[ ]?(?:[0-9A-Fa-f]{4}){1,4}(?![0-9A-Za-z])){1,}+)"
    r"|(?P<run>[A-Za-z0-9+/_-]{11,}+={0,6})",
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}m")
_WITH_ESCAPES = re.compile(r"[^\s\"']++")
_ESCAPE_SIGNS = ("%", "\\", "&#", "&amp;#")

_SHORTEST_ESCAPED, _LONGEST_ESCAPED = 12, 4096
"""Characters of a word with escapes that is looked into; a longer one is no prose."""

_SPLIT = re.compile(r"[-_+/=]+")
_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LETTERS = re.compile(r"[A-Za-z]+")
_WORD = re.compile(r"([A-Za-z]+)\d{0,4}|\d{1,4}[A-Za-z]{1,12}|\d{1,8}")
_VOWEL = re.compile(r"[AEIOUYaeiouy]")
_PLAIN_VOWEL = re.compile(r"[AEIOUaeiou]")
_UNSPOKEN = re.compile(
    r"(?i)[bcdfghjklmnpqrstvwxz]{5,}|q(?!u)|[jqvwxz]{2}|j[bcdfghklmnpqrtvwxz]|[cdfghklmnpqrtvwxz]j|v[bcdfghjklmnpqtwxz]"
)
"""Letters that stand side by side in base64 and in hardly any word."""
_SHORTEST_WORD, _MOST_SHORT = 4, 2
_SHORT, _MOST_STRANGE, _MOST_TINY, _MOST_PARTS = 5, 2, 6, 64
_MOST_CAPITALS, _LONGEST_PIECE = 15, 20

Fingerprint = Callable[[bytes], str]


class Runs:
    """Replaces what a text may not show: `index` knows the keys of the run, `public` what only looks like one."""

    def __init__(self, index: KeyIndex, fingerprint: Fingerprint, public: PublicValues) -> None:
        self._index = index
        self._fingerprint = fingerprint
        self._public = public

    def without_known(self, text: str) -> str:
        """The text without known keys: a run that is one reads as its fingerprint."""
        # Short keys are found as a run of their own, not as a part of one.
        if not self._index.has_short_keys and not self.known_in(text):
            return text
        shown = _RUNS.sub(self._known, text)
        left = self.known_in(shown)
        # What is written in a way of its own is withheld with everything around it.
        return self.holds(left) if left else shown

    def without_known_in_names(self, document: str) -> str:
        """The text of a document without known keys in names, prefixes and namespaces; it stays well-formed."""
        shown = _RUNS.sub(self._name, document)
        left = self.known_in(shown)
        return self.holds(left) if left else shown

    def without_any(self, text: str) -> str:
        """Prose without any run that may be a key, known or not."""
        if any(sign in text for sign in _ESCAPE_SIGNS):
            text = _WITH_ESCAPES.sub(self._escaped, text)
        shown = _RUNS.sub(self._unknown, text)
        if _CONTROL.search(shown):
            shown = _without_raw(shown)
        left = self.known_in(shown)
        return self.holds(left) if left else shown

    def is_public(self, data: bytes) -> bool:
        """Whether these bytes are a value of a request, such as a KID, and so no secret."""
        return self._public.has_bytes(data)

    def known_in(self, text: str) -> list[bytes]:
        """The known keys that stand in a text, in any notation and encoding."""
        return self._index.found(layers(as_bytes(text))) if self._index and len(text) >= SHORTEST_KEY else []

    def holds(self, keys: list[bytes]) -> str:
        """What stands in place of a value that holds keys."""
        return f"{OPEN}: holds {', '.join(map(self._fingerprint, keys[:8]))}{' and more' if len(keys) > 8 else ''}]"

    def _name(self, match: re.Match[str]) -> str:
        found = self.known_in(match.group())
        return f"withheld-{self._fingerprint(found[0]).rpartition(':')[2]}" if found else match.group()

    def _known(self, match: re.Match[str]) -> str:
        run = match.group()
        exact = self._as_known(run)
        if exact:
            return exact
        found = self.known_in(run)
        return self.holds(found) if found else run

    def _as_known(self, run: str) -> str:
        """The fingerprint of the key that a run is; empty where it is none."""
        if not self._index or len(run) > _LONGEST_KEY:
            return ""
        data = as_bytes(run)
        solid = run.isalnum() or not set(run) - _SOLID
        for value in decodings(data) if solid else (*decodings(data), *list(layers(data))[1:]):
            key = self._index.named(value.strip(b"\n"))
            if key is not None:
                return self._fingerprint(key)
        return ""

    def _unknown(self, match: re.Match[str]) -> str:
        run, kind = match.group(), match.lastgroup
        if kind == "run" and self._is_shown(run):
            return run
        if kind == "groups" and not _has_letters_or_marks(run):
            return run
        if kind == "groups" and len(re.sub(r"[^0-9A-Fa-f]", "", run)) < 2 * _SHORTEST:
            return run
        if kind == "uuid" and self._public.has_bytes(binascii.unhexlify(run.replace("-", ""))):
            return run
        return self._as_known(run) or mark(run)

    def _is_shown(self, run: str) -> bool:
        body = run.rstrip("=")
        if self._public.has_text(run) or self._public.has_text(body):
            return True
        if body.isdigit():
            return len(body) <= _DIGITS
        folds = body.islower() or body.isupper()
        if len(body) < 2 * _SHORTEST and folds and re.fullmatch(r"[0-9A-Fa-f]+", body):
            return True  # as hexadecimal too short for a key, as base64 most unlikely
        if is_words(body):
            return True
        if any(map(self._public.has_bytes, decodings(as_bytes(run)))):
            return True
        # A path with a value of the request in it: the rest of it has to be words together, as pieces of a key are not.
        parts = [part for part in body.split("/") if part]
        rest = [part for part in parts if not self._public.has_text(part)]
        return len(rest) < len(parts) and (not rest or is_words("/".join(rest)))

    @staticmethod
    def _is_mostly_escaped(word: str, plain: bytes) -> bool:
        """Whether a word is bytes rather than letters of another language."""
        return len(plain) * 2 < len(word) and len(plain) >= _SHORTEST and not plain.isascii()

    def _escaped(self, match: re.Match[str]) -> str:
        word = match.group()
        if len(word) < _SHORTEST_ESCAPED or not any(sign in word for sign in _ESCAPE_SIGNS):
            return word
        if len(word) > _LONGEST_ESCAPED:
            return mark(word)
        plain = data = as_bytes(word)
        for _ in range(3):
            data, plain = plain, unescaped(plain)
            if data == plain:
                break
        if plain == as_bytes(word):
            return word
        text = _decoded(plain)
        if _CONTROL.search(text) or self._is_mostly_escaped(word, plain):
            return self._as_known(word) or mark(word)
        if _RUNS.sub(self._unknown, text) != text:
            # Runs of the word itself may be public or words; the escapes hide something else.
            return self._as_known(word) or mark(word)
        return word


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _without_raw(text: str) -> str:
    """Control characters may be the bytes of a key as they are: the lines that hold any, and those beside them."""
    lines = text.split("\n")
    raw = [_CONTROL.search(_COLOUR.sub("", line)) is not None for line in lines]
    for number, line in enumerate(lines):
        if len(line.strip()) >= _SHORTEST and any(raw[max(0, number - 1) : number + 2]):
            lines[number] = mark(line)
    return "\n".join(lines)


def is_words(run: str) -> bool:
    """Whether a run of letters and digits is made of words and short numbers, which bytes in base64 are not."""
    parts = [part for part in _SPLIT.split(run) if part]
    if len(parts) > _MOST_PARTS:
        return False
    strange = [part for part in parts if not _is_word(part)]
    if not parts or sum(len(part) < 3 for part in parts) > _MOST_TINY:
        return False
    if any(map(_is_mixed, parts)) and not ("+" not in run and _are_joined_words(run)):
        return False
    if not strange:
        return True
    # Beside a word, one or two short parts that are none: a version, a number of a build, the end of a seed.
    has_word = any(len(part) >= 4 and part.isalpha() for part in parts if part not in strange)
    return (
        has_word and "+" not in run and len(strange) <= _MOST_STRANGE and all(len(part) <= _SHORT for part in strange)
    )


def _is_mixed(part: str) -> bool:
    """Whether capitals stand inside, as they do in base64 and where programs join words."""
    return not (part.islower() or part.isupper() or part[1:].islower() or part.isdigit())


def _are_joined_words(run: str) -> bool:
    """Whether the pieces between capitals can be spoken; one key of some 600 has pieces that merely have vowels."""
    pieces = _PIECES.findall(run)
    spoken = [piece for piece in pieces if not (piece.isupper() and len(piece) <= _SHORT)]
    return (
        sum(len(piece) < _SHORTEST_WORD for piece in pieces) <= max(_MOST_SHORT, len(pieces) // 2)
        and not any(map(_UNSPOKEN.search, spoken))
        and all(_PLAIN_VOWEL.search(piece) for piece in pieces if len(piece) > _SHORTEST_WORD and not piece.isupper())
    )


def _is_word(part: str) -> bool:
    found = _WORD.fullmatch(part)
    if found is None:
        return False
    letters = _LETTERS.search(part)
    return letters is None or _reads(letters.group())


def _reads(letters: str) -> bool:
    """Letters in words as programs join them: `commonEncryptionScheme`, `HTTPServer`."""
    pieces = _PIECES.findall(letters)
    if sum(len(piece) < 3 for piece in pieces) > 1:
        return False
    return all(
        len(piece) <= _MOST_CAPITALS if piece.isupper() else len(piece) <= _LONGEST_PIECE for piece in pieces
    ) and all(_VOWEL.search(piece) for piece in pieces if len(piece) > (5 if piece.isupper() else 3))


def _has_letters_or_marks(run: str) -> bool:
    return any(char in "abcdefABCDEFxX%\\&=" for char in run)


def mark(text: str) -> str:
    """What stands in place of a text that is withheld."""
    return f"{OPEN} {len(text.strip())} characters]"


def as_bytes(text: str) -> bytes:
    """The text as bytes: Latin-1, so that raw key bytes that were read as Latin-1 are found again."""
    return text.encode("latin-1", "replace")
