"""Being answered at all, and over any connection: what the second look has noted becomes a finding, or does not."""

from __future__ import annotations

import pytest

from conformance.model import TransportFailure
from conformance.model.exchange import (
    AFTER_REFUSAL,
    FRESH,
    HUNG_UP_WHEN_REUSED,
    IN_COMMON,
    REUSED,
    UNANSWERED,
    WRONG_AFTER_REFUSAL,
    WRONG_WHEN_REUSED,
)
from tests.checks.exchange import answered, says

HUNG_UP = TransportFailure("no-answer", "the server closed the connection")


@pytest.mark.parametrize(
    ("check", "notes", "words"),
    [
        ("http.request-answered", (f"{UNANSWERED}it hung up twice{IN_COMMON}64 keys",), "seen: it hung up twice such"),
        (
            "http.request-answered",
            (f"{UNANSWERED}it hung up twice{IN_COMMON}64 keys",),
            "have in common: 64 keys; requests",
        ),
        (
            "http.right-on-reused-connection",
            (REUSED, f"{WRONG_WHEN_REUSED}a 500"),
            "the same answer as on a fresh one; seen: a 500",
        ),
        (
            "http.right-after-refusal",
            (REUSED, AFTER_REFUSAL, f"{WRONG_AFTER_REFUSAL}a 400"),
            "fresh connection; seen: a 400",
        ),
    ],
)
def test_what_was_noted_is_found(check: str, notes: tuple[str, ...], words: str) -> None:
    assert words in says(check, answered(notes=notes))


@pytest.mark.parametrize(
    ("check", "notes"),
    [
        ("http.request-answered", (FRESH,)),
        ("http.right-on-reused-connection", (REUSED,)),
        ("http.right-after-refusal", (REUSED, AFTER_REFUSAL)),
    ],
)
def test_an_answer_without_such_a_note_is_right(check: str, notes: tuple[str, ...]) -> None:
    assert says(check, answered(notes=notes)) == ""


@pytest.mark.parametrize(
    ("check", "notes"),
    [
        ("http.right-on-reused-connection", (FRESH,)),
        ("http.right-after-refusal", (REUSED,)),
        # To close the connection after a refusal is a server's right.
        ("http.right-after-refusal", (REUSED, AFTER_REFUSAL, HUNG_UP_WHEN_REUSED)),
    ],
)
def test_nothing_is_said_of_a_connection_that_was_not_used_again(check: str, notes: tuple[str, ...]) -> None:
    assert says(check, answered(notes=notes)).startswith("not applicable")


@pytest.mark.parametrize(
    "check", ["http.request-answered", "http.right-on-reused-connection", "http.right-after-refusal"]
)
def test_a_hang_up_that_others_share_leaves_it_open(check: str) -> None:
    assert says(check, answered(failure=HUNG_UP)) == "untestable: the server closed the connection"
