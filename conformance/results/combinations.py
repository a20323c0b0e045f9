"""What the covering arrays of a run covered: which values were asked for together, and which cannot be."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from conformance.cases import NotClaimed, resolve_plan
from conformance.cases.combinations import dimension_values
from conformance.cases.covering import Combination, covered_by
from conformance.model import Case, Claims
from conformance.recording.records import Exchanges
from conformance.results.document import CombinationsRecord
from conformance.results.run_facts import RunFacts

MOST_MISSING = 50
"""Combinations that the report names where answers are missing."""


def combinations(run: RunFacts, exchanges: Exchanges, *, whole: bool) -> list[CombinationsRecord]:
    """A record for each covering array of the run; a selection says nothing about what cannot be asked."""
    rows = [case for case in run.cases if case.combination]
    names = dict.fromkeys(case.id for case in rows)
    return [_record([case for case in rows if case.id == name], run, exchanges, whole) for name in names]


def _record(rows: Sequence[Case], run: RunFacts, exchanges: Exchanges, whole: bool) -> CombinationsRecord:
    strength = run.record.arrays.strength
    answered = [case for case in rows if _is_answered(case, run.claims, exchanges)]
    planned, covered = _covered(rows, strength), _covered(answered, strength)
    missing = [_told(one) for one in planned if one not in covered]
    return CombinationsRecord(
        rows[0].id,
        strength,
        sum(f"{case.name}::{case.steps[0].id}" in exchanges for case in rows),
        len(answered),
        len(planned),
        len(covered),
        missing[:MOST_MISSING],
        list(_ruled_out(rows, strength)) if whole else [],
    )


def _is_answered(case: Case, claims: Claims, exchanges: Exchanges) -> bool:
    """Whether the request was sent as it was planned, and answered with keys."""
    step = case.steps[0]
    found = exchanges.get(f"{case.name}::{step.id}")
    if found is None or found.answer is None or found.answer.status != 200:
        return False
    try:
        asked = resolve_plan(step.plan, claims)
    except NotClaimed:
        return False
    whole = step.plan.systems_mode != "exactly" or asked.systems == step.plan.systems
    return whole and asked.scheme == step.plan.scheme


def _covered(rows: Iterable[Case], strength: int) -> dict[Combination, None]:
    return dict.fromkeys(one for case in rows for one in covered_by(dict(case.combination), strength))


def _ruled_out(rows: Sequence[Case], strength: int) -> Iterator[str]:
    """Values that no request has, and pairs of the other values that stand in none."""
    used: dict[str, dict[str, None]] = {}
    for case in rows:
        for name, value in case.combination:
            used.setdefault(name, {})[value] = None
    known = dimension_values(Path(rows[0].path), rows[0].id)
    for name, values in known.items():
        for value in values:
            if value not in used.get(name, {}):
                yield f"{name} {value}"
    if strength < 2:
        return
    pairs = _covered(rows, 2)
    for first, second in itertools.combinations(rows[0].combination, 2):
        names = (first[0], second[0])
        ordered = ([value for value in known[name] if value in used[name]] for name in names)
        for chosen in itertools.product(*ordered):
            one = tuple(zip(names, chosen, strict=True))
            if one not in pairs:
                yield _told(one)


def _told(one: Combination) -> str:
    return " with ".join(f"{name} {value}" for name, value in one)


def coverage_line(record: CombinationsRecord) -> str:
    """What an array covered, in a sentence without its full stop."""
    what = {1: "values", 2: "pairs", 3: "triples"}[record.strength]
    ruled = f", {len(record.ruled_out)} are ruled out" if record.ruled_out else ""
    of_all = f"{record.covered} of {record.possible} {what}"
    return f"combinations: {of_all} covered by {record.answered} answered requests{ruled}"
