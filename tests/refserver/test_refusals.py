"""Every rule refuses what it should, in the words that are laid down, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from conformance.refserver import CHECKS, Config, Fault, HttpAnswer, HttpRequest, RefusedContract, Style, answer
from conformance.refserver.faults.model import Op
from tests.refserver.asking import CLEARKEY, FAIRPLAY, IRDETO, KIDS, WIDEVINE, Ask

TEN = (
    "Missing CPIX@contentId",
    "Missing CPIX@version",
    "Unsupported CPIX@version",
    "Missing ContentKey@commonEncryptionScheme for KID",
    "Non compliant ContentKey@commonEncryptionScheme combination",
    "ContentKey@commonEncryptionScheme non compatible with DRMSystem",
    "Unsupported SPEKE version",
    "Malformed encryption contract",
    "Requested CPIX encryption contract not supported",
    "Missing CPIX encryption contract",
)
MALFORMED, MISSING = "Malformed encryption contract", "Missing CPIX encryption contract"
SECOND = f'kid="{KIDS[1]}" commonEncryptionScheme'
STANDARD: dict[str, tuple[Ask, str]] = {
    "content id absent": (Ask().edited((' contentId="film-1"', "")), TEN[0]),
    "content id empty": (Ask(content_id=""), TEN[0]),
    "id is no content id": (Ask().edited((' contentId="film-1"', ' id="film-1"')), TEN[0]),
    "version absent": (Ask().edited((' version="2.3"', "")), TEN[1]),
    "version empty": (Ask().edited((' version="2.3"', ' version=""')), TEN[1]),
    "version 4.0": (Ask().edited((' version="2.3"', ' version="4.0"')), TEN[2]),
    "version 2.30": (Ask().edited((' version="2.3"', ' version="2.30"')), TEN[2]),
    "crossed pair": (Ask().edited((' version="2.3"', ' version="2.4"')), TEN[2]),
    "scheme absent": (Ask().edited((SECOND + '="cbcs"', f'kid="{KIDS[1]}"')), f"{TEN[3]} {KIDS[1]}"),
    "scheme empty": (Ask(scheme=""), f"{TEN[3]} {KIDS[0]}"),
    "schemes mixed": (Ask().edited((SECOND + '="cbcs"', SECOND + '="cenc"')), TEN[4]),
    "FairPlay cenc": (Ask(scheme="cenc", systems=(WIDEVINE, FAIRPLAY)), f"{TEN[5]} {FAIRPLAY}"),
    "Widevine cbc1": (Ask(scheme="cbc1", systems=(WIDEVINE,)), f"{TEN[5]} {WIDEVINE}"),
    "Clear Key cbcs": (Ask(systems=(CLEARKEY,)), f"{TEN[5]} {CLEARKEY}"),
    "Irdeto cbcs": (Ask(systems=(IRDETO,)), f"{TEN[5]} {IRDETO}"),
    "SPEKE 3.0": (Ask(headers=(("X-Speke-Version", "3.0"),)), TEN[6]),
    "SPEKE abc": (Ask(headers=(("x-speke-version", "abc"),), content_id=""), TEN[6]),
    "ALL with an attribute": (
        Ask(contract=(("ALL", '<cpix:VideoFilter hdr="true"/><cpix:AudioFilter/>'),)),
        MALFORMED,
    ),
    "ALL with one filter": (Ask(contract=(("ALL", "<cpix:VideoFilter/>"),)), MALFORMED),
    "ALL with three": (
        Ask(contract=(("ALL", "<cpix:VideoFilter/><cpix:VideoFilter/><cpix:AudioFilter/>"),)),
        MALFORMED,
    ),
    "ALL beside others": (
        Ask(contract=(("ALL", "<cpix:VideoFilter/><cpix:AudioFilter/>"), ("SD", "<cpix:VideoFilter/>"))),
        MALFORMED,
    ),
    "too few filters": (Ask(contract=(("SD+HD", "<cpix:VideoFilter/>"),)), MALFORMED),
    "too many filters": (Ask(contract=(("VIDEO", "<cpix:VideoFilter/><cpix:AudioFilter/>"),)), MALFORMED),
    "a rule without filter": (Ask(contract=(("VIDEO", "<cpix:VideoFilter/>"), ("AUDIO", ""))), MALFORMED),
    "duplicate track type": (
        Ask(contract=(("VIDEO", "<cpix:VideoFilter/>"), ("VIDEO", "<cpix:VideoFilter/>"))),
        MALFORMED,
    ),
    "track type absent": (Ask().edited((' intendedTrackType="VIDEO"', "")), MALFORMED),
    "track type with an empty part": (Ask().edited(('"VIDEO"', '"VIDEO+"')), MALFORMED),
    "LabelFilter": (
        Ask().edited(("<cpix:VideoFilter/>", '<cpix:VideoFilter/><cpix:LabelFilter label="a"/>')),
        MALFORMED,
    ),
    "filter of nobody": (
        Ask().edited(("<cpix:VideoFilter/>", '<cpix:VideoFilter/><VideoFilter xmlns=""/>')),
        MALFORMED,
    ),
    "unknown attribute": (Ask().edited(("<cpix:VideoFilter/>", '<cpix:VideoFilter codec="av1"/>')), MALFORMED),
    "no number": (Ask().edited(("<cpix:VideoFilter/>", '<cpix:VideoFilter maxPixels="HD"/>')), MALFORMED),
    "rule for nobody's kid": (Ask().edited((f'Rule kid="{KIDS[0]}"', f'Rule kid="{KIDS[9]}"')), MALFORMED),
    "no filters": (Ask().edited(("<cpix:VideoFilter/>", ""), ("<cpix:AudioFilter/>", "")), MISSING),
    "no rules": (
        Ask(contract=()).edited(
            (
                "<cpix:ContentKeyList>",
                '<cpix:ContentKeyList><cpix:ContentKey kid="' + KIDS[0] + '" commonEncryptionScheme="cbcs"/>',
            ),
            ("<cpix:DRMSystemList>", f'<cpix:DRMSystemList><cpix:DRMSystem kid="{KIDS[0]}" systemId="{WIDEVINE}"/>'),
        ),
        MISSING,
    ),
}


def refused(got: HttpAnswer) -> str:
    assert got.status == 422
    assert (got.header("Content-Type") or "").startswith("text/plain")
    assert got.header("X-Speke-User-Agent")
    return got.body.decode()


@pytest.mark.parametrize("name", STANDARD)
def test_standard_message(name: str) -> None:
    ask, message = STANDARD[name]
    assert refused(ask.send()) == message


OTHERS: dict[str, Ask] = {
    "no version header": Ask(headers=(("Content-Type", "application/xml"),)),
    "two version headers": Ask(headers=(("X-Speke-Version", "2.0"), ("X-Speke-Version", "2.1"))),
    "kid absent": Ask().edited((f' kid="{KIDS[0]}" common', " common")),
    "kid no UUID": Ask().edited((KIDS[0], "hello")),
    "kid nil": Ask().edited((KIDS[0], "00000000-0000-0000-0000-000000000000")),
    "kid twice": Ask().edited((KIDS[1], KIDS[0].upper())),
    "systemId absent": Ask().edited((f' systemId="{WIDEVINE}"', "")),
    "systemId unknown": Ask().edited((WIDEVINE, "29701fe4-3cc7-4a34-8c5b-ae90c7439a47")),
    "DRM system of nobody": Ask().edited((f'DRMSystem kid="{KIDS[0]}"', f'DRMSystem kid="{KIDS[9]}"')),
    "DRM system twice": Ask(systems=(WIDEVINE, WIDEVINE)),
    "no DRM systems": Ask(systems=()),
    "scheme unknown": Ask(scheme="zzzz"),
    "HLS method in 2.0": Ask(scheme="SAMPLE-AES", systems=(FAIRPLAY,)),
    "explicitIV of 8 bytes": Ask(explicit_iv="AAECAwQFBgc="),
    "explicitIV no base64": Ask(explicit_iv="%%%%"),
    "key list twice": Ask().edited(("<cpix:DRMSystemList>", "<cpix:ContentKeyList/><cpix:DRMSystemList>")),
    "period id absent": Ask(periods=('index="1"',)),
    "period index absent": Ask(periods=('id="keyPeriod_1"',)),
    "period unknown": Ask().edited(('periodId="keyPeriod_1"', 'periodId="keyPeriod_2"')),
    "DOCTYPE": Ask().edited(("<cpix:CPIX", "<!DOCTYPE x [<!ENTITY e 'boom'>]><cpix:CPIX"), ("film-1", "&e;")),
    "root of another kind": Ask().edited(("<cpix:CPIX ", "<cpix:Document "), ("</cpix:CPIX>", "</cpix:Document>")),
    "UTF-16 declared": Ask().edited(('encoding="UTF-8"', 'encoding="UTF-16"')),
    "broken": Ask().edited(("</cpix:CPIX>", "")),
}


@pytest.mark.parametrize("name", OTHERS)
def test_refusal_without_standard_message(name: str) -> None:
    text = refused(OTHERS[name].send())
    assert text
    assert not any(message in text for message in TEN)
    assert "boom" not in text


@pytest.mark.parametrize("body", [b"", b" \n", b"hello", b"<a/>", b"\xff\xfe<\x00", b"<a>" * 5000, b"\x00", b"&#0;"])
def test_bodies_that_are_no_document(body: bytes) -> None:
    headers = (("X-Speke-Version", "2.0"),)
    assert refused(answer(HttpRequest("POST", "/", headers, body)))


def test_body_that_is_too_large() -> None:
    headers = (("X-Speke-Version", "2.0"),)
    got = answer(HttpRequest("POST", "/", headers, b"<a>" + b" " * 2_000_000 + b"</a>"))
    assert got.status == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "SPEKE"])
def test_only_post_is_served(method: str) -> None:
    got = Ask(method=method).send()
    assert (got.status, got.header("Allow")) == (405, "POST")
    assert b"CPIX" not in got.body


def test_one_version_only() -> None:
    assert refused(Ask(version="2.1").send(Config(versions=("2.0",)))) == TEN[6]
    later = Ask().edited((' version="2.3"', ' version="2.4"'))
    assert refused(later.send(Config(versions=("2.0",)))) == TEN[2]


def test_policies() -> None:
    shared = Ask(contract=(("ALL", "<cpix:VideoFilter/><cpix:AudioFilter/>"),))
    assert shared.send().status == 200
    policy = Config(refuses=(RefusedContract("shared with UHD", shared_pixels=2_073_601),))
    assert refused(shared.send(policy)) == TEN[8]
    assert Ask().send(policy).status == 200
    named = Config(refuses=(RefusedContract("two keys", track_types=frozenset({"VIDEO", "AUDIO"})),))
    assert refused(Ask().send(named)) == TEN[8]
    assert shared.send(named).status == 200


def test_choices_of_the_contract() -> None:
    one_filter = Ask(contract=(("SD+HD1", '<cpix:VideoFilter maxPixels="921600"/>'),))
    assert one_filter.send().status == 200
    assert refused(one_filter.send(Config(accept_one_filter_sd_hd1=False))) == MALFORMED
    everything, _ = STANDARD["ALL beside others"]
    assert everything.send(Config(refuse_all_beside_others=False)).status == 200
    overlapping = (("A", '<cpix:VideoFilter maxPixels="9"/>'), ("B", '<cpix:VideoFilter maxPixels="9"/>'))
    assert Ask(contract=overlapping).send().status == 200
    assert Ask(contract=(("FOO", "<cpix:AudioFilter/>"),)).send().status == 200


def test_same_track_type_in_two_periods() -> None:
    contract = (("VIDEO", "<cpix:VideoFilter/>"), ("VIDEO", "<cpix:VideoFilter/>"))
    ask = Ask(contract=contract, periods=('id="keyPeriod_1" index="1"', 'id="keyPeriod_2" index="2"'))
    rule = f'Rule kid="{KIDS[1]}" intendedTrackType="VIDEO"><cpix:KeyPeriodFilter periodId="keyPeriod_'
    ask = ask.edited((rule + '1"', rule + '2"'))
    assert ask.send().status == 200
    assert refused(ask.send(Config(same_track_type_in_periods=False))) == MALFORMED


DOCUMENT = Ask().body()


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_refused_politely(body: bytes) -> None:
    got = answer(HttpRequest("POST", "/", (("X-Speke-Version", "2.0"),), body))
    assert 400 <= got.status < 500


@given(st.integers(0, len(DOCUMENT)), st.integers(0, 80), st.text(max_size=3))
@settings(max_examples=150, deadline=None)
def test_a_damaged_document_is_answered_or_refused(start: int, length: int, instead: str) -> None:
    body = DOCUMENT[:start] + instead.encode("utf-8", "replace") + DOCUMENT[start + length :]
    got = answer(HttpRequest("POST", "/", (("X-Speke-Version", "2.0"),), body))
    assert got.status in (200, 422)


def test_forms_of_a_refusal() -> None:
    ask = STANDARD["FairPlay cenc"][0]
    as_json = ask.send(Config(style=Style(error_form="json", error_status=400)))
    assert as_json.status == 400
    assert json.loads(as_json.body)["error"]["message"] == f"{TEN[5]} {FAIRPLAY}"
    as_xml = ask.send(Config(style=Style(error_form="xml", error_headers=False)))
    assert etree.fromstring(as_xml.body).findtext("message") == f"{TEN[5]} {FAIRPLAY}"
    assert as_xml.header("X-Speke-Version") is None


def test_a_server_that_has_forgotten_every_check_answers_everything() -> None:
    fault = Fault("X", "s", "a", ("request",), (Op("drop-check", "request", {"checks": list(CHECKS)}),))
    for ask, _ in STANDARD.values():
        assert ask.send(faults=[fault]).status == 200
    for name, ask in OTHERS.items():
        if name not in ("root of another kind", "UTF-16 declared"):
            assert ask.send(faults=[fault]).status == 200, name
