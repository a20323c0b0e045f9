"""A slice of the faults over a real socket: the same checks report them there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from conformance import refserver
from conformance.cases import Seed
from conformance.checks import load_checks
from conformance.checks.selector import unexpected
from conformance.faultmatrix.baseline import DOOR, RING, SEED, Baseline, ServerSetup
from conformance.faultmatrix.heaviest_level import is_record
from conformance.faultmatrix.in_process import TOKEN
from conformance.faultmatrix.mutants import play
from conformance.redaction.recorded import RecordedResult
from conformance.refserver import Fault, load_faults
from conformance.refserver.faults.triggers import needs_company
from conformance.refserver.variants import load_variants
from conformance.run.runner import RunContext, Runner
from conformance.wire.auth import Bearer
from conformance.wire.client import Client
from conformance.wire.target import Target
from tests.faultmatrix.made_up import small_stage

EVERY = 80
"""Of the faults that do not live in HTTP, one in so many."""


@pytest.fixture(scope="module")
def small() -> Baseline:
    return small_stage("HTTP-BASIC", "HTTP-PUT", "ERR-MIXED-WIDEVINE", "KEYS-SYSTEMS", "SAFE-REPETITION")


def chosen() -> list[Fault]:
    everything = [*load_faults().values(), *load_variants().values()]
    return [
        fault
        for number, fault in enumerate(everything)
        if not needs_company(fault)
        and fault.area != "endpoint"
        and not _takes_long(fault)
        and not _needs_a_used_connection(fault)
        and (fault.area == "http" or number % EVERY == 0)
    ]


def _takes_long(fault: Fault) -> bool:
    return any({"endless", "drip-ms", "delay-ms"} & set(op.arguments) for op in fault.do)


def _needs_a_used_connection(fault: Fault) -> bool:
    """In process each connection counts as used; over a socket, `tests/endpoint/test_crooked.py` has such servers."""
    return any(condition.fact == "connection" for condition in fault.when)


def scenes(stage: Baseline) -> Iterator[list[ServerSetup]]:
    """The scenes that can be asked over plain http, by group."""
    for group in stage.groups:
        kept = [scene for scene in group if scene.context.exchange.request.credentials == "configured"]
        if kept and kept[0].act is stage.groups[0][0].act:
            yield kept


def accusing(
    group: Sequence[ServerSetup], fault: Fault | None
) -> tuple[dict[str, list[RecordedResult]], list[RecordedResult]]:
    """Play one group over a socket; what accuses, by check, and all results."""
    config = group[0].act.config
    cases = list({case.name: case for scene in group for one in scene.steps for case in (one.case,)}.values())
    results: list[RecordedResult] = []
    with refserver.Server(config, [fault] if fault else []) as server:
        target = Target.parse(server.url)
        with Client(target, Bearer(TOKEN), timeout=2.0) as client:
            runner = Runner(RunContext(server.url, client, Seed(SEED), group[0].act.claims, RING), cases)
            for scene in group:
                for one in scene.steps:
                    # As in process: what is asked of a document that a right server never gives proves nothing.
                    refused = one.step.expect.kind == "refused"
                    found_here = runner.outcome(one.case, one.step).spread()
                    kept = (r for r in found_here if not (refused and unexpected(load_checks()[r.check], one.step)))
                    results += map(DOOR.result, kept)
    found: dict[str, list[RecordedResult]] = {}
    for result in results:
        if result.findings and not is_record(result):
            found.setdefault(result.check, []).append(result)
    return found, results


@pytest.mark.parametrize("fault", chosen(), ids=lambda fault: fault.id)
def test_the_same_checks_report_it_over_a_socket(fault: Fault, small: Baseline) -> None:
    played = list(scenes(small))[:4]
    wanted = set(play(_only(small, played), fault, thorough=True).accusing)
    seen = {check for group in played for check in accusing(group, fault)[0]}
    usual = {result.check for scene in small.scenes for result in scene.results if result.findings}
    assert seen - usual == wanted - usual


def _only(stage: Baseline, groups: Sequence[Sequence[ServerSetup]]) -> Baseline:
    kept = tuple(tuple(group) for group in groups)
    order = tuple((at, place) for at, group in enumerate(kept) for place in range(len(group)))
    return replace(stage, groups=kept, order=order)
