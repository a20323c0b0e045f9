"""The pssh box reader: forms that are legal, forms that are refused, and what is left for a check to judge."""

from __future__ import annotations

import struct
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.cpix.errors import DecodeError
from conformance.drm import pssh
from tests.drm.builders import COMMON, KID, OTHER_KID, PLAYREADY, WIDEVINE, box, header_40, pro

DATA = b"\x12\x10" + KID.bytes


def refusal(data: bytes) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        pssh.read(data)
    assert caught.value.offset is not None
    assert caught.value.expected
    assert caught.value.found
    return caught.value


def test_version_0_has_no_kid_list() -> None:
    (found,) = pssh.read(box(DATA)).boxes
    assert (found.version, found.flags, found.kids, found.data, found.data_offset) == (0, 0, (), DATA, 32)
    assert (found.system_id, found.size, found.size_form) == (WIDEVINE, 32 + len(DATA), "32-bit")


def test_version_1_lists_kids_in_plain_byte_order() -> None:
    (found,) = pssh.read(box(system=COMMON, version=1, kids=[KID, OTHER_KID])).boxes
    assert found.kids == (KID, OTHER_KID)
    assert (found.size, found.data, found.data_offset) == (68, b"", 68)


def test_version_1_may_list_nothing() -> None:
    assert pssh.read(box(version=1)).boxes[0].kids == ()


def test_flags_are_left_to_the_checks() -> None:
    assert pssh.read(box(flags=0x300)).boxes[0].flags == 0x300


def test_swapped_system_id_can_be_recognised() -> None:
    (found,) = pssh.read(box()[:12] + WIDEVINE.bytes_le + box()[28:]).boxes
    assert found.system_id != WIDEVINE
    assert found.system_id_swapped == WIDEVINE


def test_64_bit_size_is_read_and_named() -> None:
    plain = box(DATA)
    (found,) = pssh.read(struct.pack(">I4sQ", 1, b"pssh", len(plain) + 8) + plain[8:]).boxes
    assert (found.size_form, found.size, found.data, found.data_offset) == ("64-bit", len(plain) + 8, DATA, 40)


def test_size_0_reaches_to_the_end_and_is_named() -> None:
    (found,) = pssh.read(b"\0\0\0\0" + box(DATA)[4:]).boxes
    assert (found.size_form, found.size, found.data) == ("to-end", len(box(DATA)), DATA)


def test_several_boxes_are_told_apart_from_stray_bytes() -> None:
    two = pssh.read(box(DATA) + box(b"x", system=PLAYREADY))
    assert [found.system_id for found in two.boxes] == [WIDEVINE, PLAYREADY]
    assert two.boxes[1].offset == len(box(DATA))
    assert two.trailing == b""
    stray = pssh.read(box(DATA) + b"\0\1\2\3\4")
    assert (len(stray.boxes), stray.trailing) == (1, b"\0\1\2\3\4")


def test_broken_second_box_is_trailing() -> None:
    found = pssh.read(box(DATA) + box(DATA)[:-1])
    assert (len(found.boxes), found.trailing) == (1, box(DATA)[:-1])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "pssh.empty"),
        (b"\0" * 70_000, "pssh.too-large"),
        (box(DATA)[:-1], "pssh.truncated"),
        (box(DATA)[:20], "pssh.truncated"),
        (box(DATA)[:7], "pssh.truncated"),
        (b"\0\0\0\0pssh", "pssh.truncated"),
        (b"\0\0\0\1pssh\0\0", "pssh.truncated"),
        (struct.pack(">I4sQ", 1, b"pssh", 2**64 - 1) + box()[8:], "pssh.truncated"),
        (b"\0\0\0\x34free" + box(DATA)[8:], "pssh.wrong-type"),
        (b"\0\0\0\x1fpssh" + bytes(24), "pssh.size-too-small"),
        (box(version=2, kids=[KID]), "pssh.version"),
        (struct.pack(">I4sI16sII", 36, b"pssh", 1 << 24, COMMON.bytes, 2**32 - 1, 0), "pssh.kid-count"),
        (struct.pack(">I4sI16sI", 32, b"pssh", 1 << 24, COMMON.bytes, 0), "pssh.kid-count"),
        (box(DATA)[:28] + b"\0\0\0\1" + DATA, "pssh.data-size"),
        (box(DATA)[:28] + b"\0\0\1\0" + DATA, "pssh.data-size"),
        (box(DATA)[8:], "pssh.no-box-header"),
        (pro(header_40()), "pssh.is-playready-object"),
        (b64encode(box(DATA)), "pssh.is-base64-text"),
    ],
)
def test_refusals(data: bytes, code: str) -> None:
    assert refusal(data).code == code


def test_offset_names_the_byte_to_blame() -> None:
    assert refusal(box(DATA)[:28] + b"\0\0\0\1" + DATA).offset == 28
    assert refusal(box(version=2)).offset == 8


@given(st.one_of(st.binary(max_size=120), st.binary(max_size=80).map(lambda tail: b"\0\0\0\x40pssh\1" + tail)))
@settings(deadline=None, max_examples=150)
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        element = pssh.read(data)
    except DecodeError:
        return
    assert sum(found.size for found in element.boxes) + len(element.trailing) == len(data)
