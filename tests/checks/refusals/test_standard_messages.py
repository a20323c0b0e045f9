"""The standard messages in a body: which are due, which are there, and which id they name."""

from __future__ import annotations

import pytest

from conformance.catalogue import load_catalogue
from conformance.checks.refusals.standard_messages import (
    due_words,
    expected_ids,
    expected_messages,
    found_messages,
    named_ids,
)
from tests.checks.refusals.refusing import FAIRPLAY_CENC, KID, MISSING_SCHEME, refused
from tests.refserver.asking import CLEARKEY, FAIRPLAY, KIDS, PLAYREADY, WIDEVINE, Ask

MESSAGES = load_catalogue().messages


def test_each_standard_message_is_found_by_its_own_words_alone() -> None:
    for name, message in MESSAGES.items():
        text = message.filled(**{message.slot: KID}) if message.slot else message.text
        assert [one.name for one in found_messages(refused(f"<e>{text}</e>"))] == [name]


def test_messages_are_due_by_the_expectation() -> None:
    assert [one.name for one in expected_messages(refused())] == ["missing-scheme"]
    assert expected_messages(refused("no", "")) == ()
    assert due_words(refused()) == repr(MISSING_SCHEME) and due_words(refused("no", "")) == ""


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("{stem} {kid}", (KID,)),
        ('{stem}"{kid}", {stem}<b>{other}</b>.', (KID, KIDS[0])),
        ("{stem}: {kid}.", (KID,)),
        ("{stem}", ()),
        ("{stem} (null)", ("null",)),
        ("no such words {kid}", ()),
    ],
)
def test_ids_are_read_behind_quotes_and_before_punctuation(text: str, ids: tuple[str, ...]) -> None:
    message = MESSAGES["missing-scheme"]
    assert named_ids(text.format(stem=message.stem.strip(), kid=KID, other=KIDS[0]), message) == ids
    assert named_ids(text, MESSAGES["missing-version"]) == ()


@pytest.mark.parametrize(
    ("ask", "due"),
    [
        (FAIRPLAY_CENC, (FAIRPLAY,)),
        (Ask(scheme="cbc1", systems=(WIDEVINE,)), (WIDEVINE,)),
        (Ask(scheme="cbc1", systems=(WIDEVINE, PLAYREADY)), (WIDEVINE, PLAYREADY)),
        (Ask(scheme="cbc1", systems=(WIDEVINE, FAIRPLAY)), (FAIRPLAY,)),
        (Ask(scheme="cbcs", systems=(WIDEVINE, FAIRPLAY)), ()),
        (Ask(scheme="cbc1", systems=(CLEARKEY,)), ()),
    ],
)
def test_the_system_that_is_due_is_the_one_that_cannot_use_the_scheme(ask: Ask, due: tuple[str, ...]) -> None:
    assert expected_ids(refused("no", "scheme-not-for-system", ask=ask), "system") == due


def test_the_kid_that_is_due_is_the_one_without_a_scheme() -> None:
    assert expected_ids(refused(), "kid") == (KID,)
    assert expected_ids(refused(ask=Ask()), "kid") == () and expected_ids(refused(), "other") == ()
