"""Right and wrong side by side, taken from the reference key server while somebody looks, and so always true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from conformance.checks.registry import Check
from conformance.checks.selector import foreseen
from conformance.faultmatrix.baseline import LEFT_OUT, Baseline, set_up
from conformance.faultmatrix.worked_examples import WorkedExample, difference, worked_examples
from conformance.model import Case
from conformance.redaction.redactor import Redactor
from conformance.refserver import Fault
from conformance.reporting.exchange_view import body_lines

BATCHES = (2, 6, 24)
"""Groups of cases that are played, cheap ones first, until a fault shows; most faults show at once."""


def example(
    check: Check, cases: Sequence[Case], library: Sequence[Case], faults: Mapping[str, Fault]
) -> WorkedExample | None:
    """A fault of these that the check detects in one of these cases; None where it takes more to show one."""
    groups = _cheapest_first(check, cases)
    begin = 0
    for count in BATCHES:
        chosen = [case for group in groups[begin : begin + count] for case in group]
        if not chosen:
            return None
        found = worked_examples(set_up(with_controls(chosen, library)), [check.id], faults).get(check.id)
        if found is not None:
            return found
        begin += count
    return None


def with_controls(cases: Sequence[Case], library: Sequence[Case]) -> list[Case]:
    """The cases, and before them those whose exchanges they use."""
    used = {step.use.rpartition("::")[0] for case in cases for step in case.steps if step.use}
    given = {case.name for case in cases}
    return [*(case for case in library if case.name in used - given), *cases]


def minimal_pairs(case: Case, library: Sequence[Case]) -> list[str]:
    """The difference between a request with a defect and its twin without; empty for a case that has no such pair."""
    if not any(step.defects and step.expect.kind != "accepted" for step in case.steps):
        return []
    return list(_pair(set_up(with_controls([case], library))))


def _pair(stage: Baseline) -> Iterator[str]:
    redactor = Redactor(b"a request for people")
    for scene in stage.scenes:
        context = scene.context
        control = context.earlier.get("control")
        if not context.step.defects or control is None:
            continue
        good, bad = (
            body_lines(redactor.body(one.exchange.request.body, "application/xml")) for one in (control, context)
        )
        heads = zip(control.exchange.request.headers, context.exchange.request.headers, strict=False)
        yield from (f"- {old[0]}: {old[1]}  + {new[0]}: {new[1]}" for old, new in heads if old != new)
        yield from difference(good, bad)
        return


def _cheapest_first(check: Check, cases: Sequence[Case]) -> list[list[Case]]:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        if not LEFT_OUT & set(case.tags) and any(check in foreseen(step) for step in case.steps):
            groups.setdefault(case.group, []).append(case)
    return sorted(groups.values(), key=_cost)


def _cost(group: Sequence[Case]) -> int:
    steps = [step for case in group for step in case.steps]
    recipients = sum(len(step.plan.recipients) for step in steps)
    return sum(10 + step.plan.key_count * len(step.plan.systems) for step in steps) + 200 * recipients
