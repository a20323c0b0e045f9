"""The content keys that a run has seen, and whether one of them stands in some bytes."""

from __future__ import annotations

import base64
import binascii
import re
import threading
from array import array
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes
from uuid import UUID

_WORD = 8
# A pattern this long holds, wherever it begins, one whole word at a multiple of 8 bytes.
_SHORTEST_PATTERN = 2 * _WORD - 1
_SHORTEST_KEY = 11
"""In bytes: the base64 text of anything shorter is too short to be indexed, and too likely to be a word."""
_DEPTH = 4
"""Encodings inside each other that are looked through; real ones are a PSSH in a fragment in base64, three deep."""
_MOST = 8 << 20
"""Bytes of all layers together after which no deeper one is opened: a text could be made to grow with each."""
_RUN = re.compile(rb"[A-Za-z0-9+/_-]{20,}(?:[ \t\r\n]++[A-Za-z0-9+/_-]{4,})*+(={0,2})")
_FILLING = b"\0\\"
"""What UTF-16 and JSON put between the characters of a text."""
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_UUID_LENGTH = 36
"""Each element of a document names its key by a UUID, which looks like base64 and is not worth the decoding."""
_STANDARD = bytes.maketrans(b"-_", b"+/")


class KeyIndex:
    """A growing set of keys with an index of the words of their notations; safe for use by several threads.

    Checks of leaks build a searcher for the keys of one document, and say how a key is written. Here every key of a
    run is looked for in every text, so the index grows key by key, and speed counts for more than words.
    """

    def __init__(self) -> None:
        self._words: dict[int, bytes] = {}
        self._others: dict[int, list[bytes]] = {}
        """Further keys with a word that an earlier one has; hardly ever any, and a list for each word would be dear."""
        self._keys: set[bytes] = set()
        self._lock = threading.Lock()

    def add(self, key: bytes) -> None:
        """Remember a key; one that is too short or one repeated byte is found everywhere and is left out."""
        if len(key) < _SHORTEST_KEY or len(set(key)) == 1:
            return
        with self._lock:
            if key in self._keys:
                return
            self._keys.add(key)
            words = {
                number
                for pattern in _patterns(key)
                if len(pattern) >= _SHORTEST_PATTERN
                for start in range(_WORD)
                for number in array("Q", pattern[start : start + _WORD])
            }
            for word in words:
                if self._words.setdefault(word, key) is not key:
                    self._others.setdefault(word, []).append(key)

    def found(self, data: bytes) -> list[bytes]:
        """The keys that stand in the data, in any notation and encoding, in a fixed order."""
        index = self._words
        if not index:
            return []
        found: set[bytes] = set()
        layer, total = data, 0
        for _ in range(_DEPTH):
            total += len(layer)
            for view in (layer, layer.lower().translate(None, _FILLING)):
                words = array("Q", view[: len(view) // _WORD * _WORD])
                # Looked up word by word and never iterated, so that another thread may add keys meanwhile.
                if not index.keys().isdisjoint(words):
                    met = [word for word in set(words) if word in index]
                    suspects = {index[word] for word in met}
                    suspects |= {key for word in met for key in tuple(self._others.get(word, ()))}
                    found |= {key for key in suspects if any(pattern in view for pattern in _patterns(key))}
            # The bytes of all runs in one piece: one look at them costs less than one at each.
            layer = b"\n".join(_decoded(layer))
            if not layer or total > _MOST:
                break
        return sorted(found)


def _patterns(key: bytes) -> Iterator[bytes]:
    """The notations of a key, with texts in lower case because the texts they are compared with are folded too."""
    for value in {key, UUID(bytes=key).bytes_le} if len(key) == 16 else {key}:
        yield value
        yield value.hex().encode()
        yield base64.b64encode(value).lower().rstrip(b"=")
        yield base64.urlsafe_b64encode(value).lower().rstrip(b"=")
        if len(value) == 16:
            yield str(UUID(bytes=value)).encode()


def _decoded(data: bytes) -> Iterator[bytes]:
    if _PERCENT.search(data):
        yield unquote_to_bytes(data)
    for match in _RUN.finditer(data.translate(None, _FILLING)):
        run, padding = match.group(), match[1]
        if len(run) == _UUID_LENGTH and run[8:9] == run[13:14] == run[18:19] == run[23:24] == b"-":
            continue
        dense = run.translate(_STANDARD, b" \t\r\n=")
        # Padding tells where the groups of four end, hence where they begin; without it a run may begin inside a path.
        starts = [(len(dense) + len(padding)) % 4] if padding else [0, 1, 2, 3]
        for start in starts:
            part = dense[start:]
            part = part[: len(part) - 1] if len(part) % 4 == 1 else part
            try:
                yield binascii.a2b_base64(part + b"=" * (-len(part) % 4))
            except binascii.Error:
                continue
