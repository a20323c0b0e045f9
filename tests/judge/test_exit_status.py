"""The exit status: what a CI job learns of a run."""

from __future__ import annotations

import pytest

from conformance.judge import Ending, KnownDeviation, Rulebook, SetInForce, exit_status, summarize
from conformance.model import Level, ResultState, Verdict
from conformance.redaction.recorded import RecordedResult
from tests.judge.building import in_force, judged, known, result, rulebook, summed

PASSED = result(check="a.passes")
FAILED = result(bad=True, check="b.fails")
ADVISED = result("R-SHOULD", bad=True, check="c.advises")
OPEN = result(state=ResultState.UNTESTABLE, check="d.open")
BROKEN = result("R-MAY", state=ResultState.ERROR, check="e.broken")
LISTED = result(bad=True, check="l.known")
LISTED_SHOULD = result("R-SHOULD", bad=True, check="m.known")
ENTRIES = (known("l.known@*"), known("m.known@*"))


def status(rules: Rulebook, *results: RecordedResult, gate: str = "regression", ending: Ending | None = None) -> int:
    """The exit status of a run with these results."""
    judgements = judged(rules, *results)
    return exit_status(summarize(judgements, rules, ending or Ending()), judgements, gate=gate)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ((PASSED,), 0),
        ((PASSED, ADVISED), 0),
        ((PASSED, result("R-MAY", state=ResultState.UNTESTABLE)), 0),
        ((PASSED, FAILED), 1),
        ((PASSED, FAILED, OPEN, BROKEN), 1),
        ((PASSED, OPEN), 10),
        ((PASSED, BROKEN), 10),
        ((result(state=ResultState.NOT_CLAIMED),), 10),
        ((), 5),
    ],
)
def test_a_whole_run(results: tuple[RecordedResult, ...], expected: int) -> None:
    assert status(rulebook(), *results) == expected


def test_a_known_deviation_passes_regression_and_not_qualification() -> None:
    rules = rulebook(known=ENTRIES[:1])
    assert status(rules, PASSED, LISTED) == 0
    assert status(rules, PASSED, LISTED, gate="qualification") == 1


def test_a_known_deviation_at_should_passes_qualification_unless_strict() -> None:
    assert status(rulebook(known=ENTRIES[1:]), PASSED, LISTED_SHOULD, gate="qualification") == 0
    assert status(rulebook(known=ENTRIES[1:], strict=True), PASSED, LISTED_SHOULD, gate="qualification") == 1


def test_a_known_deviation_does_not_hide_that_something_could_not_be_asked() -> None:
    assert status(rulebook(known=ENTRIES[:1]), PASSED, LISTED, OPEN) == 10


@pytest.mark.parametrize("gate", ["regression", "qualification"])
def test_what_is_only_reported_never_changes_the_status(gate: str) -> None:
    reported = in_force("aws-suite@1", {"X": Level.MUST}, required=False)
    entries = (known("x.known@*"),)
    for one in (
        result("X", bad=True),
        result("X", bad=True, check="x.known"),
        result("X", state=ResultState.UNTESTABLE),
    ):
        listed = entries if one.check == "x.known" else ()
        assert status(rulebook(in_force(), reported, known=listed), PASSED, one, gate=gate) == 0


def test_a_selection_passes_fails_and_has_gaps() -> None:
    ending = Ending(partial=True)
    assert status(rulebook(), PASSED, ending=ending) == 0
    assert status(rulebook(), FAILED, ending=ending) == 1
    assert status(rulebook(), OPEN, ending=ending) == 10
    assert status(rulebook(known=ENTRIES[:1]), LISTED, gate="qualification", ending=ending) == 1


def test_an_interrupted_run_is_two_whatever_was_found() -> None:
    for results in ((), (PASSED,), (FAILED,)):
        assert status(rulebook(), *results, ending=Ending(interrupted=True)) == 2


def test_a_run_that_could_not_be_finished_is_ten_and_a_failure_still_one() -> None:
    ending = Ending(incomplete="nobody answers")
    assert status(rulebook(), OPEN, ending=ending) == 10
    assert status(rulebook(), ending=ending) == 10
    assert status(rulebook(), FAILED, ending=ending) == 1


STALE_CASES: list[tuple[KnownDeviation, tuple[RecordedResult, ...], str]] = [
    (known("l.known@*"), (PASSED,), "matches no check"),
    (known("a.passes@*"), (PASSED,), "no longer deviates"),
    (known("l.known@*", expires="2026-11-01"), (PASSED,), "expired on 2026-11-01"),
    (known("l.known@*", expires="2026-11-01"), (LISTED,), "expired on 2026-11-01"),
]


@pytest.mark.parametrize(("entry", "results", "reason"), STALE_CASES)
def test_an_entry_that_no_longer_fits_fails_the_run(
    entry: KnownDeviation, results: tuple[RecordedResult, ...], reason: str
) -> None:
    rules = rulebook(known=(entry,))
    ((stale, why),) = summed(rules, *results).stale
    assert stale is entry and reason in why
    assert status(rules, *results) == 1


FITTING: list[tuple[KnownDeviation, tuple[RecordedResult, ...]]] = [
    (known("l.known@*"), (LISTED,)),
    (known("*@CASE[2.0]::ask"), (PASSED, LISTED)),
    (known("d.open@*"), (OPEN,)),
    (known("*@CASE[2.0]::ask"), (PASSED, OPEN)),
    (known("*@CASE[2.0]::ask"), (PASSED, BROKEN)),
    (known("n.noted@*"), (result("R-NOTE", bad=True, check="n.noted"),)),
    (known("k.not-claimed@*"), (result(state=ResultState.NOT_CLAIMED, check="k.not-claimed"),)),
]


@pytest.mark.parametrize(("entry", "results"), FITTING)
def test_an_entry_that_fits_or_could_not_be_tried_is_not_stale(
    entry: KnownDeviation, results: tuple[RecordedResult, ...]
) -> None:
    assert summed(rulebook(known=(entry,)), *results).stale == ()


@pytest.mark.parametrize("ending", [Ending(partial=True), Ending(interrupted=True), Ending(incomplete="stopped")])
def test_what_was_not_asked_is_not_stale(ending: Ending) -> None:
    for entry in (known("l.known@*"), known("*@CASE[2.0]::*")):
        assert summed(rulebook(known=(entry,)), PASSED, ending=ending).stale == ()


def test_a_selection_that_asked_exactly_the_entrys_question_does_call_it_stale() -> None:
    entry = known("a.passes@CASE[2.0]::ask")
    assert len(summed(rulebook(known=(entry,)), PASSED, ending=Ending(partial=True)).stale) == 1


def test_where_the_heavier_set_is_not_claimed_its_verdict_does_not_count() -> None:
    sets: tuple[SetInForce, ...] = (
        in_force(levels={"R": Level.SHOULD}),
        in_force("playready@1", {"R": Level.MUST}, claim="system.playready"),
    )
    (judgement,) = judged(rulebook(*sets), result("R", bad=True))
    assert judgement.verdict is Verdict.ADVISORY
    assert status(rulebook(*sets), result("R", bad=True)) == 0
