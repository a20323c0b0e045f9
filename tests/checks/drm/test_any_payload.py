"""What holds for the payloads of every DRM system: their base64, and the KIDs that show in them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from conformance.checks.drm.any_payload import every_payload, every_payload_with_kids
from conformance.refserver import Config
from tests.checks.drm.signalling import (
    BOTH_LINES,
    KID,
    PROTECTION,
    PSSH,
    SECOND_KID,
    SMOOTH,
    STRANGER,
    asking,
    cenc_pssh,
    data,
    fragment,
    line,
    of,
)
from tests.checks.exchange import Change, a_step, add, all_of, answered, as_it_is, attribute, drop, finds, says, text
from tests.drm.builders import box, field
from tests.refserver.asking import FAIRPLAY, KIDS, PLAYREADY, SIGNALS, WIDEVINE, Ask

WV = asking(WIDEVINE, PSSH)
ALL = Ask(systems=(WIDEVINE, PLAYREADY, FAIRPLAY), signals=SIGNALS)
OWN = field(2, KID.bytes)
NIL = UUID(int=0)


def own(text_of: Callable[[str], str]) -> Change:
    """The base64 of the first PSSH, written otherwise."""
    right = base64.b64encode(box(OWN + field(3, b"p"))).decode()
    return text(of(WIDEVINE, "PSSH"), text_of(right))


WRONG = [
    (
        "drm.payloads-base64",
        own(lambda text: text.replace("+", "-").replace("/", "_").replace("A", "_", 1)),
        "the url-safe alphabet is for URLs",
    ),
    ("drm.payloads-base64", own(lambda text: text.rstrip("=")[:-1]), "base64 (RFC 4648, section 4)"),
    ("drm.payloads-base64", own(lambda text: text + "="), "base64 (RFC 4648, section 4)"),
    ("drm.payloads-base64", own(lambda text: text.replace("A", "é", 1)), "base64 (RFC 4648, section 4)"),
    (
        "drm.kids-not-nil",
        attribute("(//cpix:ContentKey)[1]", "kid", str(NIL)),
        "ContentKey[1]/@kid: a KID; seen: the nil UUID",
    ),
    (
        "drm.kids-not-nil",
        attribute("(//cpix:DRMSystem)[1]", "kid", str(NIL)),
        "DRMSystem[1]/@kid: a KID; seen: the nil UUID",
    ),
    ("drm.kids-not-nil", data(OWN + field(2, NIL.bytes)), "the nil UUID in"),
    ("drm.kids-not-text", data(OWN + field(2, b"video-track-hd-1")), "16 printable characters in"),
    ("drm.extra-kids-known", data(OWN + field(2, STRANGER.bytes)), f"only KIDs of the document; seen: {STRANGER}"),
    ("drm.extra-kids-known", data(OWN + field(2, SECOND_KID.bytes_le)), "in the wrong order"),
    (
        "drm.payloads-differ-by-key",
        all_of(data(OWN), text(of(WIDEVINE, "PSSH", 2), box(OWN))),
        f"a PSSH of its own; seen: the same bytes as for KID {KID} a ready-made payload?",
    ),
]

HARMLESS = [
    ("drm.payloads-base64", own(lambda text: f"\n {text[:20]}\r\n\t{text[20:]} ")),
    ("drm.kids-not-nil", data(OWN)),
    ("drm.kids-not-text", data(OWN)),
    ("drm.extra-kids-known", data(OWN + field(2, SECOND_KID.bytes))),
    ("drm.extra-kids-known", data(field(2, STRANGER.bytes))),
    (
        "drm.payloads-differ-by-key",
        all_of(
            data(OWN + field(2, SECOND_KID.bytes)), text(of(WIDEVINE, "PSSH", 2), box(OWN + field(2, SECOND_KID.bytes)))
        ),
    ),
    ("drm.payloads-differ-by-key", all_of(data(field(4, b"x")), text(of(WIDEVINE, "PSSH", 2), box(field(4, b"x"))))),
]


@pytest.mark.parametrize(("check", "change", "words"), WRONG)
def test_a_wrong_payload_is_found(check: str, change: Change, words: str) -> None:
    assert words in finds(check, change, WV)


@pytest.mark.parametrize(("check", "change"), HARMLESS)
def test_a_harmless_payload_is_left_alone(check: str, change: Change) -> None:
    assert finds(check, change, WV) == ""


def test_stray_bits_in_the_last_character_are_told() -> None:
    right = base64.b64encode(box(OWN)).decode()
    assert right.endswith("=")
    last = right.rstrip("=")[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    stray = right.rstrip("=")[:-1] + alphabet[alphabet.index(last) + 1] + "=" * right.count("=")
    assert "set to zero; seen: bits that are not zero" in finds(
        "drm.base64-pad-bits-zero", text(of(WIDEVINE, "PSSH"), stray), WV
    )
    assert finds("drm.base64-pad-bits-zero", text(of(WIDEVINE, "PSSH"), right), WV) == ""


@pytest.mark.parametrize(
    ("signals", "change"),
    [
        (PROTECTION, fragment(cenc_pssh(box(OWN)).replace("AAAA", "A_AA", 1))),
        (BOTH_LINES, line(lambda text: text.replace("AAAA", "A_AA", 1))),
    ],
)
def test_base64_inside_a_payload_is_held_to_the_same_rule(signals: str, change: Change) -> None:
    assert "base64 (RFC 4648, section 4)" in finds("drm.payloads-base64", change, asking(WIDEVINE, signals))


def test_a_kid_that_was_asked_for_may_read_as_text() -> None:
    spelled = str(UUID(bytes=b"video-track-hd-1"))
    asked = WV.edited((KIDS[1], spelled))
    echoed = all_of(attribute(f"//*[@kid='{KIDS[1]}']", "kid", spelled), data(OWN + field(2, b"video-track-hd-1")))
    assert says("drm.kids-not-text", answered(WV, echoed, asked=asked)) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (as_it_is, ""),
        (data(OWN), "the same bytes as the first time; seen:"),
        (drop(of(WIDEVINE, "PSSH")), ""),
        (text("(//pskc:PlainValue)[1]", bytes(range(16))), "untestable: the content keys or KIDs differ already"),
    ],
)
def test_the_same_request_gets_the_same_signalling(change: Change, words: str) -> None:
    first = answered(WV, step=a_step(id="first"))
    said = says("drm.signalling-repeats", answered(WV, change, step=a_step(id="now"), earlier=[first]))
    assert (words in said) if words else said == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (as_it_is, ""),
        (attribute("(//cpix:HDCPData)[1]", "HLSHDCPLevel", "NONE"), "/@HLSHDCPLevel"),
        (text("(//cpix:HDCPOutputProtectionData)[1]", "AAAA"), "seen: another value"),
        (drop("(//cpix:HDCPData)[1]"), "seen: none"),
        (attribute("(//cpix:ContentProtectionData)[1]", "robustness", None), "/@robustness"),
        (attribute("(//cpix:DRMSystem)[1]", "HLSAllowedCPC", "com.example:X"), "/@HLSAllowedCPC"),
    ],
)
def test_the_same_request_gets_the_same_additions(change: Change, words: str) -> None:
    asked = replace(ALL, version="2.1")
    first = answered(asked, step=a_step(id="first"))
    said = says("drm.signalling-repeats", answered(asked, change, step=a_step(id="now"), earlier=[first]))
    assert (words in said) if words else said == ""


def test_every_filled_payload_is_there_with_the_kids_that_show() -> None:
    context = answered(ALL)
    assert len(every_payload(context).items) == 2 * (4 + 4 + 2)
    shown = {
        (kind, item.signal.system, item.signal.kid) for kind, item, kids in every_payload_with_kids(context) if kids
    }
    assert ("PSSH", "widevine", KID) in shown and ("HLSSignalingData", "fairplay", SECOND_KID) in shown
    emptied = answered(ALL, text("(//cpix:PSSH)[1]", ""), text("(//cpix:PSSH)[2]", "?"))
    assert (len(every_payload(emptied).items), len(every_payload(emptied).failures)) == (18, 1)


def test_a_smooth_header_of_another_system_shows_no_kid() -> None:
    context = answered(asking(WIDEVINE, SMOOTH))
    assert [kids for kind, _, kids in every_payload_with_kids(context) if kind.startswith("Smooth")] == [(), ()]


def test_right_answers_of_every_kind_are_right() -> None:
    for config in (Config(), Config(all_kids_in_pssh=True), Config(widevine_pssh_version=1), Config(kid_override=True)):
        context = answered(ALL, config=config)
        for check in sorted({check for check, *_ in WRONG} | {"drm.base64-pad-bits-zero"}):
            assert says(check, context) == "", (check, config)


def test_an_answer_without_payloads_has_nothing_to_look_at() -> None:
    bare = answered(WV, drop("//cpix:PSSH"), add("(//cpix:DRMSystem)[1]", "<cpix:PSSH/>"))
    for check in (
        "drm.payloads-base64",
        "drm.base64-pad-bits-zero",
        "drm.extra-kids-known",
        "drm.payloads-differ-by-key",
    ):
        assert says(check, bare).startswith("not applicable"), check
