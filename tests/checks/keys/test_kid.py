"""KID override: legal one to one and in all three places; nothing else changes with it."""

from __future__ import annotations

import pytest

from conformance.refserver import Config
from tests.checks.exchange import Change, a_step, all_of, answered, attribute, drop, finds, says
from tests.refserver.asking import KIDS, Ask

NEW, OTHER = "11111111-2222-4333-8444-555555555555", "66666666-7777-4888-9999-aaaaaaaaaaaa"
OVERRIDE = Config(kid_override=True)
VIDEO = f"[@kid='{KIDS[0]}']"


def renamed(kid: str = KIDS[0], new: str = NEW) -> Change:
    """Everywhere in the document one KID becomes another."""
    return attribute(f"//*[@kid='{kid}']", "kid", new)


WRONG = [
    ("kid.as-asked", renamed(), f"KID {KIDS[0]}; seen: KID {NEW}"),
    ("kid.as-asked", all_of(renamed(), renamed(KIDS[1], OTHER)), "(and 1 more)"),
    ("kid.override-one-to-one", all_of(renamed(), renamed(KIDS[1], NEW)), f"KID {NEW}, which also stands for"),
    (
        "kid.same-in-drm-systems",
        all_of(
            attribute(f"//cpix:ContentKey{VIDEO}", "kid", NEW),
            attribute(f"//cpix:ContentKeyUsageRule{VIDEO}", "kid", NEW),
        ),
        f"KID {NEW}, as in ContentKey; seen: KID {KIDS[0]} Here the KID of the request was left in place",
    ),
    (
        "kid.same-in-rules",
        all_of(attribute(f"//cpix:ContentKey{VIDEO}", "kid", NEW), attribute(f"//cpix:DRMSystem{VIDEO}", "kid", NEW)),
        f"KID {NEW}, as in ContentKey; seen: KID {KIDS[0]} Here the KID of the request was left in place",
    ),
    ("kid.override-changes-nothing-else", all_of(renamed(), attribute("/*", "contentId", "other")), "seen: 'other'"),
    (
        "kid.override-changes-nothing-else",
        all_of(renamed(), attribute("(//cpix:ContentKey)[1]", "commonEncryptionScheme", "cenc")),
        "'cbcs'; seen: 'cenc'",
    ),
    (
        "kid.override-changes-nothing-else",
        all_of(renamed(), attribute("//cpix:VideoFilter", "maxPixels", "1")),
        "a rule that differs in more",
    ),
    (
        "kid.override-changes-nothing-else",
        all_of(renamed(), attribute("//cpix:ContentKeyPeriod", "id", "p9")),
        "other period ids",
    ),
    ("kid.letter-case-kept", renamed(KIDS[0], KIDS[0].upper()), KIDS[0].upper()),
    (
        "kid.letter-case-kept",
        attribute("(//cpix:DRMSystem)[1]", "systemId", "EDEF8BA9-79D6-4ACE-A3C8-27DCD51D21ED"),
        "EDEF8BA9",
    ),
]

HARMLESS = [
    ("kid.as-asked", renamed(KIDS[0], KIDS[0].upper())),
    ("kid.override-one-to-one", all_of(renamed(), renamed(KIDS[1], OTHER))),
    ("kid.override-one-to-one", all_of(renamed(), renamed(KIDS[1], KIDS[0]), renamed(NEW, KIDS[1]))),
    ("kid.same-in-drm-systems", renamed()),
    ("kid.same-in-drm-systems", attribute(f"//cpix:DRMSystem{VIDEO}", "kid", KIDS[0].upper())),
    ("kid.same-in-rules", renamed()),
    ("kid.override-changes-nothing-else", renamed()),
    ("kid.override-changes-nothing-else", all_of(renamed(), drop("(//cpix:DRMSystem)[1]"))),
    ("kid.letter-case-kept", renamed()),
]


@pytest.mark.parametrize(("check", "change", "words"), WRONG)
def test_a_wrong_mapping_is_found(check: str, change: Change, words: str) -> None:
    assert words in finds(check, change)


@pytest.mark.parametrize(("check", "change"), HARMLESS)
def test_a_right_mapping_is_left_alone(check: str, change: Change) -> None:
    assert finds(check, change) == ""


def test_a_server_with_kids_of_its_own_is_right() -> None:
    for check in (
        "kid.override-one-to-one",
        "kid.same-in-drm-systems",
        "kid.same-in-rules",
        "kid.override-changes-nothing-else",
        "kid.letter-case-kept",
    ):
        assert says(check, answered(Ask(), config=OVERRIDE)) == "", check


def test_the_same_request_gets_the_same_kids() -> None:
    first = answered(Ask(), config=OVERRIDE, step=a_step(id="first"))
    again = a_step(id="again")
    assert says("kid.override-deterministic", answered(Ask(), config=OVERRIDE, step=again, earlier=[first])) == ""
    said = says("kid.override-deterministic", answered(Ask(), step=again, earlier=[first]))
    assert f"as before; seen: KID {KIDS[0]}" in said
