"""Several endpoints of one key server in the result document: what each of them comes to by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from conformance.judge import Ending, Judgement, Rulebook, summarize
from conformance.model import Outcome, endpoint_of
from conformance.results.run_facts import RunFacts
from conformance.results.run_record import EndpointOutcomes, EndpointRecord

ALL_TOGETHER = 0


def endpoint_outcomes(run: RunFacts, judgements: Iterable[Judgement], ending: Ending) -> list[EndpointOutcomes]:
    """The outcomes at each endpoint, and of the laws over all of them; nothing where there is only one."""
    endpoints = run.record.endpoints
    if not endpoints:
        return []
    results: defaultdict[int, list[Judgement]] = defaultdict(list)
    for one in judgements:
        results[endpoint_of(one.case)].append(one)
    return [
        *(EndpointOutcomes(at.number, dict(_outcomes(run, at, results[at.number], ending))) for at in endpoints),
        EndpointOutcomes(ALL_TOGETHER, dict(_outcomes(run, None, results[ALL_TOGETHER], ending))),
    ]


def _outcomes(
    run: RunFacts, endpoint: EndpointRecord | None, results: Sequence[Judgement], ending: Ending
) -> Iterator[tuple[str, Outcome]]:
    claims = endpoint.claims.claims if endpoint is not None and endpoint.claims is not None else run.claims
    # What kept another endpoint from being asked is not this one's affair.
    incomplete = endpoint.failure if endpoint is not None else ""
    alone = Ending(ending.partial, ending.interrupted, incomplete)
    for one in summarize(results, Rulebook(run.sets, claims), alone).sets:
        if one.counts or endpoint is not None:
            yield one.set.id, one.outcome
