"""The table of verdicts: each row is something that happened, each column the level of the rule."""

from __future__ import annotations

import pytest

from conformance.model import Level, ResultState, Verdict
from tests.judge.building import CLAIMS, in_force, judged, known, result, rulebook

MUST, SHOULD, MAY, RECORD = "R-MUST", "R-SHOULD", "R-MAY", "R-RECORD"

TABLE = [
    # what happened: (state, finding), then the verdict at MUST, SHOULD, MAY and RECORD
    (ResultState.ASKED, False, (Verdict.PASS, Verdict.PASS, Verdict.PASS, Verdict.PASS)),
    (ResultState.ASKED, True, (Verdict.FAIL, Verdict.ADVISORY, Verdict.NOTE, Verdict.RECORDED)),
    (ResultState.UNTESTABLE, False, (Verdict.UNTESTABLE,) * 4),
    (ResultState.ERROR, False, (Verdict.ERROR,) * 4),
    (ResultState.NOT_CLAIMED, False, (Verdict.NOT_CLAIMED,) * 4),
]


@pytest.mark.parametrize(("state", "bad", "verdicts"), TABLE, ids=lambda value: str(value))
def test_the_table(state: ResultState, bad: bool, verdicts: tuple[Verdict, ...]) -> None:
    for requirement, verdict in zip((MUST, SHOULD, MAY, RECORD), verdicts, strict=True):
        assert rulebook().judge(result(requirement, state=state, bad=bad)).verdict is verdict


def test_a_prohibition_weighs_as_much_as_a_demand_and_a_note_as_much_as_a_may() -> None:
    found = [rulebook().judge(result(name, bad=True)).verdict for name in ("R-MUST-NOT", "R-SHOULD-NOT", "R-NOTE")]
    assert found == [Verdict.FAIL, Verdict.ADVISORY, Verdict.NOTE]


def test_strict_mode_makes_should_fail_and_leaves_may_alone() -> None:
    strict = rulebook(strict=True)
    found = [strict.judge(result(name, bad=True)).verdict for name in (MUST, SHOULD, MAY, RECORD)]
    assert found == [Verdict.FAIL, Verdict.FAIL, Verdict.NOTE, Verdict.RECORDED]


@pytest.mark.parametrize(("name", "verdict"), [(MUST, Verdict.KNOWN), (SHOULD, Verdict.KNOWN), (MAY, Verdict.NOTE)])
def test_a_listed_finding_is_known(name: str, verdict: Verdict) -> None:
    judgement = rulebook(known=(known(),)).judge(result(name, bad=True))
    assert judgement.verdict is verdict
    assert (judgement.known is not None) == (verdict is Verdict.KNOWN)


@pytest.mark.parametrize("state", [ResultState.UNTESTABLE, ResultState.ERROR, ResultState.NOT_CLAIMED])
def test_what_was_not_answered_is_never_known(state: ResultState) -> None:
    judgement = rulebook(known=(known(),)).judge(result(state=state))
    assert judgement.verdict is not Verdict.KNOWN


def test_an_expired_entry_excuses_nothing_and_its_last_day_still_counts() -> None:
    assert rulebook(known=(known(expires="2026-11-21"),)).judge(result(bad=True)).verdict is Verdict.FAIL
    assert rulebook(known=(known(expires="2026-11-22"),)).judge(result(bad=True)).verdict is Verdict.KNOWN


def test_a_valid_entry_behind_an_expired_one_counts() -> None:
    entries = (known(expires="2026-01-01"), known("keys.*"))
    assert rulebook(known=entries).judge(result(bad=True)).verdict is Verdict.KNOWN


@pytest.mark.parametrize(
    ("pattern", "hit"),
    [
        ("keys.some-check@CASE[2.0]::ask", True),
        ("keys.some-check@CASE[[]2.0]::ask", False),
        ("keys.some-check@CASE[2.1]::ask", False),
        ("keys.some-check@CASE2::ask", False),
        ("keys.*@CASE[2.?]::*", True),
        ("KEYS.some-check@*", False),
    ],
)
def test_brackets_of_an_entry_are_letters_and_stars_are_not(pattern: str, hit: bool) -> None:
    assert known(pattern).matches(result().finding_id) is hit


def test_each_set_grades_by_its_own_level_and_the_heaviest_verdict_is_shown() -> None:
    speke, hls = in_force(levels={"R": Level.SHOULD}), in_force("hls@1", {"R": Level.MUST})
    judgement = rulebook(speke, hls).judge(result("R", bad=True))
    assert [(grade.set, grade.verdict) for grade in judgement.grades] == [
        ("speke-2.0@1", Verdict.ADVISORY),
        ("hls@1", Verdict.FAIL),
    ]
    assert judgement.verdict is Verdict.FAIL
    assert judgement.level is Level.MUST


def test_a_check_that_speaks_for_several_rules_counts_once_in_a_set_by_the_heaviest() -> None:
    two = result()
    two = type(two)(two.case, two.step, two.check, two.version, ("R-MAY", "R-MUST"), two.state, two.findings)
    judgement = rulebook().judge(two)
    assert [grade.requirement for grade in judgement.grades] == ["R-MUST"]
    assert judgement.requirement == "R-MUST"


def test_a_set_ignores_the_exchanges_of_the_other_version() -> None:
    judgement = rulebook(in_force("speke-2.1@1", version="2.1")).judge(result(bad=True, version="2.0"))
    assert judgement.grades == ()
    assert judgement.verdict is Verdict.NOTE


def test_a_set_whose_capability_is_not_claimed_counts_nothing_but_a_bug_of_ours() -> None:
    rules = rulebook(in_force(claim="system.playready"))
    assert not CLAIMS.has("system.playready")
    verdicts = [one.verdict for one in judged(rules, result(bad=True), result(), result(state=ResultState.ERROR))]
    assert verdicts == [Verdict.NOT_CLAIMED, Verdict.NOT_CLAIMED, Verdict.ERROR]


def test_a_set_that_never_decides_gives_advice_only() -> None:
    judgement = rulebook(in_force("advice@1", decides=False)).judge(result(bad=True))
    assert judgement.verdict is Verdict.ADVISORY
    assert judgement.grades[0].verdict is Verdict.ADVISORY


def test_a_set_that_is_only_reported_fails_for_itself_and_shows_as_advice() -> None:
    judgement = rulebook(in_force("aws-suite@1", required=False)).judge(result(bad=True))
    assert judgement.grades[0].verdict is Verdict.FAIL
    assert judgement.verdict is Verdict.ADVISORY


def test_the_requirement_that_is_shown_is_the_one_that_decides() -> None:
    required = in_force(levels={"R-OURS": Level.SHOULD})
    reported = in_force("aws-suite@1", {"R-THEIRS": Level.MUST}, required=False)
    one = result()
    both = type(one)(one.case, one.step, one.check, "2.0", ("R-OURS", "R-THEIRS"), one.state, result(bad=True).findings)
    assert rulebook(reported, required).judge(both).requirement == "R-OURS"
