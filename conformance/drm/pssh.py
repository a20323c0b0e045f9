"""The `pssh` box: one or several boxes in a row, and what is left over behind them."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from conformance.cpix.bounds import bounded, preview
from conformance.cpix.errors import DecodeError
from conformance.drm.once import once
from conformance.drm.recognised import recognised

SizeForm = Literal["32-bit", "64-bit", "to-end"]

_BASE64_ALPHABET: Final = frozenset((string.ascii_letters + string.digits + "+/=\r\n").encode())


@dataclass(frozen=True, slots=True)
class PsshBox:
    """One complete box; offsets and sizes are bytes from the start of the whole payload."""

    offset: int
    size: int
    size_form: SizeForm
    version: int
    flags: int
    system_id: UUID
    kids: tuple[UUID, ...]
    data: bytes
    data_offset: int

    @property
    def system_id_swapped(self) -> UUID:
        """The system id as it would be read in GUID byte order, to recognise a swapped one."""
        return UUID(bytes_le=self.system_id.bytes)


@dataclass(frozen=True, slots=True)
class PsshElement:
    """All boxes of a PSSH payload, and the bytes after the last complete box."""

    boxes: tuple[PsshBox, ...]
    trailing: bytes


@once
def read(data: bytes) -> PsshElement:
    """Read the boxes of a payload, whose first box has to be complete and well formed.

    What follows the first box and is not another complete box ends up in `trailing`.
    Raises DecodeError `pssh.*` (ISO/IEC 23001-7, as laid out in the EME "cenc" initialization data format).
    """
    bounded(data, "pssh")
    _recognise_mistakes(data)
    boxes = [_box(data, 0)]
    position = boxes[0].size
    while position < len(data):
        try:
            box = _box(data, position)
        except DecodeError:
            break
        boxes.append(box)
        position += box.size
    return PsshElement(tuple(boxes), data[position:])


def _recognise_mistakes(data: bytes) -> None:
    """Name the payloads that other people's documentation has put where a box belongs."""
    if data[4:8] == b"pssh":
        return
    if len(data) >= 24 and data[0] <= 1 and data[1:4] == b"\0\0\0" and _u32(data, 20) == len(data) - 24:
        raise DecodeError(
            "pssh.no-box-header",
            "the payload begins with version and flags: the first 8 bytes of the box (size and 'pssh') are missing",
            offset=0,
            expected="size and type 70 73 73 68",
            found=preview(data),
        )
    if len(data) >= 10 and int.from_bytes(data[:4], "little") == len(data) and data[10:11] == b"<":
        raise DecodeError(
            "pssh.is-playready-object",
            "the payload is a bare PlayReady object; it has to be wrapped in a pssh box",
            offset=0,
            expected="size and type 70 73 73 68",
            found=preview(data),
        )
    if data.startswith(b"AAA") and _BASE64_ALPHABET.issuperset(data):
        raise DecodeError(
            "pssh.is-base64-text",
            "the payload is base64 text again: it was encoded twice",
            offset=0,
            expected="the bytes of a box",
            found=preview(data),
        )
    what = recognised(data)
    if what:
        raise DecodeError(
            "pssh.is-something-else",
            f"the payload is {what}, not a pssh box",
            offset=0,
            expected="size and type 70 73 73 68",
            found=preview(data),
        )


def _u32(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "big")


def _box(data: bytes, start: int) -> PsshBox:
    size, size_form, header = _extent(data, start)
    end = start + size
    position = start + header
    version = data[position]
    if version > 1:
        raise DecodeError(
            "pssh.version",
            f"the box at byte {start} has version {version}; only 0 and 1 are defined",
            offset=position,
            expected="version 0 or 1",
            found=str(version),
        )
    flags = int.from_bytes(data[position + 1 : position + 4], "big")
    system_id = UUID(bytes=data[position + 4 : position + 20])
    position += 20
    kids: tuple[UUID, ...] = ()
    if version == 1:
        kids = _kids(data, position, end)
        position += 4 + 16 * len(kids)
    return PsshBox(
        start, size, size_form, version, flags, system_id, kids, _content(data, position, end), data_offset=position + 4
    )


def _extent(data: bytes, start: int) -> tuple[int, SizeForm, int]:
    """Size of the box in bytes, how it is written, and the length of the box header."""
    available = len(data) - start
    if available < 8:
        raise _truncated(start, 32, available)
    if data[start + 4 : start + 8] != b"pssh":
        raise DecodeError(
            "pssh.wrong-type",
            f"the box at byte {start} is not of type 'pssh'",
            offset=start + 4,
            expected="70 73 73 68 (pssh)",
            found=preview(data, start + 4, 4),
        )
    size, header = _u32(data, start), 8
    size_form: SizeForm = "32-bit"
    if size == 1:
        if available < 16:
            raise _truncated(start, 40, available)
        size, size_form, header = int.from_bytes(data[start + 8 : start + 16], "big"), "64-bit", 16
    elif size == 0:
        size, size_form = available, "to-end"
    if size > available or (size_form == "to-end" and size < 32):
        raise _truncated(start, max(size, 32), available)
    if size < header + 24:
        raise DecodeError(
            "pssh.size-too-small",
            f"the box at byte {start} says that it has {size} bytes, which cannot hold its fixed fields",
            offset=start,
            expected=f"at least {header + 24} bytes",
            found=f"{size} bytes",
        )
    return size, size_form, header


def _truncated(start: int, expected: int, available: int) -> DecodeError:
    return DecodeError(
        "pssh.truncated",
        f"the box at byte {start} does not fit into the payload",
        offset=start,
        expected=f"{expected} bytes",
        found=f"{available} bytes",
    )


def _kids(data: bytes, position: int, end: int) -> tuple[UUID, ...]:
    """The KID list of a version 1 box; the count is held against the box before anything is built."""
    count = _u32(data, position)
    room = max(end - position - 8, 0) // 16
    if position + 8 > end or count > room:
        raise DecodeError(
            "pssh.kid-count",
            f"KID_count {count} does not fit into the box",
            offset=position,
            expected=f"at most {room} KIDs",
            found=str(count),
        )
    first = position + 4
    return tuple(UUID(bytes=data[at : at + 16]) for at in range(first, first + 16 * count, 16))


def _content(data: bytes, position: int, end: int) -> bytes:
    size, room = _u32(data, position), end - position - 4
    if size != room:
        raise DecodeError(
            "pssh.data-size",
            f"DataSize is {size}, but {room} bytes are left until the end of the box",
            offset=position,
            expected=f"{room} bytes",
            found=f"{size} bytes",
        )
    return data[position + 4 : end]
