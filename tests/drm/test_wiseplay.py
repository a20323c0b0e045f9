"""The reader of WisePlay data: what producers write, and every way in which JSON can be broken."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.cpix.errors import DecodeError
from conformance.drm import visible_kids, wiseplay
from tests.drm.builders import KID, OTHER_KID, WISEPLAY, box


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def data(**members: object) -> bytes:
    """The members of a usual object, with some of them another way; None leaves one out."""
    usual = {"version": "V1.0", "kids": [b64(KID.bytes)], "contentID": b64(b"film-1"), "enschema": "cenc"}
    return json.dumps({name: value for name, value in (usual | members).items() if value is not None}).encode()


def test_every_member() -> None:
    found = wiseplay.read(data(kids=[b64(KID.bytes), b64(OTHER_KID.bytes)]))
    assert (found.version, found.content_id, found.scheme) == ("V1.0", b64(b"film-1"), "cenc")
    assert found.uuids == (KID, OTHER_KID) and not any(kid.as_digits for kid in found.kids)
    assert found.unknown == found.repeated == ()


@pytest.mark.parametrize("digits", [KID.hex, KID.hex.upper()])
def test_the_digits_of_a_kid_are_read_and_told_apart(digits: str) -> None:
    (kid,) = wiseplay.read(data(kids=[b64(digits.encode())])).kids
    assert kid.uuid == KID and kid.as_digits


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (str(KID), "the url-safe base64 alphabet"),
        (b64(str(KID).encode()), "base64 of 36 bytes; the KID was written as text with hyphens"),
        (b64(KID.bytes[:15]), "base64 of 15 bytes"),
        (b64(b"x" * 32), "base64 of 32 bytes"),
        (b64(KID.bytes)[:-2], "missing padding"),
        ("", "base64 of 0 bytes"),
    ],
)
def test_an_entry_that_is_no_kid_says_why(entry: str, problem: str) -> None:
    (kid,) = wiseplay.read(data(kids=[entry])).kids
    assert kid.uuid is None
    assert problem in kid.problem


@pytest.mark.parametrize(
    ("written", "scheme"), [("cenc", "cenc"), ("CENC", "cenc"), ("cbcs", "cbcs"), ("cbc1", None), (None, None)]
)
def test_the_scheme_in_either_letter_case(written: str | None, scheme: str | None) -> None:
    assert wiseplay.read(data(enschema=written)).scheme == scheme


@pytest.mark.parametrize(
    ("raw", "code", "offset"),
    [
        (b"", "wiseplay.empty", 0),
        (b"x" * 70_000, "wiseplay.too-large", 65536),
        (b"\xef\xbb\xbf{}", "wiseplay.bom", 100),
        (b'{"version": "\xff"}', "wiseplay.not-utf8", 113),
        (b'{"version": "V1.0"', "wiseplay.not-json", 118),
        ('{"ü": 1,}'.encode(), "wiseplay.not-json", 109),
        (b"{} {}", "wiseplay.not-json", 103),
        (b'{"kids": NaN}', "wiseplay.not-json", 100),
        (b"[" * 60_000, "wiseplay.too-deep", 100),
        (b"[]", "wiseplay.not-an-object", 100),
        (b'"text"', "wiseplay.not-an-object", 100),
        (b"9" * 6000, "wiseplay.not-an-object", 100),
        (b'{"kids": "text"}', "wiseplay.member-type", 100),
        (b'{"kids": [1]}', "wiseplay.member-type", 100),
        (b'{"kids": null}', "wiseplay.member-type", 100),
        (b'{"version": 1.0}', "wiseplay.member-type", 100),
        (b'{"enschema": ["cenc"]}', "wiseplay.member-type", 100),
        (b"\0\0\0\x20pssh" + bytes(24), "wiseplay.nested-box", 100),
    ],
)
def test_what_cannot_be_read_is_one_error_with_its_byte(raw: bytes, code: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        wiseplay.read(raw, base=100)
    assert (caught.value.code, caught.value.offset) == (code, offset)


def test_unknown_and_repeated_members_are_named() -> None:
    found = wiseplay.read(b'{"version": "V0", "version": "V1.0", "tenant": {}, "\\ud800": 1}')
    assert found.version == "V1.0"
    assert found.repeated == ("version",) and found.unknown == ("tenant", "\\ud800")
    assert found.kids == () and found.content_id is None


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@settings(max_examples=200)
def test_any_bytes_are_a_header_or_one_error(raw: bytes) -> None:
    try:
        wiseplay.read(raw)
    except DecodeError as error:
        assert error.code.startswith("wiseplay.")


def test_its_kids_are_visible() -> None:
    found = visible_kids.kids("pssh", box(data(), system=WISEPLAY))
    assert [(kid.uuid, kid.where) for kid in found.seen] == [(KID, "pssh box 1, WisePlay kids")]
    assert visible_kids.kids("pssh", box(b"{", system=WISEPLAY)).unreadable[0].offset == 33
