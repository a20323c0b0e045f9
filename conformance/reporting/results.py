"""The one raw result document of a run; every report is a view of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.judge import Judgement, Summary
from conformance.reporting.facts import RunFacts
from conformance.reporting.record import result_record

FORMAT = 1
"""Version of the document's shape."""

Nodes = Mapping[tuple[str, str, str], str]
"""(case, step, check) -> the node id that repeats the question."""


def results_document(
    run: RunFacts,
    judgements: Sequence[Judgement],
    nodes: Nodes,
    exchanges: Mapping[str, dict[str, Any]],
    summary: Summary,
    exit_status: int,
) -> dict[str, Any]:
    """Everything that is known about a run, as plain JSON data; `complete: true` comes last."""
    results = [
        result_record(one, nodes.get((one.result.case, one.result.step, one.result.check), "")) for one in judgements
    ]
    return {
        "format": FORMAT,
        "run": {"seed": run.seed, "started": run.started, "finished": run.finished},
        "outcome": summary.outcome.value,
        "exit_status": exit_status,
        "exchanges": dict(exchanges),
        "results": results,
        "complete": True,
    }
