"""The pair of versions: header and document belong together, and a refusal says which half is not supported."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.checks.context import Context
from conformance.model import REFUSED
from tests.checks.exchange import (
    KEY,
    Change,
    a_step,
    answered,
    as_it_is,
    attribute,
    claims,
    header,
    refusal,
    says,
    text,
)
from tests.refserver.asking import Ask

CROSSED = Ask(headers=(("X-Speke-Version", "2.0"),)).edited(('version="2.3"', 'version="2.4"'))
CROSSED_BACK = Ask(headers=(("X-Speke-Version", "2.1"),))
SPEKE, CPIX = "Unsupported SPEKE version", "Unsupported CPIX@version"
CONTROL = answered(Ask(), step=a_step(id="control"))


def crossed(change: Change, ask: Ask = CROSSED, earlier: Sequence[Context] = ()) -> Context:
    return answered(Ask(), change, asked=ask, step=a_step(expect=REFUSED), earlier=[CONTROL, *earlier])


def other(change: Change) -> Context:
    """What the server made of the other version's own pair."""
    return answered(Ask(version="2.1"), change, step=a_step(id="other", expect=REFUSED))


@pytest.mark.parametrize("ask", [CROSSED, CROSSED_BACK])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (refusal(422, SPEKE), ""),
        (refusal(400, CPIX), ""),
        (refusal(400, "no"), "the standard message about the unsupported version; seen: 'no'"),
        (as_it_is, "a refusal (4xx or 5xx) of SPEKE"),
    ],
)
def test_a_crossed_pair_is_refused_with_either_message(ask: Ask, change: Change, words: str) -> None:
    said = says("versions.crossed-pair-refused", crossed(change, ask))
    assert (words in said) if words else said == ""


def test_a_pair_that_belongs_together_is_not_crossed() -> None:
    for check in ("versions.crossed-pair-refused", "versions.unclaimed-half-refused"):
        control = [CONTROL]
        assert says(check, answered(Ask(), refusal(), earlier=control)).startswith("not applicable: the two versions")


@pytest.mark.parametrize(
    ("ask", "right", "wrong"),
    [(CROSSED, CPIX, SPEKE), (CROSSED_BACK, SPEKE, CPIX)],
)
def test_a_server_of_one_version_names_the_half_that_it_lacks(ask: Ask, right: str, wrong: str) -> None:
    check, only_2_0 = "versions.unclaimed-half-refused", [other(refusal(422, SPEKE))]
    assert says(check, crossed(refusal(422, right), ask, only_2_0)) == ""
    assert "the standard message" in says(check, crossed(refusal(422, wrong), ask, only_2_0))
    # With one version known to be missing, the crossed pair itself asks for no words.
    assert says("versions.crossed-pair-refused", crossed(refusal(422, "no"), ask, only_2_0)) == ""


@pytest.mark.parametrize(
    ("change", "known"),
    [
        (refusal(422, SPEKE), True),
        (refusal(500, CPIX), True),
        (refusal(404, "no such thing"), True),
        (refusal(500, "oops"), False),
        (refusal(400, "java.lang.NullPointerException"), False),
        (refusal(403, "no"), False),
        (as_it_is, False),
    ],
)
def test_what_a_server_lacks_is_known_from_words_and_not_from_a_crash(change: Change, known: bool) -> None:
    said = says("versions.unclaimed-half-refused", crossed(refusal(422, SPEKE), CROSSED, [other(change)]))
    assert said.startswith("not applicable: the server serves both") is not known


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (refusal(422, SPEKE), ""),
        (refusal(422, "no"), "the standard message about the unsupported version"),
        (header("X-Speke-Version", "2.1"), "a refusal (4xx or 5xx) of SPEKE 2.0"),
        (attribute("/*", "version", "2.4"), "a refusal (4xx or 5xx) of SPEKE 2.0"),
        (as_it_is, "not applicable: the server serves SPEKE 2.0 as well"),
    ],
)
def test_a_version_that_is_not_claimed_is_refused(change: Change, words: str) -> None:
    said = says(
        "versions.unclaimed-version-refused", answered(Ask(), change, claimed=claims(versions=frozenset({"2.1"})))
    )
    assert (words in said) if words else said == ""


def test_a_claimed_version_is_for_other_checks() -> None:
    assert says("versions.unclaimed-version-refused", answered()).startswith("not applicable: SPEKE 2.0 is claimed")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (as_it_is, ""),
        (header("X-Speke-Version", "2.1"), "SPEKE 2.0 with CPIX 2.3; seen: SPEKE 2.1 with CPIX 2.3"),
        (attribute("/*", "version", "2.4"), "seen: SPEKE 2.0 with CPIX 2.4"),
        (text("(//pskc:PlainValue)[1]", KEY), ""),
    ],
)
def test_each_answer_has_the_pair_of_its_own_request(change: Change, words: str) -> None:
    before = answered(Ask(version="2.1"), step=a_step(Ask(version="2.1"), id="other"))
    said = says("versions.pair-kept", answered(Ask(), change, step=a_step(id="now"), earlier=[before]))
    assert (words in said) if words else said == ""
