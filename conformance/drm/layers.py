"""Peels a payload: the texts and bytes that are encoded inside it, and inside those."""

from __future__ import annotations

import binascii
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final
from urllib.parse import unquote_to_bytes

MAX_DEPTH: Final = 6
MAX_LAYERS: Final = 256
MAX_TOTAL: Final = 1 << 20
"""Bytes of all layers of one payload together that are looked at."""

KEPT: Final = 1 << 14
"""Bytes of the largest payload whose inside is remembered."""

_WIDE: Final = re.compile(rb"(?:[\x09\x0a\x0d\x20-\x7e]\x00){8,}")
_WIDE_SWAPPED: Final = re.compile(rb"(?:\x00[\x09\x0a\x0d\x20-\x7e]){8,}")
# A run may be folded; the first line has to be long enough not to be a word of prose.
_RUN: Final = re.compile(rb"[A-Za-z0-9+/_-]{20,}(?:[ \t\r\n]++[A-Za-z0-9+/_-]{4,})*+(={0,2})")
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
_BLANK: Final = b" \t\r\n"
_PERCENT: Final = re.compile(rb"%[0-9A-Fa-f]{2}")


@dataclass(frozen=True, slots=True)
class Layer:
    """Decoded bytes, and the encodings around them from the outside in."""

    data: bytes
    path: tuple[str, ...]


def peel(data: bytes) -> Iterator[Layer]:
    """Yield the payload itself and what is encoded in it as base64, UTF-16 or percent escapes, recursively.

    Never raises; stops after 6 levels, 256 layers or 1 MiB in all, whichever comes first.
    """
    waiting = deque([Layer(data, ())])
    known: set[bytes] = set()
    total = 0
    while waiting:
        layer = waiting.popleft()
        if layer.data in known:
            continue
        known.add(layer.data)
        total += len(layer.data)
        if len(known) > MAX_LAYERS or (total > MAX_TOTAL and layer.path):
            return
        yield layer
        if len(layer.path) < MAX_DEPTH:
            room = MAX_LAYERS * 4 - len(waiting)
            found = _once(layer.data) if len(layer.data) <= KEPT else _inside(layer.data)
            inside = islice(found, max(0, room))
            waiting += [Layer(inner, (*layer.path, name)) for name, inner in inside]


@lru_cache(maxsize=2048)
def _once(data: bytes) -> tuple[tuple[str, bytes], ...]:
    # The same box stands in PSSH, in ContentProtectionData and in the lines of both playlists.
    return tuple(islice(_inside(data), MAX_LAYERS * 4))


def _inside(data: bytes) -> Iterator[tuple[str, bytes]]:
    if b"\0" in data:
        for match in _WIDE.finditer(data):
            yield "UTF-16 text", match.group()[::2]
        for match in _WIDE_SWAPPED.finditer(data):
            yield "UTF-16 text", match.group()[1::2]
    if _PERCENT.search(data):
        yield "percent-encoding", unquote_to_bytes(data)
    for match in _RUN.finditer(data):
        yield from (("base64", decoded) for decoded in _base64(match.group(), padded=bool(match[1])))


def _base64(run: bytes, *, padded: bool) -> Iterator[bytes]:
    """Decode a run that may begin with a few characters that do not belong to it, such as a path of a URL."""
    dense = run.rstrip(b"=").translate(_URL_SAFE, _BLANK)
    if padded:
        # Padding tells where the groups of four end, hence where they begin.
        dense += b"=" * (len(run) - len(run.rstrip(b"=")))
        starts = [len(dense) % 4]
    else:
        starts = [0, 1, 2, 3] if b"+" in dense or b"/" in dense else [0]
    for start in starts:
        part = dense[start:]
        if not padded:
            part = part[: len(part) - 1] if len(part) % 4 == 1 else part
            part += b"=" * (-len(part) % 4)
        try:
            yield binascii.a2b_base64(part)
        except binascii.Error:
            continue
