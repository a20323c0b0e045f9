"""Finds content keys where they must not be: in boxes, headers, tags and URLs, however they are written."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from uuid import UUID

from conformance.drm.layers import Layer, peel

_CHUNK: Final = 8
# A pattern this long holds, wherever it begins, one whole chunk at a multiple of 8 bytes.
_INDEXED: Final = 2 * _CHUNK - 1
_SHORTEST_KEY: Final = 8
_MOST_KEYS: Final = 128
"""Keys that are searched for at once, twice as many as the largest contract has; a server may send thousands."""
_MOST_ALIKE: Final = 32
"""Notations that share a word."""


@dataclass(frozen=True, slots=True)
class Leak:
    """The key at `index` was found, written as `form`, inside the encodings of `path` (from the outside in)."""

    index: int
    form: str
    path: tuple[str, ...]

    @property
    def words(self) -> str:
        """The finding in words, without any part of the key."""
        return " inside ".join((self.form, *reversed(self.path)))


def representations(key: bytes) -> Mapping[str, bytes]:
    """Return what a key looks like in the usual notations, by the name of the notation.

    Notations are raw bytes, hexadecimal, UUID text and base64 (both alphabets, with and without padding), each also in
    GUID byte order if the key has 16 bytes, and each text also as UTF-16LE.
    """
    orders = {"": key}
    if len(key) == 16:
        orders[", byte-swapped like a GUID"] = UUID(bytes=key).bytes_le
    plain: dict[str, bytes] = {}
    for order, value in orders.items():
        plain[f"raw bytes{order}"] = value
        for name, text in _texts(value).items():
            plain[f"{name}{order}"] = text.encode()
            plain[f"{name}{order}, in UTF-16"] = text.encode("utf-16-le")
    return plain


def _texts(value: bytes) -> dict[str, str]:
    standard, url_safe = base64.b64encode(value).decode(), base64.urlsafe_b64encode(value).decode()
    texts = {
        "lower-case hexadecimal": value.hex(),
        "upper-case hexadecimal": value.hex().upper(),
        "base64": standard,
        "base64 without padding": standard.rstrip("="),
        "url-safe base64": url_safe,
        "url-safe base64 without padding": url_safe.rstrip("="),
    }
    if len(value) == 16:
        text = str(UUID(bytes=value))
        texts |= {"lower-case UUID text": text, "upper-case UUID text": text.upper()}
    return texts


def find(key: bytes, data: bytes) -> str | None:
    """Say how and where a key is written in a payload, or None; for many keys or payloads build one Searcher."""
    leaks = Searcher([key]).search(data)
    return leaks[0].words if leaks else None


class Searcher:
    """Searches payloads for many keys at once, in time that hardly depends on the number of keys.

    Keys of fewer than 8 bytes and keys of one repeated byte are not searched: they would be found everywhere, and are
    wrong by other questions.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._short: list[tuple[int, str, bytes]] = []
        self._long: list[tuple[int, str, bytes]] = []
        self._words: set[int] = set()
        self._searched: dict[bytes, tuple[tuple[int, str], ...]] = {}
        for index, key in enumerate(keys[:_MOST_KEYS]):
            if len(key) < _SHORTEST_KEY or len(set(key)) == 1:
                continue
            forms: dict[bytes, str] = {}
            for form, pattern in representations(key).items():
                forms.setdefault(pattern, form)
            for pattern, form in forms.items():
                if len(pattern) < _INDEXED:
                    self._short.append((index, form, pattern))
                else:
                    self._long.append((index, form, pattern))
                    self._words.update(_words_of(pattern))

    @cached_property
    def _chunks(self) -> Mapping[int, Sequence[tuple[int, str, bytes, int]]]:
        """Word -> the notations that hold it, and where. Made when a word was seen: hardly any payload has one."""
        found: dict[int, list[tuple[int, str, bytes, int]]] = {}
        for entry in self._long:
            for start, word in enumerate(_words_of(entry[2])):
                bucket = found.setdefault(word, [])
                if len(bucket) < _MOST_ALIKE:
                    bucket.append((*entry, start))
        return found

    def search(self, data: bytes) -> tuple[Leak, ...]:
        """Return each key that is in the payload or in a layer encoded inside it, once, as it was first seen."""
        leaks: dict[int, Leak] = {}
        for layer in peel(data):
            if layer.data not in self._searched:
                self._searched[layer.data] = tuple(self._in_layer(layer))
            for index, form in self._searched[layer.data]:
                leaks.setdefault(index, Leak(index, form, layer.path))
        return tuple(leaks[index] for index in sorted(leaks))

    def _in_layer(self, layer: Layer) -> Iterator[tuple[int, str]]:
        yield from self._in_bytes(layer.data)
        folded = layer.data.lower()
        if folded != layer.data:
            # Hexadecimal in mixed case is neither of the two notations; folded, it is the lower-case one.
            yield from ((index, form) for index, form in self._in_bytes(folded) if _folds(form))

    def _in_bytes(self, data: bytes) -> Iterator[tuple[int, str]]:
        for index, form, pattern in self._short:
            if pattern in data:
                yield index, form
        words = memoryview(data)[: len(data) // _CHUNK * _CHUNK].cast("Q")
        if self._words.isdisjoint(words):
            return
        # Compared at the place where the word stands: a search of the whole for each would be quadratic.
        found: set[tuple[int, str]] = set()
        for number, word in enumerate(words):
            for index, form, pattern, at in self._chunks.get(word, ()):
                if (index, form) not in found and data.startswith(pattern, max(0, number * _CHUNK - at)):
                    found.add((index, form))
                    yield index, form


def _folds(form: str) -> bool:
    return form.startswith(("lower-case hexadecimal", "lower-case UUID"))


def _words_of(pattern: bytes) -> memoryview:
    """The words of a pattern by where they begin; one of them stands at a multiple of 8 wherever the pattern does."""
    return memoryview(b"".join([pattern[start : start + _CHUNK] for start in range(_CHUNK)])).cast("Q")
