"""Every duty of the encryptor is proven to fail, and a right request breaks none."""

from __future__ import annotations

import pytest

from conformance.catalogue import load_catalogue
from conformance.encryptor_audit.registry import load_request_checks
from conformance.model import HttpAnswer
from tests.encryptor_audit.playing import Trial, failing
from tests.refserver.asking import KIDS, Ask

GOOD = Ask()
BARE = "<cpix:AudioFilter/>"
ONE_KEY = (("ALL", "<cpix:VideoFilter/><cpix:AudioFilter/>"),)
XML, V20 = ("Content-Type", "application/xml"), ("X-Speke-Version", "2.0")
TWO_PERIODS = ('id="keyPeriod_1" index="1"', 'id="keyPeriod_2" index="2"')


def rules(*contract: tuple[str, str]) -> Ask:
    return Ask(contract=contract)


WRONG: dict[str, list[Ask]] = {
    "request.is-post": [Ask(method="PUT")],
    "request.content-type-xml": [
        Ask(headers=(V20,)),
        Ask(headers=(XML, XML, V20)),
        Ask(headers=(("Content-Type", "text/xml"), V20)),
    ],
    "request.speke-version-named": [
        Ask(headers=(XML,)),
        Ask(headers=(XML, V20, V20)),
        Ask(headers=(XML, ("X-Speke-Version", "2"))),
    ],
    "request.is-cpix": [GOOD.edited(("</cpix:CPIX>", "")), GOOD.edited(("cpix:CPIX ", "cpix:Cpix "))],
    "request.versions-belong-together": [
        GOOD.edited(('version="2.3"', 'version="2.4"')),
        Ask(version="2.1").edited(('version="2.4"', 'version="2.3"')),
        GOOD.edited((' version="2.3"', "")),
    ],
    "request.no-v1-leftovers": [
        GOOD.edited(("<cpix:PSSH/>", "<cpix:URIExtXKey/><cpix:PSSH/>")),
        GOOD.edited(("<cpix:PSSH/>", '<cpix:PSSH/><s:KeyFormat xmlns:s="urn:aws:amazon:com:speke"/>')),
    ],
    "request.content-id-given": [
        GOOD.edited(('contentId="film-1"', 'contentId=""')),
        GOOD.edited(('contentId="film-1"', 'id="film-1"')),
    ],
    "request.lists-complete": [
        GOOD.edited(("cpix:ContentKeyUsageRuleList", "cpix:Elsewhere")),
        Ask(systems=()),
        GOOD.edited(("</cpix:DRMSystemList>", "</cpix:DRMSystemList><cpix:DRMSystemList/>")),
        GOOD.edited(("<cpix:ContentKeyPeriodList>", "<cpix:ContentKeyPeriodList/><cpix:ContentKeyPeriodList>")),
    ],
    "request.only-supported": [
        GOOD.edited(("<cpix:PSSH/>", "<cpix:PSSH/><cpix:HDSSignalingData/>")),
        GOOD.edited((' version="2.3"', ' version="2.3" provider="x"')),
    ],
    "request.kids-sound": [
        GOOD.edited((f'kid="{KIDS[0]}"', 'kid="video"')),
        GOOD.edited((KIDS[1], KIDS[0])),
    ],
    "request.one-scheme": [
        GOOD.edited((' commonEncryptionScheme="cbcs"', "")),
        GOOD.edited(
            (f'kid="{KIDS[0]}" commonEncryptionScheme="cbcs"', f'kid="{KIDS[0]}" commonEncryptionScheme="cenc"')
        ),
    ],
    "request.scheme-of-its-version": [Ask(scheme="SAMPLE-AES"), Ask(version="2.1", scheme="rot13")],
    "request.ivs-sound": [Ask(explicit_iv="AAAA"), Ask(explicit_iv="0123456789abcdef0123456789abcdef=")],
    "request.drm-systems-sound": [
        Ask(systems=("widevine",)),
        GOOD.edited((f'DRMSystem kid="{KIDS[0]}"', f'DRMSystem kid="{KIDS[9]}"')),
    ],
    "request.hls-in-pairs": [
        GOOD.edited(('<cpix:HLSSignalingData playlist="master"/>', "")),
        GOOD.edited(('playlist="master"', 'playlist="multiVariant"')),
    ],
    "request.periods-identified": [
        Ask(periods=('index="1"',)),
        Ask(periods=('id="keyPeriod_1"',)),
        Ask(periods=('id="keyPeriod_1" index="1"', 'id="keyPeriod_1" index="2"')),
    ],
    "request.periods-without-times": [
        Ask(periods=('id="keyPeriod_1" index="1" start="2026-01-01T00:00:00Z" end="2026-01-01T01:00:00Z"',))
    ],
    "request.certificates-sound": [Ask(certificates=("",)), Ask(certificates=("AAAA",))],
    "contract.rule-for-each-key": [
        GOOD.edited((f'ContentKeyUsageRule kid="{KIDS[1]}"', f'ContentKeyUsageRule kid="{KIDS[0]}"'))
    ],
    "contract.rules-complete": [
        rules(("", BARE)),
        rules(("SD+", f"{BARE}{BARE}")),
        GOOD.edited((f'ContentKeyUsageRule kid="{KIDS[1]}"', f'ContentKeyUsageRule kid="{KIDS[9]}"')),
    ],
    "contract.track-types-unique": [rules(("VIDEO", "<cpix:VideoFilter/>"), ("VIDEO", "<cpix:VideoFilter/>"))],
    "contract.filter-in-each-rule": [rules(("VIDEO", ""), ("AUDIO", BARE)), rules(("AUDIO", "<AudioFilter/>"))],
    "contract.all-is-bare": [
        rules(("ALL", "<cpix:VideoFilter/>")),
        rules(("ALL", '<cpix:VideoFilter maxPixels="1"/><cpix:AudioFilter/>')),
    ],
    "contract.filters-as-many-as-parts": [rules(("SD+HD1", '<cpix:VideoFilter maxPixels="921600"/>'), ("AUDIO", BARE))],
    "contract.filters-supported": [
        rules(("AUDIO", f'<cpix:LabelFilter label="x"/>{BARE}')),
        rules(("AUDIO", '<cpix:AudioFilter bitrate="1"/>')),
    ],
    "contract.rules-name-their-period": [
        GOOD.edited(('<cpix:KeyPeriodFilter periodId="keyPeriod_1"/>', "")),
        GOOD.edited(('<cpix:KeyPeriodFilter periodId="keyPeriod_1"/>', '<cpix:KeyPeriodFilter periodId="other"/>')),
    ],
}
NOT_MUST = {
    "contract.two-keys": ("ADVISORY", Ask(contract=ONE_KEY)),
    "contract.no-disputed-filters": ("NOTE", rules(("VIDEO", '<cpix:VideoFilter wcg="true"/>'), ("AUDIO", BARE))),
    "request.authentication": ("RECORDED", GOOD),
}
OVER_TIME = {"request.kids-kept-and-renewed", "request.no-v1-after-refusal"}


def test_every_duty_is_proven_to_fail() -> None:
    assert set(load_request_checks()) == {*WRONG, *NOT_MUST, *OVER_TIME}


@pytest.mark.parametrize(
    "ask",
    [
        GOOD,
        Ask(version="2.1"),
        Ask(periods=()),
        Ask(explicit_iv=None),
        Ask(signals="<cpix:PSSH/><cpix:ContentProtectionData/>"),
        Ask(version="2.1", scheme="SAMPLE-AES"),
        Ask(
            version="2.1",
            periods=('id="keyPeriod_1" index="1" start="2026-01-01T00:00:00Z" end="2026-01-02T00:00:00Z"',),
        ),
        Ask(
            contract=(("SD+HD", '<cpix:VideoFilter maxPixels="9"/><cpix:VideoFilter minPixels="10"/>'), ("AUDIO", BARE))
        ),
        GOOD.edited(("cpix:", "c:"), ("xmlns:cpix", "xmlns:c")).edited(("film-1", "film 1 &amp; 2")),
    ],
)
def test_a_right_request_breaks_no_duty(ask: Ask) -> None:
    assert Trial().send(ask).end().found("FAIL", "ADVISORY", "NOTE", "ERROR") == set()


@pytest.mark.parametrize(
    ("request_check", "ask"), [(request_check, ask) for request_check, asks in WRONG.items() for ask in asks]
)
def test_a_wrong_request_breaks_its_duty(request_check: str, ask: Ask) -> None:
    assert request_check in failing(ask)


@pytest.mark.parametrize("request_check", NOT_MUST)
def test_what_is_no_must_is_graded_so(request_check: str) -> None:
    verdict, ask = NOT_MUST[request_check]
    assert request_check in Trial().send(ask).end().found(verdict)


def test_a_kid_is_kept_within_a_period_and_renewed_with_the_next() -> None:
    other = GOOD.edited((KIDS[0], KIDS[20]), (KIDS[1], KIDS[21]))
    next_period = (('id="keyPeriod_1" index="1"', 'id="keyPeriod_1" index="2"'),)
    assert failing(GOOD, GOOD) == set()
    assert failing(GOOD, other.edited(*next_period)) == set()
    assert failing(GOOD, other) == {"request.kids-kept-and-renewed"}
    assert failing(GOOD, GOOD.edited(*next_period)) == {"request.kids-kept-and-renewed"}
    assert failing(GOOD, Ask(content_id="film-2").edited((KIDS[0], KIDS[20]))) == set()
    assert failing(GOOD, Ask(scheme="cenc").edited((KIDS[0], KIDS[20]))) == set(), "another scheme may have other kids"


def test_no_retry_with_v1_after_a_refusal() -> None:
    refused = GOOD.edited(('commonEncryptionScheme="cbcs"', 'commonEncryptionScheme="cens"'))
    v1 = Ask(headers=(XML,)).edited(('contentId="film-1"', 'id="film-1"'))
    assert "request.no-v1-after-refusal" in failing(refused, v1)
    assert "request.no-v1-after-refusal" not in failing(GOOD, v1)
    assert "request.no-v1-after-refusal" not in failing(v1)


@pytest.mark.parametrize(
    "body", [b"", b"\0\xff", b"<a/>", b"<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>", b"x" * 2_000_000]
)
def test_garbage_is_judged_and_breaks_nothing_of_ours(body: bytes) -> None:
    trial = Trial(proxy=True).pass_by("POST", (XML, V20), body, HttpAnswer(200, (), body)).end()
    assert "request.is-cpix" in trial.found()
    assert trial.found("ERROR") == set()
    assert len(trial.lines[0]) < 1000


def test_every_rule_of_the_encryptor_is_asked_or_says_why_not() -> None:
    document, _ = Trial().send(GOOD).end().document()
    silent = {one.requirement for one in document.not_covered if one.kind != "untestable"}
    assert silent == set()
    asked = {name for check in load_request_checks().values() for name in check.requirements}
    assert asked <= set(load_catalogue().encryptor_requirements)
