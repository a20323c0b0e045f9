"""What no operator can accept: keys that protect nothing, that change by themselves, or are somebody else's."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from conformance.checks.context import Context
from conformance.refserver import Config, Style
from tests.checks.exchange import (
    KEY,
    SECOND_KEY,
    Change,
    a_step,
    all_of,
    answered,
    as_it_is,
    attribute,
    finds,
    refusal,
    says,
    text,
)
from tests.refserver.asking import FAIRPLAY, KIDS, WIDEVINE, Ask

FIRST, SECOND = "(//pskc:PlainValue)[1]", "(//pskc:PlainValue)[2]"
VIDEO, AUDIO = UUID(KIDS[0]), UUID(KIDS[1])
OTHER_KIDS = Ask(content_id="film-2").edited((KIDS[0], KIDS[7]), (KIDS[1], KIDS[8]))

WRONG = [
    ("keys.not-zero", text(FIRST, bytes(16)), f"a random key for KID {VIDEO}; seen: zeros only"),
    ("keys.not-constant", text(SECOND, b"\xaa" * 16), f"a random key for KID {AUDIO}; seen: one byte repeated"),
    ("keys.differ-from-kid", text(FIRST, VIDEO.bytes), f"the bytes of KID {VIDEO} in plain byte order"),
    ("keys.differ-from-kid", text(FIRST, VIDEO.bytes_le), f"the bytes of KID {VIDEO} in GUID byte order"),
    ("keys.differ-from-kid", text(FIRST, AUDIO.bytes), f"the bytes of KID {AUDIO}"),
    (
        "keys.values-distinct",
        all_of(text(FIRST, KEY), text(SECOND, KEY)),
        f"for KID {AUDIO}; seen: the same value as KID",
    ),
]

HARMLESS = [
    ("keys.not-zero", text(FIRST, bytes(15) + b"\1")),
    ("keys.not-zero", text(FIRST, b"\xaa" * 16)),
    ("keys.not-constant", text(FIRST, bytes(16))),
    ("keys.not-constant", text(FIRST, b"\xaa" * 15 + b"\xab")),
    ("keys.differ-from-kid", text(FIRST, UUID(KIDS[9]).bytes)),
    ("keys.values-distinct", all_of(text(FIRST, KEY), text(SECOND, SECOND_KEY))),
    ("keys.values-distinct", all_of(text(FIRST, bytes(16)), text(SECOND, bytes(16)))),
]


@pytest.mark.parametrize(("check", "change", "words"), WRONG)
def test_a_key_that_protects_nothing_is_found(check: str, change: Change, words: str) -> None:
    assert words in finds(check, change)


@pytest.mark.parametrize(("check", "change"), HARMLESS)
def test_its_neighbour_is_left_alone(check: str, change: Change) -> None:
    assert finds(check, change) == ""


def test_the_kid_of_the_request_gives_a_key_away_too_where_the_server_has_its_own() -> None:
    context = answered(None, text(FIRST, VIDEO.bytes), config=Config(kid_override=True))
    assert f"the bytes of KID {VIDEO}" in says("keys.differ-from-kid", context)


# --- the same key again


def story(check: str, now: Ask, *changes: Change, config: Config | None = None, between: tuple[Ask, ...] = ()) -> str:
    """What a check says of a request after the usual one, and others in between."""
    earlier = [answered(Ask(), step=a_step(id="first"))]
    earlier += [answered(ask, step=a_step(id=f"between-{place}")) for place, ask in enumerate(between)]
    return says(check, answered(now, *changes, config=config, step=a_step(id="now"), earlier=earlier))


COMPARED = [
    ("safety.same-key-on-repetition", Ask(), (), "the content key of KID"),
    ("safety.key-independent-of-systems", Ask(systems=(WIDEVINE,)), (), "for another choice of DRM systems"),
    ("safety.key-independent-of-systems", Ask(signals="<cpix:PSSH/>", systems=(WIDEVINE,)), (), "as in step first"),
    ("safety.key-independent-of-style", Ask().edited(("></cpix:ContentKey>", " ></cpix:ContentKey>")), (), "spelling"),
    ("safety.key-independent-of-history", Ask(), (OTHER_KIDS,), "after other requests"),
]


@pytest.mark.parametrize(("check", "now", "between", "words"), COMPARED)
def test_a_key_that_changes_by_itself_is_found(check: str, now: Ask, between: tuple[Ask, ...], words: str) -> None:
    assert story(check, now, between=between) == ""
    said = story(check, now, text(FIRST, KEY), between=between)
    assert words in said and f"KID {VIDEO}" in said and "a key that no KID has there" in said


def test_a_key_of_another_kid_is_named_by_its_owner() -> None:
    before = answered(Ask(), step=a_step(id="first"))
    again = answered(Ask(), text(FIRST, before.keys[AUDIO]), step=a_step(id="now"), earlier=[before])
    assert f"the key that KID {AUDIO} has there" in says("safety.same-key-on-repetition", again)


@pytest.mark.parametrize(
    "check",
    ["safety.same-key-on-repetition", "safety.key-independent-of-systems", "safety.key-independent-of-style"],
)
def test_another_scheme_may_have_another_key(check: str) -> None:
    assert story(check, Ask(scheme="cenc", systems=(WIDEVINE,)), text(FIRST, KEY)).startswith(
        "untestable: the exchange"
    )


def test_a_kid_of_the_servers_own_that_changes_leaves_the_keys_uncompared() -> None:
    said = story("safety.same-key-on-repetition", Ask(), config=Config(kid_override=True))
    assert said.startswith(f"untestable: KID {VIDEO} is answered as")


def test_where_the_plain_repetition_differs_there_is_one_root_cause() -> None:
    first = answered(Ask(), step=a_step(id="first"))
    again = answered(Ask(), text(FIRST, KEY), step=a_step(id="again"), earlier=[first])
    for ask, check in (
        (Ask(systems=(FAIRPLAY,)), "safety.key-independent-of-systems"),
        (Ask(systems=(WIDEVINE, FAIRPLAY)), "safety.key-independent-of-systems"),
    ):
        now = answered(ask, text(FIRST, KEY), step=a_step(id="now"), earlier=[first, again])
        assert says(check, now).startswith("untestable: already the plain repetition")
    spelled = Ask().edited(("></cpix:ContentKey>", " ></cpix:ContentKey>"))
    now = answered(spelled, text(FIRST, SECOND_KEY), step=a_step(id="now"), earlier=[first, again])
    assert says("safety.key-independent-of-style", now).startswith("untestable: already the plain repetition")


# --- other contents


def test_another_content_with_the_same_key_is_found() -> None:
    check = "safety.keys-distinct-across-contents"
    first = answered(Ask(), text(FIRST, KEY), step=a_step(id="first"))
    now = a_step(id="now")
    assert says(check, answered(OTHER_KIDS, step=now, earlier=[first])) == ""
    said = says(check, answered(OTHER_KIDS, text(SECOND, KEY), step=now, earlier=[first]))
    assert f"KID {KIDS[8]}; seen: the same value as KID {VIDEO} of another content (step first)" in said


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (as_it_is, "another key under another contentId"),
        (attribute(f"//*[@kid='{KIDS[0]}']", "kid", KIDS[9]), "KIDs of the server's own"),
    ],
)
def test_what_a_kid_gets_under_two_contents_is_recorded(change: Change, seen: str) -> None:
    first = answered(Ask(), text(FIRST, KEY), step=a_step(id="first"))
    now = answered(Ask(content_id="film-2"), change, step=a_step(id="now"), earlier=[first])
    assert f"(silent); seen: {seen}" in says("safety.same-kid-in-two-contents", now)


def test_a_key_of_the_kid_alone_is_recorded_as_such() -> None:
    first = answered(Ask(), step=a_step(id="first"))
    same = attribute("/*", "contentId", "film-2")
    now = answered(Ask(), same, asked=Ask(content_id="film-2"), step=a_step(id="now"), earlier=[first])
    assert "the same key under both contentIds" in says("safety.same-kid-in-two-contents", now)


# --- whose answer it is


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (attribute("/*", "contentId", "film-2"), "/CPIX/@contentId: 'film-1'; seen: 'film-2'"),
        (attribute(f"//*[@kid='{KIDS[0]}']", "kid", KIDS[7]), "the KIDs of the request; seen: KIDs of step first"),
        (attribute("/*", "contentId", "somebody's else"), 'seen: "somebody\'s else"'),
        # Lost or altered is echo.content-id.
        (attribute("/*", "contentId", None), ""),
        (attribute("/*", "contentId", "FILM-1 "), ""),
        (attribute(f"//*[@kid='{KIDS[0]}']", "kid", KIDS[20]), ""),
        (as_it_is, ""),
    ],
)
def test_an_answer_that_belongs_to_another_request_is_found(change: Change, words: str) -> None:
    other = answered(OTHER_KIDS, step=a_step(id="first"))
    said = says("safety.answers-not-mixed", answered(Ask(), change, step=a_step(id="now"), earlier=[other]))
    assert (words in said) if words else said == ""


def test_an_answer_without_keys_is_no_partner() -> None:
    refused: Context = answered(Ask(), refusal(), step=a_step(id="first"))
    now = answered(Ask(), step=a_step(id="now"), earlier=[refused])
    assert says("safety.same-key-on-repetition", now).startswith("untestable: the exchange to compare with")


@pytest.mark.parametrize(
    "style", [Style(uppercase_uuids=True), Style(cdata=True, folded_base64=64), Style(list_order="reversed")]
)
def test_the_dress_of_the_answer_does_not_matter(style: Style) -> None:
    for check, now, between, _ in COMPARED:
        assert story(check, now, config=replace(Config(), style=style), between=between) == "", check
