"""The PlayReady object and header readers, and the checksum with its published examples."""

from __future__ import annotations

import struct
from base64 import b64decode
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.cpix.errors import DecodeError
from conformance.drm import playready
from tests.drm.builders import KEY, KID, NAMESPACE, OTHER_KID, box, header, header_40, pro, swapped

KIDS = (
    f'<KIDS><KID ALGID="AESCBC" VALUE="{swapped(KID)}"></KID>'
    f'<KID ALGID="AESCBC" VALUE="{swapped(OTHER_KID)}"></KID></KIDS>'
)


def read(data: str, version: str) -> playready.WrmHeader:
    return playready.read_header(header(data, version))


def test_object_with_a_4_0_header() -> None:
    more = "<CHECKSUM>w+OZVr8vzrQ=</CHECKSUM><LA_URL>https://la.example/?a=1&amp;b=2</LA_URL>"
    found = playready.read_object(pro(header_40(more=more)))
    assert found.length == len(header_40(more=more)) + 10
    assert [(record.type, record.offset) for record in found.records] == [(1, 10)]
    (kid,) = found.header.kids
    assert (kid.uuid, kid.algid, kid.place) == (KID, "AESCTR", "DATA/KID")
    assert kid.checksum == playready.checksum(KEY, KID)
    assert (found.header.version, found.header.keylen, found.header.algid) == ("4.0.0.0", "16", "AESCTR")
    assert found.header.la_urls == ("https://la.example/?a=1&b=2",)
    header_findings = (found.header.style, found.header.foreign, found.header.misplaced, found.header.missing)
    assert header_findings == ((), (), (), ())


def test_4_1_header() -> None:
    found = read(
        f'<PROTECTINFO><KID ALGID="AESCTR" CHECKSUM="w+OZVr8vzrQ=" VALUE="{swapped(KID)}"></KID></PROTECTINFO>',
        "4.1.0.0",
    )
    assert [(kid.uuid, kid.algid, kid.checksum_text) for kid in found.kids] == [(KID, "AESCTR", "w+OZVr8vzrQ=")]
    assert (found.misplaced, found.missing) == ((), ())


def test_4_1_header_without_a_kid() -> None:
    found = read("<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>", "4.1.0.0")
    assert (found.kids, found.decryptor_setup, found.misplaced) == ((), "ONDEMAND", ())


def test_4_3_header_with_two_kids() -> None:
    found = read(f"<PROTECTINFO>{KIDS}</PROTECTINFO>", "4.3.0.0")
    assert [kid.uuid for kid in found.kids] == [KID, OTHER_KID]
    assert found.algids == {"AESCBC"}
    assert (found.misplaced, found.missing) == ((), ())


def test_kids_that_are_none_keep_what_is_written() -> None:
    short, stray = read("<KID>AAAA</KID><KID>no base64!</KID>", "4.0.0.0").kids
    assert (short.value, short.uuid) == (b"\0\0\0", None)
    assert (stray.value, stray.uuid, stray.text) == (None, None, "no base64!")


@pytest.mark.parametrize(
    ("version", "data", "misplaced"),
    [
        ("4.0.0.0", f"<PROTECTINFO>{KIDS}</PROTECTINFO>", {"DATA/PROTECTINFO/KIDS", "DATA/PROTECTINFO/KIDS/KID"}),
        ("4.0.0.0", "<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>", {"DATA/DECRYPTORSETUP"}),
        ("4.1.0.0", "<KID>AAAA</KID><CHECKSUM>AA==</CHECKSUM>", {"DATA/KID", "DATA/CHECKSUM"}),
        ("4.2.0.0", '<PROTECTINFO><KID VALUE=""></KID></PROTECTINFO>', {"DATA/PROTECTINFO/KID"}),
        ("4.3.0.0", "<PROTECTINFO><KEYLEN>16</KEYLEN></PROTECTINFO>", {"DATA/PROTECTINFO/KEYLEN"}),
        (
            "4.2.0.0",
            '<PROTECTINFO LICENSEREQUESTED="true"><KIDS><KID></KID></KIDS></PROTECTINFO>',
            {"DATA/PROTECTINFO/@LICENSEREQUESTED"},
        ),
        ("4.3.0.0", '<PROTECTINFO LICENSEREQUESTED="true"><KIDS><KID></KID></KIDS></PROTECTINFO>', set()),
        ("9.9.9.9", "<KID>AAAA</KID>", set()),
    ],
)
def test_elements_of_another_version_are_misplaced(version: str, data: str, misplaced: set[str]) -> None:
    assert set(read(data, version).misplaced) == misplaced


@pytest.mark.parametrize(
    ("version", "data", "missing"),
    [
        ("4.0.0.0", "<KID>AAAA</KID>", ("DATA/PROTECTINFO/ALGID", "DATA/PROTECTINFO/KEYLEN")),
        ("4.1.0.0", '<PROTECTINFO><KID VALUE="AAAA"></KID></PROTECTINFO>', ("DATA/PROTECTINFO/KID/@ALGID",)),
        ("4.3.0.0", '<PROTECTINFO><KIDS><KID VALUE="AAAA"></KID></KIDS></PROTECTINFO>', ()),
    ],
)
def test_what_a_version_requires_is_missing(version: str, data: str, missing: tuple[str, ...]) -> None:
    assert read(data, version).missing == missing


def test_foreign_and_repeated_elements() -> None:
    found = read(
        '<EXTRA a="1"></EXTRA><x:y xmlns:x="urn:x"></x:y><KID ODD="1">AAAA</KID><KID>AAAA</KID>'
        "<CUSTOMATTRIBUTES><any><thing></thing></any></CUSTOMATTRIBUTES>",
        "4.0.0.0",
    )
    assert found.foreign == ("DATA/EXTRA", "DATA/EXTRA/@a", "DATA/{urn:x}y", "DATA/KID/@ODD")
    assert found.repeated == ("DATA/KID",)


def test_custom_attributes_are_measured_in_bytes_of_utf_16() -> None:
    element = '<CUSTOMATTRIBUTES xmlns=""><a>x</a></CUSTOMATTRIBUTES>'
    found = read(element, "4.0.0.0")
    assert found.custom_attributes_size == 2 * len(element)
    assert (found.foreign, read("", "4.0.0.0").custom_attributes_size) == ((), 0)


def test_urls_and_service_ids_are_all_kept() -> None:
    found = read("<LA_URL>a</LA_URL><LA_URL></LA_URL><LUI_URL>b</LUI_URL><DS_ID>AA==</DS_ID>", "4.0.0.0")
    assert (found.la_urls, found.lui_urls, found.ds_ids) == (("a", ""), ("b",), ("AA==",))


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("\ufeff{}", "byte order mark"),
        ('<?xml version="1.0" encoding="utf-16"?>{}', "XML declaration"),
        ("{}\0", "trailing NUL"),
        ("<!-- hello -->{}", "comment"),
    ],
)
def test_style_around_the_header(text: str, style: str) -> None:
    inner = header_40().decode("utf-16-le")
    found = playready.read_header(text.format(inner).encode("utf-16-le"))
    assert found.style == (style,)
    assert found.kids[0].uuid == KID


def test_style_of_tags() -> None:
    text = f'<WRMHEADER version="4.0.0.0" xmlns="{NAMESPACE}"><DATA><KID VALUE="" ALGID=""/></DATA></WRMHEADER>'
    found = playready.read_header(text.encode("utf-16-le"))
    assert set(found.style) == {"xmlns not first", "self-closing tag", "attribute order"}


def test_header_without_data() -> None:
    found = playready.read_header(f'<WRMHEADER xmlns="{NAMESPACE}"></WRMHEADER>'.encode("utf-16-le"))
    assert (found.has_data, found.version) == (False, None)


def test_unknown_record_types_are_kept() -> None:
    inner = header_40()
    data = struct.pack("<HH", 3, 2) + b"st" + struct.pack("<HH", 1, len(inner)) + inner
    found = playready.read_object(struct.pack("<IH", len(data) + 6, 2) + data)
    assert [record.type for record in found.records] == [3, 1]


def aws_guide_layout() -> bytes:
    return struct.pack("<II", 1, len(header_40())) + header_40()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "playready.empty"),
        (bytes(70_000), "playready.too-large"),
        (b"\4\0", "playready.truncated"),
        (struct.pack("<IH", 6, 1), "playready.truncated"),
        (struct.pack("<IHHH", 10, 1, 1, 9), "playready.truncated"),
        (pro(header_40()) + b"x", "playready.length"),
        (struct.pack(">IHHH", 12, 1, 1, 2) + b"xx", "playready.length-big-endian"),
        (struct.pack("<IHHH", 12, 1, 1, 0) + b"xx", "playready.leftover"),
        (struct.pack("<IH", 6, 0), "playready.no-header"),
        (pro(header_40(), record_type=3), "playready.no-header"),
        (struct.pack("<IHHHHH", 14, 2, 1, 0, 1, 0), "playready.several-headers"),
        (box(), "playready.nested-box"),
        (aws_guide_layout(), "playready.aws-guide-layout"),
        (header_40(), "playready.bare-header"),
        (b"\xff\xfe" + header_40(), "playready.bare-header"),
        (b"fake Playready PRO", "playready.text"),
        (pro(b"\0" + header_40()), "playready.utf-16-big-endian"),
        (pro(header_40()[:-1]), "playready.odd-length"),
        (pro(header_40() + b"\0\xd8"), "playready.not-utf16"),
        (pro(header_40().decode("utf-16-le").encode()), "playready.not-utf16"),
        (pro(b""), "playready.empty"),
        (pro("<WRMHEADER>".encode("utf-16-le")), "playready.malformed"),
        (pro("<!DOCTYPE x><WRMHEADER/>".encode("utf-16-le")), "playready.doctype"),
        (pro("<WRMHEADER/>".encode("utf-16-le")), "playready.wrong-root"),
    ],
)
def test_refusals(data: bytes, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        playready.read_object(data)
    assert caught.value.code == code
    assert caught.value.expected
    assert caught.value.found


@pytest.mark.parametrize(
    ("key", "kid", "printed"),
    [
        (KEY, KID, "w+OZVr8vzrQ="),
        (bytes.fromhex("be7df8a3667a6a8fd564d0ed81339a95"), OTHER_KID, "jYFNf0yf4is="),
        (b"contentkey1~~~~~", UUID(bytes=b"keyid1~~~~~~~~~~"), "uFY/OirQj/U="),
    ],
)
def test_published_checksums(key: bytes, kid: UUID, printed: str) -> None:
    assert playready.checksum(key, kid) == b64decode(printed)


def test_checksum_mistakes_are_named() -> None:
    variants = playready.checksum_variants(KEY, KID)
    assert variants["the KID was not byte-swapped"] == b64decode("o1I2qjn2K8g=")
    assert playready.checksum(KEY, KID) not in variants.values()
    with pytest.raises(DecodeError, match="key-length"):
        playready.checksum(KEY[:8], KID)


def test_key_of_the_public_test_server() -> None:
    assert playready.test_seed_key(KID) == KEY


FUZZED = st.one_of(
    st.binary(max_size=80),
    st.binary(max_size=60).map(pro),
    st.text(max_size=60).map(lambda text: pro(header(text))),
    st.text(max_size=60).map(lambda text: pro(text.encode("utf-16-le", "replace"))),
)


@given(FUZZED)
@settings(deadline=None, max_examples=150)
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        playready.read_object(data)
    except DecodeError as error:
        assert error.code.startswith("playready.")
