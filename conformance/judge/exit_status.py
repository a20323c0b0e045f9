"""Verdicts → the exit status of the process."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.judge.judgement import Judgement
from conformance.judge.summary import Summary
from conformance.model import Outcome, Verdict

PASSED, FAILED, INTERRUPTED, USAGE, NOTHING_SELECTED, INCOMPLETE = 0, 1, 2, 4, 5, 10


def exit_status(summary: Summary, judgements: Iterable[Judgement], *, gate: str) -> int:
    """The process's exit status: 0 passed, 1 failed, 2 interrupted, 5 nothing selected, 10 incomplete."""
    if summary.ending.interrupted:
        return INTERRUPTED
    if not summary.counts and not summary.ending.incomplete:
        return NOTHING_SELECTED
    if summary.counts.get(Verdict.FAIL) or summary.stale:
        return FAILED
    if gate == "qualification" and any(
        grade.verdict is Verdict.KNOWN and grade.deciding and grade.costs
        for judgement in judgements
        for grade in judgement.grades
    ):
        return FAILED
    # Asked of the results, not of the outcomes: a set that a known deviation leaves unqualified may have gaps, too.
    if summary.ending.incomplete or any(judgement.leaves_a_gap for judgement in judgements):
        return INCOMPLETE
    if summary.outcome is Outcome.INCOMPLETE:
        return INCOMPLETE
    return PASSED
