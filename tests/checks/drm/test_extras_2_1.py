"""What SPEKE 2.1 lets a key provider add: at its place, in its form, and never in a 2.0 answer."""

from __future__ import annotations

import base64

import pytest

from conformance.refserver import Config
from tests.checks.exchange import Change, add, all_of, answered, at, attribute, drop, finds, says, text, twice
from tests.refserver.asking import FAIRPLAY, WIDEVINE, Ask

ASK = Ask(version="2.1", systems=(WIDEVINE, FAIRPLAY))
KEY, HDCP = "(//cpix:ContentKey)[1]", "(//cpix:HDCPData)[1]"
FRAGMENT = f"{HDCP}/cpix:HDCPOutputProtectionData"
SYSTEM = f"(//cpix:DRMSystem[@systemId='{WIDEVINE}'])[1]"
APPLE = f"(//cpix:DRMSystem[@systemId='{FAIRPLAY}'])[1]"
SCHEME = "urn:mpeg:dash:output-protection:hdcp:2020"


def protection(root: str) -> Change:
    """The fragment for the manifest is this."""
    return text(FRAGMENT, root.encode())


def element(scheme: str = SCHEME, value: str = ' value="2.2"', name: str = "OutputProtection") -> str:
    return f'<{name} xmlns="urn:mpeg:dash:schema:mpd:2011" schemeIdUri="{scheme}"{value}/>'


WRONG = [
    ("extras.hdcp-once-and-plain", twice(HDCP), "at most one HDCPData; seen: 2"),
    ("extras.hdcp-once-and-plain", add(HDCP, "<cpix:Level/>"), "seen: Level"),
    ("extras.hdcp-once-and-plain", attribute(HDCP, "level", "1"), "seen: @level"),
    ("extras.hdcp-once-and-plain", twice(FRAGMENT), "several HDCPOutputProtectionData"),
    (
        "extras.hdcp-level-defined",
        attribute(HDCP, "HLSHDCPLevel", "TYPE-2"),
        "NONE or TYPE-0 or TYPE-1; seen: 'TYPE-2'",
    ),
    ("extras.hdcp-level-defined", attribute(HDCP, "HLSHDCPLevel", "type-1"), "seen: 'type-1'"),
    ("extras.hdcp-level-defined", attribute(HDCP, "HLSHDCPLevel", ""), "seen: ''"),
    ("extras.hdcp-fragment-well-formed", protection("<a>"), "base64 of one or several whole XML elements"),
    ("extras.hdcp-fragment-well-formed", text(FRAGMENT, "?"), "base64 of one or several whole XML elements"),
    ("extras.hdcp-fragment-well-formed", text(FRAGMENT, ""), "whole XML elements; seen: nothing"),
    (
        "extras.hdcp-fragment-well-formed",
        text(FRAGMENT, b"\xef\xbb\xbf" + element().encode()),
        "a byte order mark before it",
    ),
    (
        "extras.hdcp-fragment-is-output-protection",
        protection(element(name="ContentProtection")),
        "one OutputProtection of",
    ),
    ("extras.hdcp-fragment-is-output-protection", protection(element() * 2), "one OutputProtection of"),
    ("extras.hdcp-fragment-is-output-protection", protection(element("urn:x")), f"schemeIdUri {SCHEME}; seen: 'urn:x'"),
    (
        "extras.hdcp-fragment-is-output-protection",
        protection(element(value=' value=" "')),
        "the version of HDCP; seen: none",
    ),
    (
        "extras.hdcp-before-data",
        at(KEY, lambda key: key.append(key[0])),
        "HDCPData before Data; seen: HDCPData after Data",
    ),
    (
        "extras.robustness-not-empty",
        attribute(f"{SYSTEM}/cpix:ContentProtectionData", "robustness", " "),
        "seen: an empty one",
    ),
    (
        "extras.attributes-at-their-place",
        attribute(SYSTEM, "robustness", "x"),
        "robustness on ContentProtectionData; seen: it on DRMSystem",
    ),
    (
        "extras.attributes-at-their-place",
        attribute("(//cpix:PSSH)[1]", "HLSAllowedCPC", "x"),
        "HLSAllowedCPC on DRMSystem",
    ),
    (
        "extras.attributes-at-their-place",
        attribute("(//cpix:HLSSignalingData)[1]", "allowedCPC", "x"),
        "allowedCPC on no element",
    ),
    ("extras.allowed-cpc-form", attribute(SYSTEM, "HLSAllowedCPC", "no-colon"), "@HLSAllowedCPC"),
    ("extras.allowed-cpc-form", attribute(SYSTEM, "HLSAllowedCPC", ""), "@HLSAllowedCPC"),
    ("extras.allowed-cpc-of-its-system", attribute(SYSTEM, "HLSAllowedCPC", "identity:HIGH"), "seen: 'identity'"),
    (
        "extras.allowed-cpc-of-its-system",
        attribute(APPLE, "HLSAllowedCPC", f"urn:uuid:{WIDEVINE}:HIGH"),
        "com.apple.streamingkeydelivery; seen:",
    ),
]

HARMLESS = [
    ("extras.hdcp-once-and-plain", drop(FRAGMENT)),
    ("extras.hdcp-level-defined", attribute(HDCP, "HLSHDCPLevel", "NONE")),
    ("extras.hdcp-fragment-well-formed", protection("<a/><b/>")),
    (
        "extras.hdcp-fragment-is-output-protection",
        protection(element().replace(' xmlns="urn:mpeg:dash:schema:mpd:2011"', "")),
    ),
    ("extras.robustness-not-empty", attribute(f"{SYSTEM}/cpix:ContentProtectionData", "robustness", "HW_SECURE_ALL")),
    # Apple's own labels are mixed case.
    ("extras.allowed-cpc-form", attribute(APPLE, "HLSAllowedCPC", "com.apple.streamingkeydelivery:AppleMain/Main")),
    ("extras.allowed-cpc-of-its-system", attribute(APPLE, "HLSAllowedCPC", "com.apple.streamingkeydelivery:Main")),
    ("extras.allowed-cpc-of-its-system", attribute(SYSTEM, "HLSAllowedCPC", f"urn:uuid:{WIDEVINE}:A/B")),
]


@pytest.mark.parametrize(("check", "change", "words"), WRONG)
def test_a_wrong_addition_is_found(check: str, change: Change, words: str) -> None:
    assert words in finds(check, change, ASK)


@pytest.mark.parametrize(("check", "change"), HARMLESS)
def test_a_harmless_addition_is_left_alone(check: str, change: Change) -> None:
    assert finds(check, change, ASK) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (add(KEY, '<cpix:HDCPData HLSHDCPLevel="TYPE-0"/>', 0), "no HDCPData in SPEKE 2.0; seen: one"),
        (
            attribute("(//cpix:ContentProtectionData)[1]", "robustness", "x"),
            "@robustness: no such attribute in SPEKE 2.0",
        ),
        (attribute("(//cpix:DRMSystem)[1]", "HLSAllowedCPC", "x:Y"), "@HLSAllowedCPC: no such attribute in SPEKE 2.0"),
    ],
)
def test_a_2_0_answer_has_none_of_them(change: Change, words: str) -> None:
    assert words in finds("extras.none-in-2.0", change)


def test_a_server_that_adds_nothing_is_right() -> None:
    plain = answered(ASK, config=Config(extras_2_1=False))
    for check in sorted({check for check, *_ in WRONG}):
        assert says(check, plain) == "" or says(check, plain).startswith("not applicable"), check
    gone = all_of(drop("//cpix:HDCPData"), attribute("//cpix:DRMSystem", "HLSAllowedCPC", None))
    assert finds("extras.attributes-at-their-place", gone, ASK) == ""


def test_a_fragment_that_cannot_be_read_is_one_finding() -> None:
    broken = text(FRAGMENT, base64.b64encode(b"<a>").decode())
    assert finds("extras.hdcp-fragment-is-output-protection", broken, ASK).startswith("untestable")
    bad = attribute(SYSTEM, "HLSAllowedCPC", "no-colon")
    assert finds("extras.allowed-cpc-of-its-system", bad, ASK).startswith("untestable")
