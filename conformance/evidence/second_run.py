"""The evidence held against a new run with the same seed: shows whether the exchanges can have taken place."""

from __future__ import annotations

from conformance.evidence.verify import VerificationReport
from conformance.results.compare import ResultKey, difference
from conformance.results.document import Document, ResultChange
from conformance.results.index import ResultsIndex

MOST_TOLD = 5


def compare(report: VerificationReport, new: Document) -> None:
    """Take in what a new run gave; a verdict that differs contradicts, one that is missing is left open."""
    old = report.document
    assert old is not None
    found = difference(old, new)
    if found.differs:
        report.left += [f"the new run cannot be compared line by line: {one}" for one in found.differs]
    changed = [*found.newly_failing, *found.newly_passing, *found.otherwise]
    before, after = _questions(old), _questions(new)
    gone = before - after
    report.compared = len(before & after) - len(changed) - len(found.unanswered)
    report.bad += [_told(one) for one in changed[:MOST_TOLD]]
    if len(changed) > MOST_TOLD:
        report.bad.append(f"{len(changed) - MOST_TOLD} more results of the new run differ")
    if found.unanswered or gone:
        report.left.append(f"the new run left {len(found.unanswered) + len(gone)} results of the evidence open")
    if not changed:
        report.good.append(f"a new run with the same seed gave the same verdict {report.compared} times")


def _told(one: ResultChange) -> str:
    return f"{one.check} at {one.case}::{one.step} is {one.now} in a new run, and was {one.before}"


def _questions(document: Document) -> set[ResultKey]:
    return {(one.case, one.step, one.check) for one in ResultsIndex(document).every()}
