"""A reader for the protobuf wire format that says at which byte it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conformance.cpix.bounds import preview
from conformance.cpix.errors import DecodeError

VARINT: Final = 0
BYTES: Final = 2
WIRE_NAMES: Final = {0: "varint", 1: "64-bit", 2: "length-delimited", 3: "group start", 4: "group end", 5: "32-bit"}

_MAX_FIELDS: Final = 4096
_FIXED_SIZES: Final = {1: 8, 5: 4}


@dataclass(frozen=True, slots=True)
class Field:
    """One field on the wire; `offset` is the byte of its tag, `start` the byte of its content."""

    number: int
    wire: int
    offset: int
    start: int
    integer: int
    data: bytes


def fields(data: bytes, kind: str, base: int = 0) -> Iterator[Field]:
    """Yield the fields of a message in order; `base` is added to every offset.

    Raises DecodeError with codes `{kind}.field-number`, `.group`, `.unknown-wire-type`, `.varint`, `.truncated`
    and `.too-many-fields`.
    """
    position, count = 0, 0
    while position < len(data):
        offset = position
        tag, position = _varint(data, position, kind, base)
        number, wire = tag >> 3, tag & 7
        count += 1
        _check_tag(number, wire, count, kind, base + offset)
        start, integer, content = position, 0, b""
        if wire == VARINT:
            integer, position = _varint(data, position, kind, base)
        else:
            size = _FIXED_SIZES.get(wire, 0)
            if wire == BYTES:
                size, position = _varint(data, position, kind, base)
                start = position
            if size > len(data) - position:
                raise DecodeError(
                    f"{kind}.truncated",
                    f"field {number} says that it has {size} bytes, which runs over the end",
                    offset=base + offset,
                    expected=f"{size} bytes",
                    found=f"{len(data) - position} bytes",
                )
            content = data[position : position + size]
            position += size
        yield Field(number, wire, base + offset, base + start, integer, content)


def _check_tag(number: int, wire: int, count: int, kind: str, offset: int) -> None:
    if number == 0 or number > 0x1FFFFFFF:
        raise DecodeError(
            f"{kind}.field-number",
            f"byte {offset} is the tag of field {number}, which cannot exist",
            offset=offset,
            expected="a field number from 1 to 536870911",
            found=str(number),
        )
    if wire in (3, 4):
        raise DecodeError(
            f"{kind}.group",
            f"field {number} at byte {offset} is a protobuf group; this message has none",
            offset=offset,
            expected="wire type 0, 1, 2 or 5",
            found=f"wire type {wire}",
        )
    if wire not in WIRE_NAMES:
        raise DecodeError(
            f"{kind}.unknown-wire-type",
            f"field {number} at byte {offset} has wire type {wire}, which protobuf does not define",
            offset=offset,
            expected="wire type 0, 1, 2 or 5",
            found=f"wire type {wire}",
        )
    if count > _MAX_FIELDS:
        raise DecodeError(
            f"{kind}.too-many-fields",
            f"the message has more than {_MAX_FIELDS} fields",
            offset=offset,
            expected=f"at most {_MAX_FIELDS} fields",
            found="more",
        )


def _varint(data: bytes, position: int, kind: str, base: int) -> tuple[int, int]:
    value = 0
    for index in range(10):
        if position + index >= len(data):
            raise DecodeError(
                f"{kind}.truncated",
                f"the number at byte {base + position} has no end",
                offset=base + position,
                expected="a byte below 0x80, with which a number ends",
                found="the end of the message",
            )
        byte = data[position + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            if value >> 64:
                break
            return value, position + index + 1
    raise DecodeError(
        f"{kind}.varint",
        f"the number at byte {base + position} is longer than 64 bits",
        offset=base + position,
        expected="a varint of at most 10 bytes and 64 bits",
        found=preview(data, position, 10),
    )
