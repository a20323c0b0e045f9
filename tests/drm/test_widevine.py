"""The Widevine header reader: every field, and every way in which protobuf can be broken."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.cpix.errors import DecodeError
from conformance.drm import widevine
from tests.drm.builders import KID, OTHER_KID, box, field, varint

# (scheme, the field as it stands on the wire), written out by hand.
WIRE_SCHEMES = [
    ("cenc", "48e3dc959b06"),
    ("cbc1", "48b1c6899b06"),
    ("cens", "48f3dc959b06"),
    ("cbcs", "48f3c6899b06"),
]


def test_every_field() -> None:
    entitled = field(1, b"E" * 16) + field(2, KID.bytes) + field(3, b"k" * 32) + field(4, b"i" * 16) + field(5, 32)
    found = widevine.read(
        b"".join(
            [
                field(1, 1),
                field(2, KID.bytes),
                field(2, OTHER_KID.bytes),
                field(3, b"acme"),
                field(4, b"\xffcontent"),
                field(5, b"HD"),
                field(6, b"default"),
                field(7, 300),
                field(8, b"group"),
                field(9, 0x63626373),
                field(10, 60),
                field(11, 2),
                field(12, 5),
                field(13, b"g1"),
                field(14, entitled),
                field(15, b"HDR"),
            ]
        )
    )
    assert found.key_ids == (KID.bytes, OTHER_KID.bytes)
    assert (found.algorithm, found.provider, found.content_id) == (1, "acme", b"\xffcontent")
    assert (found.track_type, found.policy, found.grouped_license) == ("HD", "default", b"group")
    assert (found.crypto_period_index, found.crypto_period_seconds, found.key_sequence, found.type) == (300, 60, 5, 2)
    assert (found.group_ids, found.video_feature, found.scheme) == ((b"g1",), "HDR", "cbcs")
    assert found.entitled_keys == (widevine.EntitledKey(b"E" * 16, KID.bytes, b"k" * 32, b"i" * 16, 32),)
    assert found.deprecated == ("provider", "track_type", "policy", "grouped_license")
    assert (found.unknown, found.repeated_scalars, found.not_utf8) == ((), (), ())
    assert found.present == tuple(range(1, 16))


def test_wrapped_keys_are_not_shown() -> None:
    assert "kkkk" not in repr(widevine.read(field(14, field(3, b"k" * 32))))


@pytest.mark.parametrize(("scheme", "wire"), WIRE_SCHEMES)
def test_scheme_is_a_big_endian_fourcc(scheme: str, wire: str) -> None:
    assert widevine.read(bytes.fromhex(wire)).scheme == scheme


def test_absent_or_zero_scheme_reads_as_cenc() -> None:
    assert widevine.read(field(2, KID.bytes)).scheme == "cenc"
    assert widevine.read(field(9, 0)).scheme == "cenc"
    assert widevine.read(field(2, KID.bytes)).protection_scheme is None


def test_reversed_scheme_is_unknown_but_recognised() -> None:
    found = widevine.read(field(9, int.from_bytes(b"cbcs", "little")))
    assert found.scheme is None
    assert found.scheme_if_reversed == "cbcs"
    assert widevine.read(field(9, 1 << 40)).scheme_if_reversed is None


def test_oddities_are_left_to_the_checks() -> None:
    found = widevine.read(field(1, 1) + field(1, 0) + field(3, b"\xff") + field(99, b"?") + b"\xa5\x06abcd")
    assert (found.algorithm, found.repeated_scalars, found.unknown, found.not_utf8) == (0, (1,), (99, 100), (3,))
    assert found.provider == "\\xff"


def test_empty_data_is_a_header_without_fields() -> None:
    assert widevine.read(b"").present == ()


@pytest.mark.parametrize(
    ("data", "code", "offset"),
    [
        (b"\0" * 70_000, "widevine.too-large", 65_536),
        (box(), "widevine.nested-box", 0),
        (b"\x10\x01", "widevine.wire-type", 0),
        (field(1, 1) + field(9, b"cbcs"), "widevine.wire-type", 2),
        (field(14, field(2, 1)), "widevine.wire-type", 2),
        (field(1, 1) + field(0, 1), "widevine.field-number", 2),
        (varint(1 << 32) + b"\1", "widevine.field-number", 0),
        (b"\x13", "widevine.group", 0),
        (b"\x14", "widevine.group", 0),
        (b"\x16\0", "widevine.unknown-wire-type", 0),
        (b"\x08" + b"\x80" * 10 + b"\1", "widevine.varint", 1),
        (b"\x08" + b"\xff" * 9 + b"\x7f", "widevine.varint", 1),
        (b"\x08\x80", "widevine.truncated", 1),
        (b"\x12\x10abc", "widevine.truncated", 0),
        (b"\xa5\x06abc", "widevine.truncated", 0),
        (b"\x08\1" * 5_000, "widevine.too-many-fields", 8_192),
    ],
)
def test_refusals(data: bytes, code: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        widevine.read(data)
    assert (caught.value.code, caught.value.offset) == (code, offset)
    assert caught.value.expected
    assert caught.value.found


def test_offsets_count_from_the_payload() -> None:
    with pytest.raises(DecodeError) as caught:
        widevine.read(field(14, field(2, 1)), base=32)
    assert caught.value.offset == 34


@given(st.binary(max_size=100))
@settings(deadline=None, max_examples=150)
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        widevine.read(data)
    except DecodeError as error:
        assert error.code.startswith("widevine.")
