"""Several endpoints side by side: the outcome of each requirement set at each of them, and of all together."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.model import Outcome
from conformance.results.document import Document, SetResult


@dataclass(frozen=True, slots=True)
class EndpointTable:
    """A row for each requirement set, a column for each endpoint and one for the laws over all of them."""

    heads: tuple[str, ...]
    rows: tuple[tuple[SetResult, tuple[Outcome | None, ...]], ...]
    """None where nothing of the set was asked."""
    failures: tuple[str, ...]
    """Why nothing could be sent to an endpoint, in a sentence each."""


TOGETHER = "all together"


def endpoint_table(document: Document) -> EndpointTable | None:
    """The table of a run at several endpoints; None where there is only one."""
    endpoints = document.run.endpoints
    if not endpoints:
        return None
    return EndpointTable(
        (*(one.name for one in endpoints), TOGETHER),
        tuple((one, tuple(at.sets.get(one.id) for at in document.endpoints)) for one in document.sets),
        tuple(f"{one.name}: {one.failure}" for one in endpoints if one.failure),
    )
