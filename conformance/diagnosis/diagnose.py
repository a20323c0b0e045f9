"""From many results to the few causes: named causes first take what they have evidence for, the rest stands by check."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.diagnosis.cause import Cause, Diagnosis
from conformance.judge import Judgement
from conformance.model import Verdict
from conformance.results.index import ResultsIndex

GRAVEST_FIRST = (Verdict.FAIL, Verdict.ERROR, Verdict.UNTESTABLE, Verdict.KNOWN, Verdict.ADVISORY)
"""The verdicts that have a cause, those first that a reader must mend first."""


def diagnose(reading: ResultsIndex) -> Diagnosis:
    """The causes of all results of a run that are not as they should be."""
    by_check: dict[str, list[Judgement]] = {}
    for result in reading.of_verdict(*GRAVEST_FIRST):
        by_check.setdefault(result.check, []).append(result)
    causes = [_of_check(reading, check, results) for check, results in by_check.items()]
    return Diagnosis(tuple(sorted(causes, key=lambda one: (GRAVEST_FIRST.index(one.verdict), -one.count))))


def _of_check(reading: ResultsIndex, check: str, results: Sequence[Judgement]) -> Cause:
    ordered = tuple(sorted(results, key=lambda one: GRAVEST_FIRST.index(one.verdict)))
    told = reading.failure(ordered[0])
    return Cause(f"check:{check}", told.question, told.rule, told.fix, told.effect, ordered[0].verdict, ordered)
