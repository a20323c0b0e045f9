"""What a request leaves behind: refused ones change nothing, and neither does a CPIX@id."""

from __future__ import annotations

import pytest

from tests.checks.exchange import KEY, Change, a_step, answered, as_it_is, refusal, says, status, text
from tests.refserver.asking import Ask

FIRST = "(//pskc:PlainValue)[1]"
WITH_ID = Ask().edited(('contentId="film-1"', 'contentId="film-1" id="x"'))


def at_the_end(check: str, change: Change) -> str:
    """What a check says of the control, sent again after the refused requests that shared it."""
    control = answered(Ask(), step=a_step(id="control"))
    return says(check, answered(Ask(), change, step=a_step(id="finally", last=True), earlier=[control]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (as_it_is, ""),
        (refusal(500, "broken"), "200, as before the refused requests; seen: 500: 'broken'"),
        (status(301), "untestable: the server answered 301"),
        (text(FIRST, KEY), ""),
    ],
)
def test_the_good_request_is_still_accepted(change: Change, words: str) -> None:
    said = at_the_end("state.control-still-answered", change)
    assert (words in said) if words else said == ""


def test_the_good_request_still_gets_its_keys() -> None:
    assert at_the_end("state.control-keys-unchanged", as_it_is) == ""
    said = at_the_end("state.control-keys-unchanged", text(FIRST, KEY))
    assert "the same content key as before the refused requests; seen: another content key" in said
    assert at_the_end("state.control-keys-unchanged", refusal()).startswith("untestable")


def test_a_cpix_id_changes_no_key() -> None:
    without = answered(Ask(), step=a_step(id="without"))
    now = a_step(id="now")
    assert says("state.cpix-id-ignored", answered(WITH_ID, step=now, earlier=[without])) == ""
    said = says("state.cpix-id-ignored", answered(WITH_ID, text(FIRST, KEY), step=now, earlier=[without]))
    assert "the same content key as without the CPIX@id" in said
