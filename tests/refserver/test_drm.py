"""The DRM data, byte by byte, against layouts written out by hand here."""

from __future__ import annotations

import base64
import json
import struct
from typing import Literal
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from conformance.refserver import Config
from conformance.refserver.playready import checksum
from tests.refserver.asking import (
    CLEARKEY,
    COMMON,
    FAIRPLAY,
    IRDETO,
    IV,
    KIDS,
    PLAYREADY,
    WIDEVINE,
    WISEPLAY,
    Ask,
    attributes,
    texts,
    values,
)

KID = UUID(KIDS[0])
PR = "{http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader}"
VARINTS = {"cenc": "48e3dc959b06", "cbcs": "48f3c6899b06"}


def of(system: str, child: str) -> str:
    return f"//cpix:DRMSystem[@systemId='{system}'][@kid='{KIDS[0]}']/cpix:{child}"


def box(system: str, data: bytes, kids: tuple[UUID, ...] | None = None) -> bytes:
    listed = b"" if kids is None else struct.pack(">I", len(kids)) + b"".join(kid.bytes for kid in kids)
    size = 12 + 16 + len(listed) + 4 + len(data)
    start = struct.pack(">I", size) + b"pssh" + bytes([0 if kids is None else 1, 0, 0, 0])
    return start + UUID(system).bytes + listed + struct.pack(">I", len(data)) + data


def widevine_data(scheme: str, *kids: UUID) -> bytes:
    ids = b"".join(b"\x12\x10" + kid.bytes for kid in kids)
    return ids + b"\x1a\x09reference\x22\x06film-1" + bytes.fromhex(VARINTS[scheme])


def lines(tree: etree._Element, system: str) -> tuple[str, str]:
    media, master = values(tree, of(system, "HLSSignalingData"))
    return media.decode(), master.decode()


@pytest.mark.parametrize("scheme", ["cenc", "cbcs"])
def test_widevine(scheme: str) -> None:
    tree = Ask(scheme=scheme, systems=(WIDEVINE,)).tree()
    expected = box(WIDEVINE, widevine_data(scheme, KID))
    text = base64.b64encode(expected).decode()
    assert values(tree, of(WIDEVINE, "PSSH")) == [expected]
    fragment = f'<cenc:pssh xmlns:cenc="urn:mpeg:cenc:2013">{text}</cenc:pssh>'
    assert values(tree, of(WIDEVINE, "ContentProtectionData")) == [fragment.encode()]
    method = {"cenc": "SAMPLE-AES-CTR", "cbcs": "SAMPLE-AES"}[scheme]
    rest = f'METHOD={method},URI="data:text/plain;base64,{text}",KEYFORMAT="urn:uuid:{WIDEVINE}",KEYFORMATVERSIONS="1"'
    assert lines(tree, WIDEVINE) == (f"#EXT-X-KEY:{rest}", f"#EXT-X-SESSION-KEY:{rest}")


def test_widevine_variants() -> None:
    ask = Ask(scheme="cenc", systems=(WIDEVINE,))
    first, second = KID, UUID(KIDS[1])
    path = of(WIDEVINE, "PSSH")
    listed = ask.tree(Config(widevine_pssh_version=1, all_kids_in_pssh=True))
    assert values(listed, path) == [box(WIDEVINE, widevine_data("cenc", first, second), (first, second))]
    silent = values(ask.tree(Config(widevine_cenc_scheme=False)), path)[0]
    assert bytes.fromhex(VARINTS["cenc"]) not in silent


def header_of(pro: bytes) -> etree._Element:
    length, records, kind, size = struct.unpack("<IHHH", pro[:10])
    assert (length, records, kind, size) == (len(pro), 1, 1, len(pro) - 10)
    return etree.fromstring(pro[10:].decode("utf-16-le"))


def independent_checksum(key: bytes, kid: UUID) -> str:
    ecb = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    guid = bytes([kid.bytes[i] for i in (3, 2, 1, 0, 5, 4, 7, 6, *range(8, 16))])
    return base64.b64encode((ecb.update(guid) + ecb.finalize())[:8]).decode()


@pytest.mark.parametrize(
    ("kid", "key", "expected"),
    [
        ("09e091ab-f838-41d2-9e35-58531fd19ec7", "9cb061164b7013eaefcc7d6d18424c2c", "w+OZVr8vzrQ="),
        ("ad13f9ea-2be6-98b8-75f5-04a8e3ccea64", "be7df8a3667a6a8fd564d0ed81339a95", "jYFNf0yf4is="),
    ],
)
def test_playready_checksum_of_published_samples(kid: str, key: str, expected: str) -> None:
    assert base64.b64encode(checksum(bytes.fromhex(key), UUID(kid))).decode() == expected


HEADERS: tuple[Literal["oldest", "4.0", "4.1", "4.2", "4.3"], ...] = ("oldest", "4.0", "4.1", "4.2", "4.3")


@pytest.mark.parametrize("wanted", HEADERS)
def test_playready_for_cenc(wanted: Literal["oldest", "4.0", "4.1", "4.2", "4.3"]) -> None:
    tree = Ask(scheme="cenc", systems=(PLAYREADY,)).tree(Config(playready_header=wanted))
    pssh = values(tree, of(PLAYREADY, "PSSH"))[0]
    header = header_of(pssh[32:])
    assert pssh == box(PLAYREADY, pssh[32:])
    version = "4.0" if wanted == "oldest" else wanted
    key = values(tree, f"//cpix:ContentKey[@kid='{KIDS[0]}']//pskc:PlainValue")[0]
    value, check = base64.b64encode(KID.bytes_le).decode(), independent_checksum(key, KID)
    assert header.get("version") == f"{version}.0.0"
    data = header[0]
    if version == "4.0":
        assert data.findtext(f"{PR}KID") == value
        assert data.findtext(f"{PR}CHECKSUM") == check
        assert data.findtext(f"{PR}PROTECTINFO/{PR}ALGID") == "AESCTR"
        assert data.findtext(f"{PR}PROTECTINFO/{PR}KEYLEN") == "16"
    else:
        place = f"{PR}PROTECTINFO/{PR}KID" if version == "4.1" else f"{PR}PROTECTINFO/{PR}KIDS/{PR}KID"
        kids = data.findall(place)
        assert [list(kid.attrib.items()) for kid in kids] == [
            [("ALGID", "AESCTR"), ("CHECKSUM", check), ("VALUE", value)]
        ]


def test_playready_for_cbcs_is_4_3_without_checksum() -> None:
    tree = Ask(systems=(PLAYREADY,), signals="<cpix:SmoothStreamingProtectionHeaderData/>" + Ask.signals).tree(
        Config(playready_header="4.0")
    )
    pro = values(tree, of(PLAYREADY, "PSSH"))[0][32:]
    header = header_of(pro)
    kid = header.find(f"{PR}DATA/{PR}PROTECTINFO/{PR}KIDS/{PR}KID")
    assert kid is not None
    assert attributes(kid) == {"ALGID": "AESCBC", "VALUE": base64.b64encode(KID.bytes_le).decode()}
    assert header.get("version") == "4.3.0.0"
    assert values(tree, of(PLAYREADY, "SmoothStreamingProtectionHeaderData")) == [pro]
    text = base64.b64encode(pro).decode()
    fragment = values(tree, of(PLAYREADY, "ContentProtectionData"))[0].decode()
    assert fragment.endswith(f'<mspr:pro xmlns:mspr="urn:microsoft:playready">{text}</mspr:pro>')
    media, master = lines(tree, PLAYREADY)
    head = 'METHOD=SAMPLE-AES,KEYFORMAT="com.microsoft.playready",KEYFORMATVERSIONS="1"'
    assert media == f'#EXT-X-KEY:{head},URI="data:text/plain;charset=UTF-16;base64,{text}"'
    assert master.removeprefix("#EXT-X-SESSION-KEY") == media.removeprefix("#EXT-X-KEY")


def test_playready_lists_all_kids_from_4_2_on() -> None:
    tree = Ask(scheme="cenc", systems=(PLAYREADY,)).tree(Config(all_kids_in_pssh=True))
    header = header_of(values(tree, of(PLAYREADY, "PSSH"))[0][32:])
    assert header.get("version") == "4.2.0.0"
    assert len(header.findall(f".//{PR}KID")) == 2


def test_fairplay() -> None:
    media, master = lines(Ask(systems=(FAIRPLAY,)).tree(), FAIRPLAY)
    start, rest = media.split('URI="skd://')
    body, tail = rest.split('"', 1)
    assert start == "#EXT-X-KEY:METHOD=SAMPLE-AES,"
    assert tail == ',KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1"'
    assert json.loads(base64.b64decode(body)) == {"ContentId": "film-1", "KeyId": KIDS[0], "IV": IV}
    assert master == media.replace("#EXT-X-KEY", "#EXT-X-SESSION-KEY")
    plain = lines(Ask(systems=(FAIRPLAY,)).tree(Config(skd_form="uuid")), FAIRPLAY)[0]
    assert f'URI="skd://{KIDS[0]}"' in plain
    with_iv = lines(Ask(systems=(FAIRPLAY,)).tree(Config(skd_form="uuid-iv")), FAIRPLAY)[0]
    assert f'URI="skd://{KIDS[0]}:{base64.b64decode(IV).hex()}"' in with_iv
    assert lines(Ask(version="2.1", scheme="SAMPLE-AES", systems=(FAIRPLAY,)).tree(), FAIRPLAY)[0] == media


@pytest.mark.parametrize(("version", "scheme"), [("2.0", "cbc1"), ("2.1", "cbc1"), ("2.1", "AES-128")])
def test_clear_key(version: str, scheme: str) -> None:
    ask = Ask(version=version, scheme=scheme, systems=(CLEARKEY,), content_id="a/b")
    uri = f"https://keys.key-provider.example/client/a%2Fb/{KIDS[0]}"
    iv = "0x000102030405060708090A0B0C0D0E0F"
    media = f'#EXT-X-KEY:METHOD=AES-128,URI="{uri}",KEYFORMAT="identity",KEYFORMATVERSIONS="1",IV={iv}'
    assert lines(ask.tree(), CLEARKEY)[0] == media


def test_common_and_irdeto_boxes_list_their_kid() -> None:
    tree = Ask(scheme="cenc", systems=(COMMON, IRDETO)).tree()
    assert values(tree, of(COMMON, "PSSH")) == [box(COMMON, b"", (KID,))]
    assert values(tree, of(IRDETO, "PSSH")) == [box(IRDETO, b"film-1", (KID,))]


WISEPLAY_KIDS = {"bytes": base64.b64encode(KID.bytes), "hexadecimal": base64.b64encode(KID.hex.encode())}


@pytest.mark.parametrize("kids", WISEPLAY_KIDS)
@pytest.mark.parametrize(("scheme", "method"), [("cenc", "SAMPLE-AES-CTR"), ("cbcs", "SAMPLE-AES")])
def test_wiseplay(scheme: str, method: str, kids: str) -> None:
    tree = Ask(scheme=scheme, systems=(WISEPLAY,)).tree(Config(choices={"wiseplay-kids": kids}))
    written = WISEPLAY_KIDS[kids].decode()
    data = f'{{"version":"V1.0","kids":["{written}"],"contentID":"ZmlsbS0x","enschema":"{scheme}"}}'.encode()
    wanted = box(WISEPLAY, data)
    assert values(tree, of(WISEPLAY, "PSSH")) == [wanted]
    uri = f"data:text/plain;base64,{base64.b64encode(wanted).decode()}"
    rest = f'METHOD={method},URI="{uri}",KEYFORMAT="urn:uuid:{WISEPLAY}",KEYFORMATVERSIONS="1"'
    assert lines(tree, WISEPLAY) == (f"#EXT-X-KEY:{rest}", f"#EXT-X-SESSION-KEY:{rest}")


@pytest.mark.parametrize(("name", "choice"), [("enschema", "upper-case"), ("json", "with-spaces")])
def test_each_choice_of_wiseplay_writes_other_bytes(name: str, choice: str) -> None:
    ask = Ask(scheme="cbcs", systems=(WISEPLAY,))
    other = ask.tree(Config(choices={f"wiseplay-{name}": choice}))
    assert values(other, of(WISEPLAY, "PSSH")) != values(ask.tree(), of(WISEPLAY, "PSSH"))


def test_no_key_stands_in_drm_data() -> None:
    tree = Ask(scheme="cenc", systems=(WIDEVINE, PLAYREADY, COMMON, IRDETO, WISEPLAY)).tree()
    keys = values(tree, "//pskc:PlainValue")
    payloads = b"".join(values(tree, "//cpix:DRMSystem/*")) + "".join(texts(tree, "//cpix:DRMSystem/*")).encode()
    for key in keys:
        assert key not in payloads
        assert base64.b64encode(key) not in payloads
        assert key.hex().encode() not in payloads.lower()


def test_multi_variant_is_echoed_where_it_is_asked_for() -> None:
    tree = Ask(version="2.1").edited(('"master"', '"multiVariant"')).tree()
    path = "//cpix:HLSSignalingData[@playlist='multiVariant']"
    assert all(one.startswith(b"#EXT-X-SESSION-KEY:") for one in values(tree, path))
    assert len(texts(tree, path)) == 6
