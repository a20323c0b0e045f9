"""The content keys that a run has seen, and which of them stand in some bytes.

Keys are kept as bytes alone; `notations` brings every notation of a text back to bytes. So a key costs the same however
many ways there are to write it, and a text is walked once however many keys there are.
"""

from __future__ import annotations

import threading
from array import array
from collections import deque
from collections.abc import Iterable
from uuid import UUID

MOST_KEYS = 8192
"""Keys that are kept, the newest ones: what a run of all cases asks for, three times over."""

_WORD = 8
SHORTEST_KEY = 11
"""In bytes: anything shorter stands somewhere by chance."""
_LONGEST_KEY = 1024
_MOST_ALIKE = 8
"""Keys that share a word and are told apart. Where more do, each of them is taken for the first."""


class KeyIndex:
    """A bounded set of keys with an index of their words; safe for use by several threads."""

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._most = most
        self._words: dict[int, list[tuple[bytes, int, bytes]]] = {}
        """Word -> (value, where in it the word stands, the key that it is an order of)."""
        self._exact: dict[bytes, bytes] = {}
        self._keys: deque[bytes] = deque()
        self.has_short_keys = False
        """Whether a key was remembered that, being short, is found as a whole only."""
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def entries(self) -> int:
        """Entries of the index, which are what its memory depends on."""
        return sum(map(len, list(self._words.values())))

    def add(self, key: bytes) -> None:
        """Remember a key; one that is too short or one repeated byte is found everywhere and is left out."""
        if not SHORTEST_KEY <= len(key) <= _LONGEST_KEY or len(set(key)) == 1:
            return
        with self._lock:
            if self._exact.get(key) == key:
                return
            self._keys.append(key)
            self.has_short_keys = self.has_short_keys or len(key) < 2 * _WORD - 1
            for value in orders(key):
                self._exact.setdefault(value, key)
                for word, at in _words_of(value):
                    bucket = self._words.setdefault(word, [])
                    if len(bucket) < _MOST_ALIKE:
                        bucket.append((value, at, key))
            if len(self._keys) > self._most:
                self._forget(self._keys.popleft())

    def _forget(self, key: bytes) -> None:
        for value in orders(key):
            if self._exact.get(value) == key:
                del self._exact[value]
            for word, _ in _words_of(value):
                bucket = [entry for entry in self._words.get(word, ()) if entry[2] != key]
                if bucket:
                    self._words[word] = bucket
                else:
                    self._words.pop(word, None)

    def named(self, value: bytes) -> bytes | None:
        """The key that these bytes are, in whatever order; None where they are none."""
        return self._exact.get(value)

    def found(self, layers: Iterable[bytes]) -> list[bytes]:
        """The keys that stand in the layers as bytes, in a fixed order."""
        index = self._words
        if not index:
            return []
        found: set[bytes] = set()
        for layer in layers:
            words = array("Q", layer[: len(layer) // _WORD * _WORD])
            # Looked up word by word and never iterated, so that another thread may add keys meanwhile.
            if index.keys().isdisjoint(words):
                continue
            for number, word in enumerate(words):
                for value, at, key in index.get(word, ()):
                    start = number * _WORD - at
                    if key not in found and start >= 0 and layer.startswith(value, start):
                        found.add(key)
        return sorted(found)


def orders(key: bytes) -> set[bytes]:
    """The orders in which the bytes of a key are written: as they are, like a GUID, backwards, digits backwards.

    The last is none: a program that took the bytes for a text in Latin-1 writes that text in UTF-8.
    """
    found = {key, key[::-1], bytes.fromhex(key.hex()[::-1]), key.decode("latin-1").encode()}
    if len(key) == 16:
        found.add(UUID(bytes=key).bytes_le)
    return found


def _words_of(value: bytes) -> Iterable[tuple[int, int]]:
    """The words of which one stands at a multiple of 8 wherever the value begins, and where in it they stand.

    A value shorter than 15 bytes has no such word for some beginnings; it is found as a whole only.
    """
    for at in range(min(_WORD, len(value) - _WORD + 1)):
        word = value[at : at + _WORD]
        # One repeated byte is padding, which is everywhere.
        if len(set(word)) > 1:
            yield int.from_bytes(word, "little"), at
