"""Groups results that say the same: fifty cases that show the same defect are one paragraph and a count."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.judge import Judgement
from conformance.model import Verdict
from conformance.results.index import FailureView, ResultsIndex

ORDER = ("FAIL", "ERROR", "KNOWN", "UNTESTABLE", "ADVISORY", "NOTE", "RECORDED")
"""Verdicts in the order in which a reader wants to meet them."""

_PARTICULARS = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # UUIDs
    r"|key:[0-9a-f]{8}"  # fingerprints
    r"|\[@\w+=['\"][^'\"]*['\"]\]",  # predicates of XPaths
    re.IGNORECASE,
)
_RUNS = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}|\d+")
"""Encoded values and derived ids (if there is a digit among them; long words have none), and numbers."""
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Group:
    """Results with one verdict and, as far as can be told, one reason; the first of them is shown in full."""

    verdict: Verdict
    check: str
    example: FailureView
    results: tuple[Judgement, ...]
    endpoint: str = ""
    """At which of several endpoints they are; empty where it is all of them."""

    @property
    def count(self) -> int:
        """How many results are alike."""
        return len(self.results)

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases in which they stand, each once, in order."""
        return tuple(dict.fromkeys(result.case for result in self.results))


def groups(reading: ResultsIndex, *verdicts: str) -> list[Group]:
    """The results with one of these verdicts, those alike together; grave verdicts first, then the most frequent."""
    found: dict[tuple[str, str, str], list[Judgement]] = {}
    for result in reading.of_verdict(*verdicts):
        found.setdefault(_kind(result), []).append(result)
    told = [
        Group(
            results[0].verdict,
            results[0].check,
            reading.failure(results[0]),
            tuple(results),
            reading.where(one.case for one in results),
        )
        for results in found.values()
    ]
    return sorted(told, key=lambda one: (ORDER.index(one.verdict), -one.count, one.check))


def _kind(result: Judgement) -> tuple[str, str, str]:
    if result.findings and result.verdict not in (Verdict.ERROR, Verdict.UNTESTABLE):
        first = result.findings[0]
        return result.verdict, result.check, generalised(f"{first.expected}\n{first.seen}")
    # What kept a question from being asked is the cause, whichever question it was.
    return result.verdict, "", generalised(result.reason)


def generalised(text: str) -> str:
    """The text without what differs from case to case: numbers, UUIDs, fingerprints, encoded values."""
    return _RUNS.sub(
        lambda run: "#" if _DIGIT.search(run.group()) else run.group(),
        _PARTICULARS.sub("#", text),
    )
