"""The PlayReady object: the little-endian container around one header record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NoReturn

from conformance.cpix.bounds import bounded, preview
from conformance.cpix.errors import DecodeError
from conformance.drm.once import once
from conformance.drm.playready_checksum import checksum, checksum_variants, test_seed_key
from conformance.drm.playready_header import WrmHeader, WrmKid, read_header
from conformance.drm.recognised import recognised

__all__ = [
    "ADVISED_BYTES",
    "PlayReadyObject",
    "Record",
    "WrmHeader",
    "WrmKid",
    "checksum",
    "checksum_variants",
    "read_header",
    "read_object",
    "test_seed_key",
]

ADVISED_BYTES: Final = 15 * 1024
"""Microsoft's advice for the size of a whole object, in bytes; larger ones are still read."""

HEADER_RECORD: Final = 1

_UTF16_TAG: Final = b"<\0"
_UTF16_BOM: Final = b"\xff\xfe"


@dataclass(frozen=True, slots=True)
class Record:
    """One record: type 1 is a header, 3 an embedded licence store; `offset` is that of the value, in bytes."""

    type: int
    value: bytes
    offset: int


@dataclass(frozen=True, slots=True)
class PlayReadyObject:
    """A complete object: its length as written (bytes), its records, and the header in its only type 1 record."""

    length: int
    records: tuple[Record, ...]
    header: WrmHeader


@once
def read_object(data: bytes) -> PlayReadyObject:
    """Read a PlayReady object with the header inside it.

    Raises DecodeError `playready.*`; the usual ways to get the container wrong have codes of their own
    (PlayReady Header Specification, "PlayReady object").
    """
    bounded(data, "playready")
    _recognise_mistakes(data)
    if len(data) < 6:
        raise _truncated("the length and the number of records", 0, 6, len(data))
    length, count = _number(data, 0, 4), _number(data, 4, 2)
    if length != len(data):
        swapped = int.from_bytes(data[:4], "big") == len(data)
        raise DecodeError(
            "playready.length-big-endian" if swapped else "playready.length",
            "the length is written in big-endian order; PlayReady objects are little-endian throughout"
            if swapped
            else f"the object says that it has {length} bytes, but it has {len(data)}",
            offset=0,
            expected=f"{len(data)} bytes",
            found=f"{length} bytes",
        )
    records, end = _records(data, count)
    if end != len(data):
        raise DecodeError(
            "playready.leftover",
            f"{len(data) - end} bytes are left over after the last record",
            offset=end,
            expected="the end of the object",
            found=preview(data, end),
        )
    headers = [record for record in records if record.type == HEADER_RECORD]
    if len(headers) != 1:
        raise DecodeError(
            "playready.several-headers" if headers else "playready.no-header",
            f"the object has {len(headers)} records of type 1 (header)",
            offset=4,
            expected="exactly one",
            found=f"record types {sorted(record.type for record in records)[:8]}",
        )
    return PlayReadyObject(length, records, read_header(headers[0].value))


def _number(data: bytes, offset: int, size: int) -> int:
    return int.from_bytes(data[offset : offset + size], "little")


def _truncated(what: str, offset: int, expected: int, found: int) -> DecodeError:
    return DecodeError(
        "playready.truncated",
        f"the object ends before {what} at byte {offset} is complete",
        offset=offset,
        expected=f"{expected} bytes",
        found=f"{found} bytes",
    )


def _records(data: bytes, count: int) -> tuple[tuple[Record, ...], int]:
    records: list[Record] = []
    position = 6
    for index in range(1, count + 1):
        if len(data) - position < 4:
            raise _truncated(f"the start of record {index} of {count}", position, 4, len(data) - position)
        size = _number(data, position + 2, 2)
        if size > len(data) - position - 4:
            raise _truncated(f"the value of record {index} of {count}", position + 4, size, len(data) - position - 4)
        records.append(Record(_number(data, position, 2), data[position + 4 : position + 4 + size], position + 4))
        position += 4 + size
    return tuple(records), position


def _recognise_mistakes(data: bytes) -> None:
    """Name the payloads that are often found where an object belongs."""
    start = "length, record count, record type and record length, little-endian"
    if data[4:8] == b"pssh":
        _mistake(data, "nested-box", "a whole pssh box is in place of the bare PlayReady object", start)
    if _number(data, 0, 4) == 1 and len(data) >= 8 and _number(data, 4, 4) == len(data) - 8:
        _mistake(
            data,
            "aws-guide-layout",
            "the object has a 4-byte record count and a 4-byte record size, as the MediaPackage guide describes it;"
            " no PlayReady client reads that",
            start,
        )
    if data.startswith((_UTF16_TAG, _UTF16_BOM)) or data.lstrip().startswith(b"<WRMHEADER"):
        _mistake(
            data,
            "bare-header",
            "only the header is there: the 10 bytes of the object and its record are missing",
            start,
        )
    what = recognised(data) if _number(data, 0, 4) != len(data) else ""
    if what:
        _mistake(data, "is-something-else", f"the payload is {what}, not a PlayReady object", start)
    if len(data) >= 4 and all(0x20 <= byte < 0x7F or byte in b"\t\r\n" for byte in data):
        _mistake(data, "text", "the payload is plain text, not a PlayReady object", start)


def _mistake(data: bytes, code: str, message: str, expected: str) -> NoReturn:
    raise DecodeError(f"playready.{code}", message, offset=0, expected=expected, found=preview(data))
