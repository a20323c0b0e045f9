"""ContentProtectionData fragments, and the KIDs that can be seen in every kind of payload."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.cpix.errors import DecodeError
from conformance.drm import content_protection as protection
from conformance.drm import visible_kids as visible
from tests.drm.builders import COMMON, KID, OTHER_KID, PLAYREADY, box, field, header_40, pro

WIDEVINE_BOX = b64encode(box(field(2, KID.bytes))).decode()
PLAYREADY_OBJECT = b64encode(pro(header_40())).decode()
PSSH = f'<cenc:pssh xmlns:cenc="urn:mpeg:cenc:2013">{WIDEVINE_BOX}</cenc:pssh>'
PRO = f'<pro xmlns="urn:microsoft:playready">{PLAYREADY_OBJECT}</pro>'


def test_two_bare_children() -> None:
    found = protection.read((PSSH + "\n" + PRO).encode())
    assert found.roots == (("urn:mpeg:cenc:2013", "pssh"), ("urn:microsoft:playready", "pro"))
    assert (found.pssh, found.pro) == ((WIDEVINE_BOX,), (PLAYREADY_OBJECT,))
    oddities = (found.wrapped, found.comments, found.declaration, found.bom, found.unnamespaced, found.text)
    assert oddities == (False, False, False, False, (), "")


@pytest.mark.parametrize(
    "wrapper",
    [
        '<ContentProtection schemeIdUri="urn:uuid:EDEF8BA9-79D6-4ACE-A3C8-27DCD51D21ED">{}</ContentProtection>',
        '<o:data xmlns:o="urn:ours"><o:more>{}</o:more></o:data>',
    ],
)
def test_wrapped_children_are_found_and_the_wrapper_is_told(wrapper: str) -> None:
    found = protection.read(wrapper.format(PSSH).encode())
    assert found.wrapped
    assert found.pssh == (WIDEVINE_BOX,)


def test_foreign_namespaced_children_are_no_wrapper() -> None:
    found = protection.read(PSSH.encode() + b'<d:Laurl xmlns:d="https://dashif.org/CPS">https://x.example</d:Laurl>')
    assert not found.wrapped
    assert found.roots[1] == ("https://dashif.org/CPS", "Laurl")


def test_oddities_are_left_to_the_checks() -> None:
    found = protection.read(f'\ufeff<?xml version="1.0"?><!-- c -->{PSSH}stray<plain></plain>'.encode())
    assert (found.bom, found.declaration, found.comments) == (True, True, True)
    assert (found.unnamespaced, found.text) == (("plain",), "stray")
    old = protection.read(b'<m:IV_size xmlns:m="urn:microsoft:playready">8</m:IV_size>')
    assert old.deprecated == ("IV_size",)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "protection.empty"),
        (b" " * 70_000, "protection.too-large"),
        (b"<cenc:pssh>AAAA</cenc:pssh>", "fragment.unbound-prefix"),
        (b"<a>", "fragment.malformed"),
        (b"<!DOCTYPE a><a/>", "fragment.doctype"),
        (b"text", "fragment.no-element"),
        (b"<a>\xff</a>", "fragment.not-utf8"),
    ],
)
def test_refusals(data: bytes, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        protection.read(data)
    assert caught.value.code == code


def places(kind: visible.Kind, data: bytes) -> list[tuple[str, str]]:
    return [(str(kid.uuid), kid.where) for kid in visible.kids(kind, data).seen]


def test_kids_of_a_box() -> None:
    both = box(field(2, OTHER_KID.bytes) + field(2, b"0"), version=1, kids=[KID])
    assert places("pssh", both) == [
        (str(KID), "pssh box 1, KID list"),
        (str(OTHER_KID), "pssh box 1, Widevine key_ids"),
    ]
    entitled = box(field(14, field(2, KID.bytes)))
    assert places("pssh", entitled) == [(str(KID), "pssh box 1, Widevine entitled_keys")]
    assert places("pssh", box(pro(header_40()), system=PLAYREADY)) == [
        (str(KID), "pssh box 1, PlayReady DATA/KID"),
    ]


def test_kids_of_protection_data() -> None:
    wrapper = (
        f'<ContentProtection xmlns:c="urn:mpeg:cenc:2013" c:default_KID="{OTHER_KID}">{PSSH}{PRO}</ContentProtection>'
    )
    assert places("protection", wrapper.encode()) == [
        (str(OTHER_KID), "cenc:default_KID"),
        (str(KID), "cenc:pssh, pssh box 1, Widevine key_ids"),
        (str(KID), "mspr:pro, PlayReady DATA/KID"),
    ]


@pytest.mark.parametrize(
    ("attributes", "where"),
    [
        (f"KEYID=0x{KID.hex}", "HLS attribute KEYID"),
        (f'URI="skd://{KID}"', "HLS URI"),
        (f'URI="data:text/plain;base64,{WIDEVINE_BOX}"', "HLS URI, pssh box 1, Widevine key_ids"),
        (f'URI="data:text/plain;charset=UTF-16;base64,{PLAYREADY_OBJECT}"', "HLS URI, PlayReady DATA/KID"),
    ],
)
def test_kids_of_hls(attributes: str, where: str) -> None:
    assert places("hls", f"#EXT-X-KEY:METHOD=SAMPLE-AES,{attributes}".encode()) == [(str(KID), where)]


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("pssh", b"x", "pssh.truncated"),
        ("pssh", box(b"\x10\1", version=1, kids=[KID]), "widevine.wire-type"),
        ("pssh", box(b"Playready", system=PLAYREADY, version=1, kids=[KID]), "playready.text"),
        ("protection", PSSH.encode() + b'<pssh xmlns="urn:mpeg:cenc:2013">*</pssh>', "base64.stray-character"),
        ("hls", b'#EXT-X-KEY:URI="data:;base64,AAAA"', "pssh.truncated"),
        ("hls", b'#EXT-X-KEY:KEYFORMAT="com.microsoft.playready",URI="data:;base64,AAAA"', "playready.truncated"),
        ("hls", b'#EXT-X-KEY:URI="data:;base64"', "hls.data-uri-no-comma"),
    ],
)
def test_unreadable_layers_are_reported_beside_what_was_seen(kind: visible.Kind, data: bytes, code: str) -> None:
    found = visible.kids(kind, data)
    assert [error.code for error in found.unreadable] == [code]
    assert found.uuids == ({KID} if KID.bytes in data or b"cenc" in data else set())


def test_unswapped_common_box() -> None:
    assert visible.kids("pssh", box(system=COMMON, version=1, kids=[KID, OTHER_KID])).uuids == {KID, OTHER_KID}


@given(st.sampled_from(["pssh", "pro", "protection", "hls"]), st.binary(max_size=100))
@settings(deadline=None, max_examples=150)
def test_kids_never_raises(kind: visible.Kind, data: bytes) -> None:
    visible.kids(kind, data)


@given(st.one_of(st.binary(max_size=80), st.text(alphabet="<>/ a:='\"xmlns&;?!-", max_size=60).map(str.encode)))
@settings(deadline=None, max_examples=150)
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        protection.read(data)
    except DecodeError as error:
        assert error.code.startswith(("protection.", "fragment."))
