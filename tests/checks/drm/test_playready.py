"""The PlayReady object and how the header inside is written."""

from __future__ import annotations

import struct

import pytest

from tests.checks.drm.signalling import KID, PSSH, asking, data
from tests.checks.exchange import Change, answered, finds, says
from tests.drm.builders import NAMESPACE, box, header, header_40, pro, swapped
from tests.refserver.asking import PLAYREADY, WIDEVINE

ASK = asking(PLAYREADY, PSSH, "cenc")
HEADER = header_40(KID)
RIGHT = pro(HEADER)


def in_box(content: bytes) -> Change:
    """The box of the first key holds these Data."""
    return data(content, PLAYREADY)


def raw_header(text: str) -> bytes:
    """An object with a header of that text."""
    return pro(text.encode("utf-16-le"))


def records(*many: tuple[int, bytes]) -> bytes:
    """An object with records of these types."""
    body = b"".join(struct.pack("<HH", kind, len(value)) + value for kind, value in many)
    return struct.pack("<IH", len(body) + 6, len(many)) + body


INFO = "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>"
OPEN = f'<WRMHEADER xmlns="{NAMESPACE}" version="4.0.0.0">'
PLAIN = f"{OPEN}<DATA>{INFO}<KID>{swapped(KID)}</KID></DATA></WRMHEADER>"

WRONG = [
    ("playready.object-framed", struct.pack("<I", len(RIGHT) - 10) + RIGHT[4:], "a PlayReady object: length"),
    ("playready.object-framed", struct.pack(">I", len(RIGHT)) + RIGHT[4:], "a PlayReady object: length"),
    ("playready.object-framed", b"\1\0\0\0" + struct.pack("<I", len(HEADER)) + HEADER, "a PlayReady object: length"),
    ("playready.object-framed", HEADER, "a PlayReady object: length"),
    ("playready.object-framed", box(RIGHT), "a PlayReady object: length"),
    ("playready.object-framed", b"", "a PlayReady object: length"),
    ("playready.object-framed", b"placeholder", "a PlayReady object: length"),
    ("playready.records-fit", struct.pack("<IH", len(RIGHT), 2) + RIGHT[6:], "records that fill the object"),
    (
        "playready.records-fit",
        struct.pack("<IH", len(RIGHT) + 2, 1) + RIGHT[6:] + b"\0\0",
        "records that fill the object",
    ),
    ("playready.records-fit", records((3, b"store")), "records that fill the object, one of them of type 1"),
    ("playready.records-fit", records((1, HEADER), (1, HEADER)), "records that fill the object"),
    ("playready.header-is-utf16-xml", pro(PLAIN.encode()), "well-formed XML in UTF-16LE"),
    ("playready.header-is-utf16-xml", pro(HEADER + b"x"), "well-formed XML in UTF-16LE"),
    ("playready.header-is-utf16-xml", raw_header(PLAIN[:-1]), "well-formed XML in UTF-16LE"),
    ("playready.header-is-utf16-xml", raw_header(f"<!DOCTYPE x>{PLAIN}"), "well-formed XML in UTF-16LE"),
    ("playready.header-version-known", raw_header(PLAIN.replace("4.0.0.0", "4.4.0.0")), "seen: 4.4.0.0"),
    ("playready.header-version-known", raw_header(PLAIN.replace("4.0.0.0", "4.0")), "seen: 4.0"),
    ("playready.header-version-known", raw_header(PLAIN.replace("PlayReadyHeader", "x")), "WRMHEADER in the namespace"),
    ("playready.object-plain", records((1, HEADER), (2, b"x")), "record types 1 and 3; seen: type 2"),
    ("playready.object-plain", records((1, HEADER), (3, bytes(15 * 1024))), "at most 15360 bytes"),
    ("playready.header-canonical", raw_header("\ufeff" + PLAIN), "the canonical form"),
    ("playready.header-canonical", raw_header(PLAIN + "\0"), "the canonical form"),
    ("playready.header-canonical", raw_header('<?xml version="1.0"?>' + PLAIN), "the canonical form"),
    ("playready.header-canonical", raw_header(PLAIN.replace("</DATA>", "<LA_URL/></DATA>")), "the canonical form"),
    ("playready.header-layout-of-its-version", raw_header(f"{OPEN}</WRMHEADER>"), "a DATA element; seen: none"),
    (
        "playready.header-layout-of-its-version",
        raw_header(PLAIN.replace("4.0.", "4.2.")),
        "the layout of version 4.2.0.0",
    ),
    ("playready.header-layout-of-its-version", raw_header(PLAIN.replace("<KEYLEN>16</KEYLEN>", "")), "missing: "),
    ("playready.header-layout-of-its-version", raw_header(PLAIN.replace(INFO, INFO * 2)), "more than once: "),
    (
        "playready.header-within-schema",
        raw_header(PLAIN.replace("</DATA>", "<MINE>1</MINE></DATA>")),
        "seen: DATA/MINE",
    ),
    (
        "playready.header-within-schema",
        pro(header_40(KID, f"<CUSTOMATTRIBUTES><A>{'x' * 1024}</A></CUSTOMATTRIBUTES>")),
        "at most 1024 bytes of CUSTOMATTRIBUTES",
    ),
]

HARMLESS = [
    ("playready.object-framed", RIGHT),
    ("playready.records-fit", records((1, HEADER), (3, b"store"))),
    ("playready.records-fit", records((3, b"store"), (1, HEADER))),
    ("playready.object-plain", records((1, HEADER), (3, b"store"))),
    ("playready.header-canonical", RIGHT),
    ("playready.header-version-known", RIGHT),
    (
        "playready.header-layout-of-its-version",
        pro(header(f'<PROTECTINFO><KID ALGID="AESCTR" VALUE="{swapped(KID)}"></KID></PROTECTINFO>', "4.1.0.0")),
    ),
    (
        "playready.header-layout-of-its-version",
        pro(header(f'<PROTECTINFO><KIDS><KID VALUE="{swapped(KID)}"></KID></KIDS></PROTECTINFO>', "4.3.0.0")),
    ),
    ("playready.header-layout-of-its-version", pro(header(f"<KID>{swapped(KID)}</KID>{INFO}"))),
    ("playready.header-within-schema", pro(header_40(KID, "<CUSTOMATTRIBUTES><MINE>1</MINE></CUSTOMATTRIBUTES>"))),
]


@pytest.mark.parametrize(("check", "content", "words"), WRONG)
def test_a_wrong_object_is_found(check: str, content: bytes, words: str) -> None:
    assert words in finds(check, in_box(content), ASK)


@pytest.mark.parametrize(("check", "content"), HARMLESS)
def test_a_harmless_object_is_left_alone(check: str, content: bytes) -> None:
    assert finds(check, in_box(content), ASK) == ""


def test_the_layout_of_the_aws_guide_is_told_by_its_bytes() -> None:
    guide = b"\1\0\0\0" + struct.pack("<I", len(HEADER)) + HEADER
    assert "found: 01 00 00 00" in finds("playready.object-framed", in_box(guide), ASK)


@pytest.mark.parametrize("scheme", ["cenc", "cbcs"])
def test_the_right_objects_are_right(scheme: str) -> None:
    for check in sorted({check for check, *_ in WRONG}):
        assert says(check, answered(asking(PLAYREADY, PSSH, scheme))) == "", check


def test_other_systems_have_no_object() -> None:
    assert says("playready.object-framed", answered(asking(WIDEVINE))) == "is not asked of such a request"
