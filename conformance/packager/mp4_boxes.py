"""Walks through the boxes of an MP4 file: what it says about its protection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

_HOLDERS = {
    b"moov": 0,
    b"trak": 0,
    b"mdia": 0,
    b"minf": 0,
    b"stbl": 0,
    b"moof": 0,
    b"traf": 0,
    b"sinf": 0,
    b"schi": 0,
    b"stsd": 8,
    b"encv": 78,
    b"enca": 28,
}
"""Boxes with boxes inside, and how many bytes of their own stand before those."""

_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Mp4Protection:
    """The protection of a file: all its pssh boxes whole, the scheme of each track, and the KIDs of the tracks."""

    pssh: tuple[bytes, ...]
    schemes: tuple[str, ...]
    kids: tuple[UUID, ...]


def read_protection(data: bytes) -> Mp4Protection:
    """Read a whole file; boxes that do not fit into the one around them end the walk there."""
    pssh: list[bytes] = []
    schemes: list[str] = []
    kids: list[UUID] = []
    for kind, box, header in _walk(data, 0, len(data), 0):
        body = box[header:]
        if kind == b"pssh" and box not in pssh:
            pssh.append(box)
        elif kind == b"schm" and len(body) >= 8:
            schemes.append(body[4:8].decode("ascii", "replace"))
        elif kind == b"tenc" and len(body) >= 24:
            kids.append(UUID(bytes=body[8:24]))
    return Mp4Protection(tuple(pssh), tuple(schemes), tuple(kids))


def split(data: bytes) -> tuple[bytes, ...]:
    """The boxes that stand in a row in a payload, each whole; what follows the last complete one is left out."""
    return tuple(box for _, box, _ in _walk(data, 0, len(data), _DEEPEST))


def _walk(data: bytes, start: int, end: int, depth: int) -> Iterator[tuple[bytes, bytes, int]]:
    """Type, whole bytes and header length of each box, outer boxes before what is in them."""
    while start + 8 <= end:
        size, kind, header = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8], 8
        if size == 1 and start + 16 <= end:
            size, header = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        elif size == 0:
            size = end - start
        if size < header or start + size > end:
            return
        yield kind, data[start : start + size], header
        if kind in _HOLDERS and depth < _DEEPEST:
            yield from _walk(data, start + header + _HOLDERS[kind], start + size, depth + 1)
        start += size
