"""The laws of a run as checks: what any two answers may not have in common, or must."""

from __future__ import annotations

import base64

import pytest

from conformance.checks.context import Context
from conformance.refserver import Config
from tests.checks.exchange import (
    KEY,
    SECOND_KEY,
    a_step,
    all_of,
    answered,
    attribute,
    header,
    refusal,
    says,
    text,
)
from tests.checks.run.whole import whole
from tests.refserver.asking import KIDS, WIDEVINE, Ask

LAWS = (
    "run.keys-repeat",
    "run.one-key-for-one-kid",
    "run.kids-have-own-keys",
    "run.no-key-elsewhere",
    "run.payloads-made-for-their-key",
    "run.answers-belong-to-requests",
    "run.ivs-repeat",
)
FIRST, SECOND = "(//pskc:PlainValue)[1]", "(//pskc:PlainValue)[2]"
OTHER = Ask(content_id="film-2").edited((KIDS[0], KIDS[7]), (KIDS[1], KIDS[8]))
NO_IV = Ask(explicit_iv=None)
KNOWN = text(FIRST, KEY)
BOX = f"//cpix:DRMSystem[@systemId='{WIDEVINE}'][@kid='{{}}']/cpix:PSSH"


def test_right_answers_break_no_law() -> None:
    run = whole(
        answered(),
        answered(),
        answered(OTHER),
        answered(NO_IV),
        answered(Ask(version="2.1")),
        answered(Ask(systems=(WIDEVINE,))),
        answered(None, refusal()),
        answered(recipients=("rsa-2048",)),
    )
    assert {law: says(law, run) for law in LAWS} == dict.fromkeys(LAWS, "")


def box_of(context: Context, kid: str) -> bytes:
    """The Widevine box that an answer has for a KID."""
    (system,) = (
        one for one in context.document.drm_systems if one.kid == kid and (one.system_id or "").lower() == WIDEVINE
    )
    return base64.b64decode(system.pssh[0].text)


BROKEN = [
    ("run.keys-repeat", (answered(), answered(None, KNOWN)), "CASE-2::ask"),
    ("run.one-key-for-one-kid", (answered(), answered(Ask(version="2.1"), KNOWN)), f"KID {KIDS[0]}"),
    ("run.one-key-for-one-kid", (answered(), answered(NO_IV, KNOWN)), f"KID {KIDS[0]}"),
    ("run.kids-have-own-keys", (answered(None, KNOWN), answered(OTHER, text(SECOND, KEY))), KIDS[8]),
    ("run.no-key-elsewhere", (answered(None, KNOWN), answered(OTHER, header("X-Debug", KEY.hex()))), "header X-Debug"),
    ("run.no-key-elsewhere", (answered(OTHER, header("X-Debug", KEY.hex())), answered(None, KNOWN)), "header X-Debug"),
    ("run.no-key-elsewhere", (answered(None, KNOWN), answered(OTHER, refusal(422, KEY.hex()))), "body"),
    (
        "run.no-key-elsewhere",
        (
            answered(None, KNOWN),
            answered(OTHER, attribute("//cpix:ContentKey", "explicitIV", base64.b64encode(KEY).decode())),
        ),
        "@explicitIV",
    ),
    (
        "run.payloads-made-for-their-key",
        (answered(), answered(OTHER, text(BOX.format(KIDS[7]), box_of(answered(), KIDS[0])))),
        "PSSH",
    ),
    (
        "run.answers-belong-to-requests",
        (answered(), answered(OTHER, attribute("/*", "contentId", "film-1"))),
        "the contentId of CASE-1::ask",
    ),
    (
        "run.ivs-repeat",
        (answered(NO_IV), answered(NO_IV, attribute("//cpix:ContentKey", "explicitIV", "A" * 22 + "=="))),
        "IV",
    ),
]


@pytest.mark.parametrize(("law", "exchanges", "words"), BROKEN)
def test_a_broken_law_is_told_with_its_places(law: str, exchanges: tuple[Context, ...], words: str) -> None:
    said = says(law, whole(*exchanges))
    assert words in said and said.startswith("CASE-")
    assert KEY.hex() not in said.replace("header X-Debug", "")


KEPT = [
    # Another scheme, another content with the same KID, and one repeated byte.
    ("run.one-key-for-one-kid", (answered(), answered(Ask(scheme="cenc", systems=(WIDEVINE,)), KNOWN))),
    ("run.kids-have-own-keys", (answered(None, KNOWN), answered(Ask(content_id="film-2"), KNOWN))),
    ("run.kids-have-own-keys", (answered(None, text(FIRST, bytes(16))), answered(OTHER, text(FIRST, bytes(16))))),
    # What shows of keys in their own answer is told there.
    ("run.no-key-elsewhere", (answered(None, KNOWN, header("X-Debug", KEY.hex())), answered(OTHER))),
    # The request brought it along.
    (
        "run.no-key-elsewhere",
        (answered(None, KNOWN), answered(Ask(content_id=KEY.hex()).edited((KIDS[0], KIDS[7]), (KIDS[1], KIDS[8])))),
    ),
    ("run.payloads-made-for-their-key", (answered(config=Config(all_kids_in_pssh=True)), answered(OTHER))),
    ("run.answers-belong-to-requests", (answered(None, attribute("/*", "contentId", "film-9")), answered(OTHER))),
    ("run.ivs-repeat", (answered(), answered(None, attribute("//cpix:ContentKey", "explicitIV", "A" * 22 + "==")))),
]


@pytest.mark.parametrize(("law", "exchanges"), KEPT)
def test_what_a_law_allows_is_left_alone(law: str, exchanges: tuple[Context, ...]) -> None:
    assert says(law, whole(*exchanges)) == ""


@pytest.mark.parametrize("law", LAWS)
def test_a_law_needs_two_exchanges_and_a_run(law: str) -> None:
    assert says(law, whole(answered())).startswith("not applicable")
    assert says(law, answered()) == "untestable: a law is about all exchanges of a run"


def test_what_the_ledger_had_no_room_for_leaves_a_law_open() -> None:
    both = (answered(), answered())
    assert says(LAWS[1], whole(*both, left_out=3)) == "untestable: 3 exchanges came after the ledger was full"
    wrong = (answered(), answered(Ask(version="2.1"), KNOWN))
    assert "KID" in says(LAWS[1], whole(*wrong, left_out=3))


def test_many_violations_of_one_law_are_counted() -> None:
    again = (
        answered(Ask(version="2.1"), all_of(text(FIRST, KEY), text(SECOND, SECOND_KEY)), step=a_step(id=f"s{n}"))
        for n in range(5)
    )
    said = says("run.one-key-for-one-kid", whole(answered(), *again))
    assert len(said.splitlines()) <= 3 and ("more pairs" in said or len(said.splitlines()) < 3)
