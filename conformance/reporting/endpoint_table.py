"""Several endpoints side by side: the outcome of each requirement set at each of them, and of all together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.model import Outcome, Verdict, endpoint_of
from conformance.results.document import Document, SetResult


@dataclass(frozen=True, slots=True)
class EndpointCell:
    """What a requirement set came to at one endpoint."""

    outcome: Outcome
    failed: int
    """Results that failed it there; of a selection, which has no outcome, this is all that can be said."""

    @property
    def text(self) -> str:
        """Both in words."""
        return f"{self.outcome.lower()}, {self.failed} failed" if self.failed else self.outcome.lower()


@dataclass(frozen=True, slots=True)
class EndpointTable:
    """A row for each requirement set, a column for each endpoint and one for the laws over all of them."""

    heads: tuple[str, ...]
    rows: tuple[tuple[SetResult, tuple[EndpointCell | None, ...]], ...]
    """None where nothing of the set was asked."""
    failures: tuple[str, ...]
    """Why nothing could be sent to an endpoint, in a sentence each."""


TOGETHER = "all together"


def endpoint_table(document: Document) -> EndpointTable | None:
    """The table of a run at several endpoints; None where there is only one."""
    endpoints = document.run.endpoints
    if not endpoints:
        return None
    failed = Counter(
        (endpoint_of(result.case), grade.set)
        for result in document.results
        for grade in result.grades
        if grade.verdict is Verdict.FAIL
    )

    def cells(one: SetResult) -> Iterator[EndpointCell | None]:
        for at in document.endpoints:
            outcome = at.sets.get(one.id)
            yield EndpointCell(outcome, failed[at.endpoint, one.id]) if outcome is not None else None

    return EndpointTable(
        (*(one.name for one in endpoints), TOGETHER),
        tuple((one, tuple(cells(one))) for one in document.sets),
        tuple(f"{one.name}: {one.failure}" for one in endpoints if one.failure),
    )
