"""The walk through an MP4 file, on files made by hand; runs without any packager."""

from __future__ import annotations

import struct
from uuid import UUID

import pytest

from conformance.packager.mp4_boxes import read_protection, split

KID = UUID("09e091ab-f838-41d2-9e35-58531fd19ec7")
PSSH = bytes.fromhex("0000002070737368000000001077efecc0b24d02ace33c1e52e2fb4b00000000")


def box(kind: bytes, body: bytes, *, wide: bool = False) -> bytes:
    if wide:
        return struct.pack(">I4sQ", 1, kind, len(body) + 16) + body
    return struct.pack(">I4s", len(body) + 8, kind) + body


def protected(kind: bytes = b"encv", own: int = 78, *, wide: bool = False) -> bytes:
    tenc = box(b"tenc", bytes(8) + KID.bytes + bytes(2))
    sinf = box(b"sinf", box(b"schm", bytes(4) + b"cbcs" + bytes(4)) + box(b"schi", tenc))
    track = box(b"stsd", bytes(8) + box(kind, bytes(own) + sinf))
    for name in (b"stbl", b"minf", b"mdia", b"trak"):
        track = box(name, track, wide=wide)
    return track


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(("kind", "own"), [(b"encv", 78), (b"enca", 28)])
def test_scheme_kid_and_boxes_are_found(kind: bytes, own: int, wide: bool) -> None:
    data = box(b"ftyp", b"isom") + box(b"moov", protected(kind, own, wide=wide) + PSSH) + box(b"mdat", b"pssh" * 9)
    found = read_protection(data)
    assert (found.pssh, found.schemes, found.kids) == ((PSSH,), ("cbcs",), (KID,))


def test_boxes_in_fragments_are_found_once() -> None:
    fragment = box(b"moof", box(b"traf", b"") + PSSH)
    assert read_protection(fragment + fragment).pssh == (PSSH,)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        bytes(8),
        struct.pack(">I4s", 7, b"moov"),
        struct.pack(">I4s", 99, b"moov") + bytes(20),
        struct.pack(">I4sQ", 1, b"moov", 3),
        box(b"moov", struct.pack(">I4s", 500, b"trak")),
        box(b"stsd", b""),
        box(b"tenc", bytes(4)),
    ],
)
def test_nonsense_ends_the_walk(data: bytes) -> None:
    assert read_protection(data).kids == ()


def test_boxes_inside_themselves_do_not_go_on_for_ever() -> None:
    data = b""
    for _ in range(60):
        data = box(b"moov", data)
    assert read_protection(data).pssh == ()


def test_a_last_box_may_reach_to_the_end() -> None:
    assert read_protection(struct.pack(">I4s", 0, b"moov") + PSSH).pssh == (PSSH,)


def test_split() -> None:
    assert split(PSSH + PSSH) == (PSSH, PSSH)
    assert split(PSSH + PSSH[:-1]) == (PSSH,)
    assert split(b"") == ()
