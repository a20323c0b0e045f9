"""The part of a run that failed, as node ids that run it again."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.model import Case
from conformance.results.build import node_of
from conformance.results.document import Document
from conformance.results.index import OF_THE_RUN, ResultsIndex

MOST = 60
"""Cases that are run again: enough to see each mistake, and over in seconds."""

MOST_FOR_A_CHECK = 4
"""Cases for each failing check: the next hundred show the same mistake once more."""


def failing_nodes(document: Document) -> list[str]:
    """The cases that failed, as few as show every failing check; empty where nothing failed."""
    index = ResultsIndex(document)
    by_check: dict[str, list[str]] = {}
    for result in index.of_verdict("FAIL", "ERROR"):
        case = index.cases.get(result.case)
        # What compares the whole run says nothing of a part of it.
        if case is not None and case.node and not result.check.startswith(OF_THE_RUN):
            nodes = by_check.setdefault(result.check, [])
            if case.node not in nodes and len(nodes) < MOST_FOR_A_CHECK:
                nodes.append(case.node)
    rounds = [nodes[at] for at in range(MOST_FOR_A_CHECK) for nodes in by_check.values() if at < len(nodes)]
    return list(dict.fromkeys(rounds))[:MOST]


def nodes_of(cases: Iterable[Case]) -> list[str]:
    """The node ids of cases."""
    return [node_of(case) for case in cases if not case.sends_nothing]
