"""Hostile requests: the text of their entities stays out of the answer, and nothing is fetched from their addresses."""

from __future__ import annotations

import pytest

from conformance.checks.refusals.hostile_xml import ENTITY_TEXT
from conformance.model import FETCHED, NOT_FETCHED
from tests.checks.exchange import Change, answered, as_it_is, attribute, refusal, says
from tests.refserver.asking import Ask

DECLARATION = f'<!DOCTYPE x [<!ENTITY e "{ENTITY_TEXT}">]>'
HOSTILE = Ask().edited(("<cpix:CPIX ", f"{DECLARATION}<cpix:CPIX "))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (as_it_is, ""),
        (
            attribute("/*", "contentId", f"film-{ENTITY_TEXT}"),
            "no text of the declared entity; seen: the text of the entity",
        ),
        (refusal(400, f"no content {ENTITY_TEXT}"), "no text of the declared entity"),
        # The error quotes the declaration, and has expanded nothing.
        (refusal(400, f"not allowed: {DECLARATION}"), ""),
        (refusal(400, "a DOCTYPE is not allowed"), ""),
    ],
)
def test_the_text_of_an_entity_does_not_turn_up(change: Change, words: str) -> None:
    said = says("safety.entity-not-expanded", answered(Ask(), change, asked=HOSTILE))
    assert (words in said) if words else said == ""


def test_a_request_without_an_entity_is_not_looked_at() -> None:
    assert says("safety.entity-not-expanded", answered()).startswith("not applicable")


@pytest.mark.parametrize(
    ("notes", "words"),
    [
        ((NOT_FETCHED,), ""),
        ((FETCHED,), "nothing fetched from its addresses; seen: the server fetched one"),
        ((), "untestable: the run did not listen"),
    ],
)
def test_nothing_is_fetched(notes: tuple[str, ...], words: str) -> None:
    said = says("safety.external-address-not-fetched", answered(notes=notes))
    assert (words in said) if words else said == ""
