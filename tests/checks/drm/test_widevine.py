"""The Widevine header, field by field: what a licence server needs, and what the field leaves free."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.checks.drm.signalling import KID, SECOND_KID, STRANGER, asking, data
from tests.checks.exchange import Change, answered, finds, says
from tests.drm.builders import field, varint
from tests.refserver.asking import FAIRPLAY, WIDEVINE

OWN = field(2, KID.bytes)
CENC, CBCS, REVERSED = (field(9, int.from_bytes(name, "big")) for name in (b"cenc", b"cbcs", b"scbc"))


def entitled(kid: UUID = KID, *, index: bool = True, iv: bytes = bytes(16)) -> bytes:
    """A header of type ENTITLED_KEY."""
    key = field(1, bytes(16)) + field(2, kid.bytes) + field(3, bytes(32)) + field(4, iv)
    return field(11, 2) + field(14, key) + (field(7, 1) if index else b"") + CBCS


WRONG = [
    ("widevine.header-parses", OWN[:-1], "a protobuf message of type WidevinePsshData"),
    ("widevine.header-parses", b"\x07", "a protobuf message of type WidevinePsshData"),
    ("widevine.header-parses", varint(0) + b"\0", "a protobuf message of type WidevinePsshData"),
    ("widevine.header-parses", b"\x08" + b"\xff" * 11, "a protobuf message of type WidevinePsshData"),
    ("widevine.wire-types-right", field(2, 5), "the wire type that the field is defined with"),
    ("widevine.wire-types-right", OWN + field(9, b"cbcs"), "the wire type that the field is defined with"),
    ("widevine.header-not-empty", b"", "key_ids, content_id or group_ids; seen: none of them"),
    ("widevine.header-not-empty", CBCS, "seen: none of them"),
    ("widevine.key-ids-16-bytes", field(2, b"5"), "16 bytes in key_ids; seen: 1 bytes"),
    ("widevine.key-ids-16-bytes", OWN + field(2, str(KID).encode()), "36 bytes the KID was written as text"),
    ("widevine.names-its-kid", field(2, SECOND_KID.bytes), f"{KID} in key_ids; seen: {SECOND_KID} (of ContentKey 2)"),
    ("widevine.names-its-kid", field(2, KID.bytes_le), "the bytes of the KID are in the wrong order"),
    ("widevine.names-its-kid", entitled(SECOND_KID), f"{KID} in entitled_keys"),
    ("widevine.kid-visible", field(4, b"film-1"), "a KID in key_ids or in the KID list of the box; seen: none"),
    ("widevine.scheme-defined", OWN + field(9, 1), "cenc, cbc1, cens or cbcs as a big-endian number; seen: 1"),
    ("widevine.scheme-defined", OWN + REVERSED, "in the wrong byte order"),
    ("widevine.scheme-agrees", OWN + CENC, "protection_scheme cbcs; seen: cenc"),
    ("widevine.scheme-given", OWN, "no protection_scheme, which stands for cenc"),
    ("widevine.scheme-given", OWN + field(9, 0), "no protection_scheme, which stands for cenc"),
    ("widevine.algorithm-aesctr", OWN + field(1, 0), "seen: algorithm 0 (UNENCRYPTED)"),
    ("widevine.algorithm-aesctr", OWN + field(1, 2), "seen: algorithm 2"),
    ("widevine.no-deprecated-fields", OWN + field(5, b"HD"), "current fields only; seen: track_type"),
    ("widevine.no-deprecated-fields", OWN + field(99, 1), "seen: field 99"),
    ("widevine.entitlement-sound", entitled(SECOND_KID), f"{KID} among the entitled keys"),
    ("widevine.entitlement-sound", entitled(index=False), "a crypto_period_index beside entitled keys; seen: none"),
    ("widevine.entitlement-sound", entitled(iv=bytes(8)), "seen: 16 and 8 and 32"),
    ("widevine.single-key-id", OWN + field(2, SECOND_KID.bytes), "one entry in key_ids; seen: 2 entries"),
    ("widevine.fields-once", OWN + CBCS + CBCS, "each field once; seen: field 9 again"),
]

HARMLESS = [
    ("widevine.header-parses", OWN + field(99, b"new")),
    ("widevine.header-not-empty", field(4, b"film-1")),
    ("widevine.header-not-empty", field(13, b"group")),
    ("widevine.header-not-empty", entitled()),
    ("widevine.names-its-kid", field(2, SECOND_KID.bytes) + OWN),
    ("widevine.names-its-kid", entitled()),
    ("widevine.kid-visible", entitled()),
    ("widevine.scheme-defined", OWN),
    ("widevine.scheme-agrees", OWN + CBCS),
    ("widevine.algorithm-aesctr", OWN + field(1, 1)),
    ("widevine.no-deprecated-fields", OWN + field(3, b"provider")),
    ("widevine.entitlement-sound", entitled()),
    ("widevine.fields-once", OWN + field(2, SECOND_KID.bytes)),
]


@pytest.mark.parametrize(("check", "header", "words"), WRONG)
def test_a_wrong_header_is_found(check: str, header: bytes, words: str) -> None:
    assert words in finds(check, data(header), asking(WIDEVINE))


@pytest.mark.parametrize(("check", "header"), HARMLESS)
def test_a_harmless_header_is_left_alone(check: str, header: bytes) -> None:
    assert finds(check, data(header), asking(WIDEVINE)) == ""


def test_cenc_needs_no_protection_scheme() -> None:
    ask = asking(WIDEVINE, scheme="cenc")
    assert says("widevine.scheme-given", answered(ask, data(OWN))) == "is not asked of such a request"
    assert finds("widevine.scheme-agrees", data(OWN + CBCS), ask).endswith("protection_scheme cenc; seen: cbcs")
    assert finds("widevine.scheme-agrees", data(OWN + field(9, 0)), ask) == ""


def test_an_hls_method_counts_as_the_scheme_that_does_the_same() -> None:
    before = asking(WIDEVINE, version="2.1")
    asked = asking(WIDEVINE, scheme="SAMPLE-AES", version="2.1")
    assert says("widevine.scheme-agrees", answered(before, asked=asked)) == ""
    change: Change = data(OWN + CENC)
    assert "protection_scheme cbcs; seen: cenc" in says("widevine.scheme-agrees", answered(before, change, asked=asked))


def test_the_kid_list_of_a_version_1_box_shows_the_kid_too() -> None:
    assert finds("widevine.kid-visible", data(field(4, b"film-1"), version=1, kids=[KID]), asking(WIDEVINE)) == ""


def test_a_stranger_is_told_from_a_key_of_the_document() -> None:
    said = finds("widevine.names-its-kid", data(field(2, STRANGER.bytes)), asking(WIDEVINE))
    assert f"{STRANGER} (of no key of this answer)" in said


def test_a_header_of_nothing_but_short_key_ids_leaves_the_kid_open() -> None:
    both = data(field(2, b"5"))
    said = says("widevine.names-its-kid", answered(asking(WIDEVINE), both))
    assert said == "untestable: no entry of key_ids is 16 bytes long"


def test_other_systems_have_no_widevine_header() -> None:
    assert says("widevine.header-parses", answered(asking(FAIRPLAY))) == "is not asked of such a request"
