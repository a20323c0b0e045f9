"""Every DRMSystem comes back once, with what was asked of it; one that nobody knows is refused."""

from __future__ import annotations

import pytest

from tests.checks.drm.signalling import BOTH_LINES, PROTECTION, PSSH, SMOOTH, asking, of
from tests.checks.exchange import (
    Change,
    add,
    all_of,
    answered,
    as_it_is,
    attribute,
    drop,
    finds,
    refusal,
    says,
    text,
    twice,
)
from tests.refserver.asking import CLEARKEY, FAIRPLAY, IRDETO, KIDS, PLAYREADY, SIGNALS, WIDEVINE, Ask

FIRST = "(//cpix:DRMSystem)[1]"
UNKNOWN = "6f2d6b1c-93d5-4c8e-a1f7-5d0b8e3c2a49"
STRANGER = "11111111-2222-4333-8444-555555555555"
WV = asking(WIDEVINE, SIGNALS)
PR = asking(PLAYREADY, SIGNALS + SMOOTH, "cenc")

WRONG = [
    ("drm.list-not-empty", drop("//cpix:DRMSystem"), WV, "at least one DRMSystem; seen: none"),
    (
        "drm.systems-all-answered",
        drop(FIRST),
        WV,
        f"a DRMSystem of Widevine for KID {KIDS[0]}; seen: none with this KID",
    ),
    ("drm.systems-all-answered", attribute(FIRST, "systemId", PLAYREADY), WV, "must be refused, not left out"),
    ("drm.no-extra-systems", all_of(twice(FIRST), attribute(FIRST, "systemId", IRDETO)), WV, "one more: Irdeto"),
    (
        "drm.kid-and-system-id-are-uuids",
        attribute(FIRST, "kid", None),
        WV,
        "@kid: a UUID (8-4-4-4-12 hexadecimal digits); seen: absent",
    ),
    (
        "drm.kid-and-system-id-are-uuids",
        attribute(FIRST, "systemId", ""),
        WV,
        "@systemId: a UUID (8-4-4-4-12 hexadecimal digits); seen: empty",
    ),
    ("drm.kid-and-system-id-are-uuids", attribute(FIRST, "systemId", f"urn:uuid:{WIDEVINE}"), WV, "seen: 'urn:uuid:"),
    ("drm.kid-known", attribute(FIRST, "kid", STRANGER), WV, f"{STRANGER}, which no ContentKey has"),
    ("drm.kid-known", attribute("(//cpix:ContentKey)[1]", "kid", STRANGER), WV, "the KIDs are replaced in part only"),
    ("drm.kid-and-system-unique", twice(FIRST), WV, f"another one of Widevine for KID {KIDS[0]}"),
    ("drm.children-not-repeated", twice(f"{FIRST}/cpix:PSSH"), WV, "PSSH: at most 1; seen: 2"),
    (
        "drm.children-not-repeated",
        twice(f"{FIRST}/cpix:HLSSignalingData[1]"),
        WV,
        "HLSSignalingData: at most 2; seen: 3",
    ),
    (
        "drm.system-registered",
        attribute(FIRST, "systemId", STRANGER),
        WV,
        f"a system ID of the DASH-IF registry; seen: {STRANGER}",
    ),
    ("pssh.filled", drop(of(WIDEVINE, "PSSH")), WV, "1 filled PSSH; seen: none in the answer"),
    ("pssh.filled", text(of(WIDEVINE, "PSSH"), ""), WV, "a filled PSSH; seen: an empty one"),
    ("pssh.filled", text(of(WIDEVINE, "PSSH"), " \n"), WV, "a filled PSSH; seen: an empty one"),
    (
        "protection.filled",
        drop(of(WIDEVINE, "ContentProtectionData")),
        WV,
        "1 filled ContentProtectionData; seen: none",
    ),
    ("hls.filled", drop(of(WIDEVINE, "HLSSignalingData[2]")), WV, "2 filled HLSSignalingData; seen: 1 in the answer"),
    ("hls.filled", text(of(WIDEVINE, "HLSSignalingData[2]"), ""), WV, "a filled HLSSignalingData; seen: an empty one"),
    ("smooth.filled", text(of(PLAYREADY, "SmoothStreamingProtectionHeaderData"), ""), PR, "a filled SmoothStreaming"),
]

HARMLESS = [
    ("drm.systems-all-answered", attribute(FIRST, "systemId", WIDEVINE.upper()), WV),
    ("drm.no-extra-systems", attribute(FIRST, "kid", KIDS[0].upper()), WV),
    ("drm.kid-known", attribute(FIRST, "kid", KIDS[0].upper()), WV),
    ("drm.kid-known", attribute(f"//*[@kid='{KIDS[0]}']", "kid", STRANGER), WV),
    ("drm.system-registered", attribute(FIRST, "systemId", IRDETO), WV),
    ("drm.children-not-repeated", add(FIRST, '<x xmlns="urn:x"/>'), WV),
    ("pssh.filled", text(of(WIDEVINE, "PSSH"), "?"), WV),
    ("hls.filled", add(FIRST, "<cpix:PSSH/>"), WV),
]


@pytest.mark.parametrize(("check", "change", "ask", "words"), WRONG)
def test_a_wrong_list_of_systems_is_found(check: str, change: Change, ask: Ask, words: str) -> None:
    assert words in finds(check, change, ask)


@pytest.mark.parametrize(("check", "change", "ask"), HARMLESS)
def test_a_harmless_list_is_left_alone(check: str, change: Change, ask: Ask) -> None:
    assert finds(check, change, ask) == ""


@pytest.mark.parametrize(
    ("check", "edit", "echo"),
    [
        (
            "drm.kid-known",
            (f'DRMSystem kid="{KIDS[0]}"', f'DRMSystem kid="{STRANGER}"'),
            attribute(FIRST, "kid", STRANGER),
        ),
        (
            "drm.kid-and-system-id-are-uuids",
            (f'DRMSystem kid="{KIDS[0]}"', 'DRMSystem kid="x"'),
            attribute(FIRST, "kid", "x"),
        ),
        ("drm.kid-and-system-unique", (KIDS[1], KIDS[0]), attribute(f"//*[@kid='{KIDS[1]}']", "kid", KIDS[0])),
        ("drm.children-not-repeated", ("<cpix:PSSH/>", "<cpix:PSSH/><cpix:PSSH/>"), twice(f"{FIRST}/cpix:PSSH")),
    ],
)
def test_a_defect_of_the_request_that_comes_back_is_no_finding(check: str, edit: tuple[str, str], echo: Change) -> None:
    assert says(check, answered(WV, echo, asked=WV.edited(edit))) == ""


def test_a_system_that_was_asked_for_twice_may_come_back_twice_under_another_kid() -> None:
    """The KIDs of an answer may be others than those of the request."""
    asked_twice = WV.edited((KIDS[1], KIDS[0]))
    answer = attribute(f"//*[@kid='{KIDS[1]}']", "kid", KIDS[0])
    replaced = attribute(f"//*[@kid='{KIDS[0]}']", "kid", STRANGER)
    assert says("drm.kid-and-system-unique", answered(WV, answer, replaced, asked=asked_twice)) == ""


@pytest.mark.parametrize(("system", "scheme"), [(FAIRPLAY, "cbcs"), (CLEARKEY, "cbc1")])
def test_systems_without_a_box_may_leave_its_placeholders_empty(system: str, scheme: str) -> None:
    ask = asking(system, PSSH + PROTECTION + BOTH_LINES, scheme)
    for check in ("pssh.filled", "protection.filled"):
        assert says(check, answered(ask)).startswith("not applicable"), check
    assert says("hls.filled", answered(ask)) == ""


TO_NOBODY = WV.edited((WIDEVINE, UNKNOWN))
ECHOED = attribute("//cpix:DRMSystem", "systemId", UNKNOWN)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (refusal(422), ""),
        (refusal(500), ""),
        (ECHOED, ""),
        (drop("//cpix:DRMSystem"), f"a refusal; seen: a 200 without the DRMSystem {UNKNOWN}"),
        (
            all_of(ECHOED, text(f"{FIRST}/cpix:PSSH", "")),
            "or every placeholder filled; seen: a 200 with empty placeholders",
        ),
        (all_of(ECHOED, drop(f"{FIRST}/cpix:PSSH")), "or every placeholder filled; seen: a 200 without some of them"),
        (all_of(ECHOED, drop("//cpix:DRMSystem/*")), "a 200 without some of them"),
    ],
)
def test_a_system_that_nobody_knows_is_refused_or_filled(change: Change, words: str) -> None:
    said = says("drm.unknown-system-not-left-unfilled", answered(WV, change, asked=TO_NOBODY))
    assert (words in said) if words else said == ""
    assert says("drm.unknown-system-not-left-unfilled", answered(WV)) == "is not asked of such a request"


@pytest.mark.parametrize(
    ("scheme", "words"), [("cens", "Widevine answered for cens"), ("cbc1", "Widevine answered for cbc1")]
)
def test_a_scheme_that_vendors_do_not_support_is_told(scheme: str, words: str) -> None:
    check, asked = "drm.rare-schemes-refused", asking(WIDEVINE, SIGNALS, scheme)
    assert f"a refusal; seen: {words}" in says(check, answered(WV, asked=asked))
    assert says(check, answered(WV, refusal(), asked=asked)) == ""
    assert says(check, answered(WV)).startswith("not applicable")
    assert says(check, answered(asking(CLEARKEY, BOTH_LINES, "cbc1"))) == ""


def test_rotated_keys_have_boxes_of_their_own_in_2_1() -> None:
    check = "drm.rotated-keys-have-boxes"
    periods = ('id="keyPeriod_1" index="1"', 'id="keyPeriod_2" index="2"')
    ask = Ask(version="2.1", systems=(WIDEVINE, FAIRPLAY), signals=SIGNALS, periods=periods)
    assert says(check, answered(ask)) == ""
    assert "(Widevine): a filled PSSH; seen: none" in finds(check, drop(of(WIDEVINE, "PSSH")), ask)
    assert "a filled ContentProtectionData" in finds(check, text(of(WIDEVINE, "ContentProtectionData"), ""), ask)
    assert says(check, answered(WV)) == "is not asked of such a request"
    assert finds(check, as_it_is, ask) == ""
