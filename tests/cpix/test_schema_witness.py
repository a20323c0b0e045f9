"""The profile schemas and the witness: right is valid, wrong is told with a place, nothing is opened."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from lxml import etree

from conformance.cpix import schema_witness
from conformance.cpix.schema_witness import SCHEMAS, ask, schema_file
from conformance.cpix.xml import parse
from tests.refserver.asking import FAIRPLAY, IV, KIDS, PLAYREADY, WIDEVINE, Ask

CPIX = {"2.0": "2.3", "2.1": "2.4"}
KID = KIDS[0]
KEY = (
    f'<ContentKey kid="{KID}" explicitIV="{IV}" commonEncryptionScheme="cenc"><Data><p:Secret>'
    "<p:PlainValue>AAECAwQFBgcICQoLDA0ODw==</p:PlainValue></p:Secret></Data></ContentKey>"
)
SYSTEM = (
    f'<DRMSystem kid="{KID}" systemId="{WIDEVINE}"><PSSH>AAAA</PSSH><ContentProtectionData>AAAA</ContentProtectionData>'
    '<HLSSignalingData playlist="media">AAAA</HLSSignalingData>'
    '<HLSSignalingData playlist="master">AAAA</HLSSignalingData>'
    "<SmoothStreamingProtectionHeaderData>AAAA</SmoothStreamingProtectionHeaderData></DRMSystem>"
)
PERIOD = '<ContentKeyPeriodList><ContentKeyPeriod id="p1" index="1"/></ContentKeyPeriodList>'
RULE = (
    f'<ContentKeyUsageRule kid="{KID}" intendedTrackType="ALL"><KeyPeriodFilter periodId="p1"/><VideoFilter/>'
    "<AudioFilter/></ContentKeyUsageRule>"
)
LISTS = (
    f"<ContentKeyList>{KEY}</ContentKeyList><DRMSystemList>{SYSTEM}</DRMSystemList>{PERIOD}"
    f"<ContentKeyUsageRuleList>{RULE}</ContentKeyUsageRuleList>"
)
SECRET = (
    '<p:Secret><p:EncryptedValue><e:EncryptionMethod Algorithm="urn:a"/><e:CipherData><e:CipherValue>AAAA'
    "</e:CipherValue></e:CipherData></p:EncryptedValue><p:ValueMAC>AAAA</p:ValueMAC></p:Secret>"
)
ENCRYPTED = SECRET[len("<p:Secret>") : -len("</p:Secret>")]
RECIPIENT = (
    '<DeliveryDataList><DeliveryData id="r"><DeliveryKey><d:X509Data><d:X509Certificate>AA\nAA</d:X509Certificate>'
    '</d:X509Data></DeliveryKey><DocumentKey Algorithm="urn:a"><Data>' + SECRET + "</Data></DocumentKey>"
    '<MACMethod Algorithm="urn:m"><p:MACKey><e:CipherData><e:CipherValue>AAAA</e:CipherValue></e:CipherData></p:MACKey>'
    "</MACMethod></DeliveryData></DeliveryDataList>"
)


def document(
    lists: str = LISTS, version: str = "2.0", *, more: str = "", edits: tuple[tuple[str, str], ...] = ()
) -> Any:
    for old, new in edits:
        assert old in lists, old
        lists = lists.replace(old, new)
    text = (
        f'<CPIX xmlns="urn:dashif:org:cpix" xmlns:p="urn:ietf:params:xml:ns:keyprov:pskc" '
        'xmlns:e="http://www.w3.org/2001/04/xmlenc#" xmlns:d="http://www.w3.org/2000/09/xmldsig#" '
        f'contentId="film" version="{CPIX[version]}"{more}>{lists}</CPIX>'
    )
    return parse(text.encode()).root


def told(root: Any, version: str = "2.0") -> str:
    return "\n".join(f"{one.where}: {one.expected}: {one.seen}" for one in ask(root, version).complaints)


RIGHT = {
    "schema order": document(),
    "SPEKE's own order in a DRMSystem": document(
        edits=((SYSTEM[SYSTEM.index("<PSSH") : SYSTEM.index("<HLS")], ""), ("</DRMSystem>", "<PSSH/></DRMSystem>"))
    ),
    "Smooth first": document(edits=(("<PSSH>AAAA</PSSH>", ""), ("<Smooth", "<PSSH/><Smooth"))),
    "audio before video": document(edits=(("<VideoFilter/><AudioFilter/>", "<AudioFilter/><VideoFilter/>"),)),
    "period filter last": document(
        edits=(('<KeyPeriodFilter periodId="p1"/><VideoFilter/>', '<VideoFilter/><KeyPeriodFilter periodId="p1"/>'),)
    ),
    "lists in another order": document(
        f"<ContentKeyUsageRuleList>{RULE}</ContentKeyUsageRuleList>{PERIOD}<DRMSystemList>{SYSTEM}</DRMSystemList>"
        f"<ContentKeyList>{KEY}</ContentKeyList>"
    ),
    "Algorithm on a key": document(edits=(("<ContentKey kid", '<ContentKey Algorithm="urn:x" kid'),)),
    "request for encrypted keys": document(
        '<DeliveryDataList><DeliveryData id="r"><DeliveryKey><d:X509Data><d:X509Certificate>AAAA</d:X509Certificate>'
        "</d:X509Data></DeliveryKey></DeliveryData></DeliveryDataList>" + LISTS
    ),
    "encrypted keys": document(
        RECIPIENT + LISTS,
        edits=(("<p:Secret><p:PlainValue>AAECAwQFBgcICQoLDA0ODw==</p:PlainValue></p:Secret>", SECRET),),
    ),
    "MAC key in cpix:Key, PSKC": document(
        re.sub("<p:MACKey>.*</p:MACKey>", f'<Key Algorithm="urn:a">{ENCRYPTED}</Key>', RECIPIENT)
    ),
    "MAC key in cpix:Key, XML-Enc": document(
        re.sub("<p:MACKey>(.*)</p:MACKey>", r"<Key>\1</Key>", RECIPIENT),
    ),
    "ids that begin with a digit": document(
        edits=(("<ContentKeyList>", '<ContentKeyList id="1-x">'), ('id="p1" index', f'id="{KID}" index'))
    ),
    "foreign attributes": document(more=' xml:lang="en" xmlns:q="urn:q" q:build="7"'),
    "foreign elements at the end": document(edits=(("</DRMSystem>", '<x xmlns="urn:x"><y/></x></DRMSystem>'),)),
    "schema location": document(
        more=' xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="urn:dashif:org:cpix x.xsd"'
    ),
    "upper-case KIDs, folded base64": document(edits=((KID, KID.upper()), ("AAECAwQF", "AAEC\n  AwQF"))),
    "what is read over": document(
        LISTS + '<UpdateHistoryItemList><UpdateHistoryItem index="1"/></UpdateHistoryItemList>',
        edits=(("<ContentKey kid", '<ContentKey dependsOnKey="x" kid'),),
    ),
    "filters": document(
        edits=(
            ("<VideoFilter/>", '<VideoFilter minPixels="1" maxPixels="4294967295" hdr="true" minFps="0" maxFps="30"/>'),
        )
    ),
}

RIGHT_IN_21 = {
    "master": document(version="2.1"),
    "HDCPData before Data": document(version="2.1", edits=(("<Data>", '<HDCPData HLSHDCPLevel="TYPE-1"/><Data>'),)),
    "HDCPData after Data": document(
        version="2.1",
        edits=(
            (
                "</ContentKey>",
                "<HDCPData><HDCPOutputProtectionData>AAAA</HDCPOutputProtectionData></HDCPData></ContentKey>",
            ),
        ),
    ),
    "robustness and CPC": document(
        version="2.1",
        edits=(
            ("<ContentProtectionData>", '<ContentProtectionData robustness="HW_SECURE_ALL">'),
            ("<DRMSystem kid", '<DRMSystem HLSAllowedCPC="com.example:A/B" kid'),
        ),
    ),
    "HLS method as scheme": document(version="2.1", edits=(('"cenc"', '"SAMPLE-AES-CTR"'),)),
    "encryptsKey with two KIDs": document(
        RECIPIENT + LISTS, "2.1", edits=(("<DocumentKey ", f'<DocumentKey encryptsKey="{KIDS[0]} {KIDS[1]}" '),)
    ),
    "times without index": document(
        version="2.1",
        edits=(('index="1"', 'start="2026-01-01T00:00:00Z" end="2026-01-01T00:05:00+01:00"'),),
    ),
    "offsets": document(version="2.1", edits=(('index="1"', 'index="1" startOffset="PT0S" endOffset="PT10S"'),)),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_documents_are_valid(name: str) -> None:
    assert ask(RIGHT[name], "2.0").valid, told(RIGHT[name])


@pytest.mark.parametrize("name", RIGHT_IN_21)
def test_right_documents_of_2_1_are_valid(name: str) -> None:
    assert ask(RIGHT_IN_21[name], "2.1").valid, told(RIGHT_IN_21[name], "2.1")


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_requests_and_answers_are_valid(version: str) -> None:
    for asked in (Ask(version=version), Ask(version=version, scheme="cenc", systems=(WIDEVINE, PLAYREADY))):
        assert ask(parse(asked.body()).root, version).valid
        answer = parse(asked.send().body).root
        assert ask(answer, version).valid, told(answer, version)


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        (f'kid="{KID}" explicitIV', 'kid="hello" explicitIV', "/CPIX/ContentKeyList/ContentKey/@kid", "8-4-4-4-12"),
        (f'kid="{KID}" explicitIV', "explicitIV", "/CPIX/ContentKeyList/ContentKey", "the attribute kid"),
        (f'systemId="{WIDEVINE}"', 'systemId="widevine"', "/@systemId", "8-4-4-4-12"),
        ('commonEncryptionScheme="cenc"', 'commonEncryptionScheme="zzzz"', "/@commonEncryptionScheme", "cenc or cens"),
        ('commonEncryptionScheme="cenc"', 'commonEncryptionScheme="SAMPLE-AES"', "/@commonEncryptionScheme", "cbcs"),
        ("AAECAwQF", "AAEC[AwQF", "pskc:PlainValue", "16 bytes"),
        ("AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBgcICQoLDA0O", "pskc:PlainValue", "16 bytes"),
        ("AAECAwQFBgcICQoLDA0ODw==", "", "pskc:PlainValue", "an empty value"),
        (IV, "AAECAwQFBgc=", "/@explicitIV", "16 bytes"),
        ("<PSSH>AAAA", "<PSSH>AAAAA", "/PSSH", "base64"),
        ("<PSSH>AAAA", "<PSSH>AA\u2003AA", "/PSSH", "form that the schema gives"),
        ("<PSSH>AAAA", "<PSSH>AA-_", "/PSSH", "base64"),
        ('playlist="master"', 'playlist="multiVariant"', "/HLSSignalingData[2]/@playlist", "media or master"),
        ("<Data>", "<HDCPData/><Data>", "/ContentKey/HDCPData", "only the elements"),
        ("<ContentProtectionData>", '<ContentProtectionData robustness="x">', "ContentProtectionData", "robustness"),
        ("<PSSH>", "<URIExtXKey/><PSSH>", "/URIExtXKey", "only the elements"),
        ("<VideoFilter/>", '<LabelFilter label="a"/>', "/LabelFilter", "only the elements"),
        ("<VideoFilter/>", '<VideoFilter wcg="true"/>', "/VideoFilter", "the attribute wcg"),
        ("<VideoFilter/>", '<VideoFilter minPixels="-1"/>', "/VideoFilter/@minPixels", "non negative"),
        (' intendedTrackType="ALL"', "", "/ContentKeyUsageRule", "intendedTrackType"),
        ('index="1"', 'start="2026-01-01T00:00:00Z"', "/ContentKeyPeriod", "start"),
        ("<ContentKeyList>", '<ContentKeyList xmlns:x="urn:x"><x:a/>', "/{urn:x}a", "only the elements"),
        ("<ContentKeyList>", "<ContentKeyList>text", "/CPIX/ContentKeyList", "text between the elements"),
        ("<p:Secret>", "<p:Counter/><p:Secret>", "pskc:Counter", "only the elements"),
    ],
)
def test_wrong_documents_are_told_with_place_and_words(old: str, new: str, place: str, words: str) -> None:
    root = document(edits=((old, new),))
    testimony = ask(root, "2.0")
    assert not testimony.valid
    assert any(place in one.where and words in f"{one.expected} {one.seen}" for one in testimony.complaints), told(root)


def test_no_value_of_the_document_is_quoted() -> None:
    secret = "c2VjcmV0IGtleSB0aGF0IGlzIGxvbmc="
    for old in ("AAECAwQFBgcICQoLDA0ODw==", IV):
        assert secret not in told(document(edits=((old, secret),)))
    instance = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    odd = document(edits=(("<ContentKeyList>", f'<ContentKeyList {instance} xsi:type="{secret}">'),))
    assert not ask(odd, "2.0").valid
    assert secret not in told(odd)


@pytest.mark.parametrize("name", ["nope:x", "", "x", "{urn:x}y", "CPIX"])
def test_an_odd_xsi_type_is_a_complaint_and_no_crash(name: str) -> None:
    instance = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    root = document(edits=(("<ContentKeyList>", f'<ContentKeyList {instance} xsi:type="{name}">'),))
    assert not ask(root, "2.0").valid
    assert ask(root, "2.0").complaints


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    schema_witness._gate.cache_clear()
    schema_witness._speaker.cache_clear()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was about to be fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    instance = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
    root = document(more=f' {instance} i:schemaLocation="urn:dashif:org:cpix http://127.0.0.1:9/x.xsd" odd="1"')
    assert "the attribute odd" in told(root)
    texted = document("http://127.0.0.1:9/x")
    assert not ask(texted, "2.0").valid


def test_xmlschema_is_not_asked_about_right_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("xmlschema was asked")

    monkeypatch.setattr(schema_witness, "_speaker", never)
    assert ask(document(), "2.0").valid


def test_a_huge_document_costs_little_and_still_has_a_sentence() -> None:
    key = f'<ContentKey kid="{KID}" commonEncryptionScheme="zzzz"/>'
    root = document(f"<ContentKeyList>{key * 6000}</ContentKeyList>")
    testimony = ask(root, "2.0")
    assert not testimony.valid
    assert 0 < len(testimony.complaints) <= schema_witness.MOST_COMPLAINTS


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.xsd")), ids=lambda path: path.name)
def test_imports_stay_inside_the_folder(path: Path) -> None:
    tree = etree.parse(path)
    for place in tree.iterfind(".//{http://www.w3.org/2001/XMLSchema}*[@schemaLocation]"):
        assert (SCHEMAS / str(place.get("schemaLocation"))).is_file()
    assert "<!DOCTYPE" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_both_engines_load_the_schema_by_its_path(version: str) -> None:
    assert etree.XMLSchema(file=str(schema_file(version))).validate(document(version=version))
    xmlschema.XMLSchema10(str(schema_file(version)), allow="local").validate(document(version=version))


def test_fairplay_without_pssh_is_valid() -> None:
    assert ask(parse(Ask(systems=(FAIRPLAY,)).send().body).root, "2.0").valid


def test_importing_the_witness_does_not_import_xmlschema() -> None:
    code = "import sys, conformance.cpix.schema_witness; sys.exit('xmlschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
