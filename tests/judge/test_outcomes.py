"""What verdicts add up to: the outcome of a set, and the outcome of the run."""

from __future__ import annotations

import pytest

from conformance.judge import Alike, Ending, StepOutcome, summarize
from conformance.model import Level, Outcome, ResultState, Verdict
from conformance.redaction.recorded import Clean, RecordedResult
from conformance.results.judgements import Judgements
from tests.judge.building import in_force, judged, known, outcome, result, rulebook, summed

PASSED = result(check="a.passes")
FAILED = result(bad=True, check="b.fails")
ADVISED = result("R-SHOULD", bad=True, check="c.advises")
NOTED = result("R-MAY", bad=True, check="d.notes")
SEEN = result("R-RECORD", bad=True, check="e.records")
OPEN = result(state=ResultState.UNTESTABLE, check="f.untestable")
OPEN_SHOULD = result("R-SHOULD", state=ResultState.UNTESTABLE, check="g.untestable")
OPEN_MAY = result("R-MAY", state=ResultState.UNTESTABLE, check="h.untestable")
BROKEN = result(state=ResultState.ERROR, check="i.broken")
BROKEN_MAY = result("R-MAY", state=ResultState.ERROR, check="j.broken")
LEFT_OUT = result(state=ResultState.NOT_CLAIMED, check="k.not-claimed")
KNOWN_MUST = result(bad=True, check="l.known")
KNOWN_SHOULD = result("R-SHOULD", bad=True, check="m.known")
ENTRIES = (known("l.known@*"), known("m.known@*"))

BAD, GAPS, ADVICE, GOOD = (
    Outcome.NOT_QUALIFIED,
    Outcome.INCOMPLETE,
    Outcome.QUALIFIED_WITH_ADVISORIES,
    Outcome.QUALIFIED,
)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ((PASSED,), GOOD),
        ((PASSED, NOTED, SEEN, LEFT_OUT, OPEN_MAY), GOOD),
        ((PASSED, ADVISED), ADVICE),
        ((PASSED, KNOWN_SHOULD), ADVICE),
        ((PASSED, ADVISED, OPEN), GAPS),
        ((PASSED, OPEN_SHOULD), GAPS),
        ((PASSED, ADVISED, BROKEN), GAPS),
        ((PASSED, BROKEN_MAY), GAPS),
        ((PASSED, OPEN, BROKEN, FAILED), BAD),
        ((PASSED, KNOWN_MUST), BAD),
        ((PASSED, KNOWN_MUST, OPEN), BAD),
        ((LEFT_OUT,), GAPS),
        ((), GAPS),
    ],
)
def test_the_outcome_of_a_set(results: tuple[RecordedResult, ...], expected: Outcome) -> None:
    assert outcome(rulebook(known=ENTRIES), *results) is expected


def test_strict_mode_counts_should_as_must_in_known_deviations_too() -> None:
    assert outcome(rulebook(strict=True), PASSED, ADVISED) is BAD
    assert outcome(rulebook(strict=True, known=ENTRIES), PASSED, KNOWN_SHOULD) is BAD


def test_a_set_that_is_not_claimed_says_so_and_does_not_count() -> None:
    rules = rulebook(in_force(), in_force("playready@1", claim="system.playready"))
    summary = summed(rules, PASSED)
    assert [one.outcome for one in summary.sets] == [GOOD, Outcome.NOT_CLAIMED]
    assert summary.outcome is GOOD
    assert "system.playready is not claimed" in summary.sets[1].why


def test_without_a_claimed_set_the_run_is_incomplete() -> None:
    assert outcome(rulebook(in_force(claim="system.playready")), LEFT_OUT) is GAPS


@pytest.mark.parametrize(("decides", "required"), [(False, True), (True, False), (False, False)])
def test_what_is_only_reported_never_decides(decides: bool, required: bool) -> None:
    reported = in_force("extra@1", {"X": Level.MUST}, required=required, decides=decides)
    for state, bad in ((ResultState.ASKED, True), (ResultState.UNTESTABLE, False)):
        assert outcome(rulebook(in_force(), reported), PASSED, result("X", state=state, bad=bad)) is GOOD


def test_a_reported_set_has_an_outcome_of_its_own() -> None:
    reported = in_force("aws-suite@1", {"X": Level.MUST}, required=False)
    summary = summed(rulebook(in_force(), reported), PASSED, result("X", bad=True))
    assert [one.outcome for one in summary.sets] == [GOOD, BAD]
    advice = in_force("advice@1", {"X": Level.SHOULD}, required=True, decides=False)
    summary = summed(rulebook(in_force(), advice), PASSED, result("X", bad=True))
    assert [one.outcome for one in summary.sets] == [GOOD, ADVICE]


def test_the_worst_of_the_required_sets_is_the_outcome() -> None:
    rules = rulebook(in_force("one@1", {"A": Level.MUST}), in_force("two@1", {"B": Level.MUST}))
    good, bad, gap = result("A"), result("B", bad=True), result("B", state=ResultState.UNTESTABLE)
    assert outcome(rules, good, result("B")) is GOOD
    assert outcome(rules, good, gap) is GAPS
    assert outcome(rules, result("A", state=ResultState.UNTESTABLE), bad) is BAD


def test_a_selection_has_no_outcome_whatever_it_found() -> None:
    for results in ((PASSED,), (FAILED,), (OPEN,), ()):
        summary = summed(rulebook(), *results, ending=Ending(partial=True))
        assert summary.outcome is Outcome.PARTIAL
        assert {one.outcome for one in summary.sets} == {Outcome.PARTIAL}


@pytest.mark.parametrize("ending", [Ending(interrupted=True), Ending(incomplete="nobody is there")])
def test_a_run_that_did_not_end_is_incomplete_unless_it_failed(ending: Ending) -> None:
    assert outcome(rulebook(), PASSED, ending=ending) is GAPS
    assert outcome(rulebook(), PASSED, FAILED, ending=ending) is BAD
    assert summed(rulebook(), PASSED, ending=ending).sets[0].why


def test_a_bug_of_ours_outside_the_required_sets_leaves_the_run_incomplete() -> None:
    reported = in_force("aws-suite@1", {"X": Level.MUST}, required=False)
    assert outcome(rulebook(in_force(), reported), PASSED, result("X", state=ResultState.ERROR)) is GAPS


def test_the_numbers_behind_an_outcome() -> None:
    rules = rulebook()
    found = summarize(judged(rules, PASSED, PASSED, FAILED, OPEN), rules, Ending()).sets[0]
    assert found.counts == {Verdict.PASS: 2, Verdict.FAIL: 1, Verdict.UNTESTABLE: 1}
    assert found.required and found.claimed


def test_checks_that_ended_alike_count_as_so_many_results() -> None:
    rules = rulebook()
    results = [result(check=f"a.check-{number}") for number in range(3)] + [result(state=ResultState.UNTESTABLE)]
    single = [*judged(rules, *results, FAILED)]
    names = tuple((one.check, one.requirements) for one in results)
    groups = (
        Alike("2.0", ResultState.ASKED, Clean(""), names[:3]),
        Alike("2.0", ResultState.UNTESTABLE, Clean(""), names[3:]),
    )
    step = StepOutcome(single[0].case, single[0].step, groups, (single[-1],))
    together = Judgements()
    together.add_step(step, rules)
    together.add_step(step, rules)
    found, apart = summarize(together, rules, Ending()), summarize([*single, *single], rules, Ending())
    assert (found.outcome, found.sets, found.counts) == (apart.outcome, apart.sets, apart.counts)
    assert list(rules.spread([step])) == single
    assert len(together.passes) == 3


def test_a_known_deviation_never_hides_a_failure_beside_it() -> None:
    rules = rulebook(known=(known("l.known@*"),))
    listed, failed = judged(rules, result(bad=True, check="l.known"), FAILED)
    worst = StepOutcome("CASE[2.0]", "ask", (), (listed, failed)).worst(rules)
    assert worst is failed
    passed = Alike("2.0", ResultState.ASKED, Clean(""), (("a.b", ("R-MUST",)),))
    assert StepOutcome("CASE[2.0]", "ask", (passed,), (listed,)).worst(rules) is listed
    assert StepOutcome("CASE[2.0]", "ask", (), ()).worst(rules) is None
