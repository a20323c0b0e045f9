"""What the run covered and what not: the matrix of capabilities, rules without a result, and the silence register."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

from conformance.judge import Judgement
from conformance.model import VERSIONS, ResultState, Verdict
from conformance.recording.records import Exchanges, ExchangeSummary
from conformance.results.document import MatrixCell, Observation, SilenceEntry, Uncovered
from conformance.results.judgements import Judgements
from conformance.results.run_facts import RunFacts

Results = Sequence[Judgement]

MOST_OBSERVATIONS = 20
"""Different observations of one check that the silence register keeps."""

Cell = tuple[str, str, str]
"""(version, DRM system, scheme)."""


def matrix(run: RunFacts, exchanges: Exchanges, results: Results) -> list[MatrixCell]:
    """One row for each SPEKE version, DRM system and scheme that is claimed, was asked or was refused when probed.

    `state` is yes (asked, delivered, and nothing failed where it was asked), no, not covered or not claimed; `asked`
    and `delivered` count exchanges, `failed` counts results.
    """
    titles = {system.title: name for name, system in run.catalogue.systems.items()}
    steps = {f"{case.name}::{step.id}": step for case in run.cases for step in case.steps}
    failed = _failures(run, results)
    counts: defaultdict[Cell, list[int]] = defaultdict(lambda: [0, 0, 0])
    for name, one in exchanges.items():
        step = steps.get(name)
        if step is None or step.expect.kind != "accepted":
            continue
        for (system, scheme), delivered in _delivered(one.summary, titles).items():
            count = counts[step.plan.version, system, scheme]
            count[0] += 1
            count[1] += delivered
            count[2] += len([1 for about in failed.get(name, ()) if not about or system in about])
    cells = set(counts) | {
        (version, system, scheme) for version in run.claims.versions for system, scheme in run.claims.schemes
    }
    cells |= {
        (version, one.claim.partition("+")[0], one.claim.partition("+")[2])
        for one in run.unclaimed
        if "+" in one.claim
        for version in run.claims.versions
    }
    rank = {name: at for at, name in enumerate(run.catalogue.systems)}
    ordered = sorted(cells, key=lambda cell: (VERSIONS.index(cell[0]), rank.get(cell[1], 99), cell[1], cell[2]))
    return [_row(run, cell, *counts[cell]) for cell in ordered]


def _row(run: RunFacts, cell: Cell, asked: int, delivered: int, failed: int) -> MatrixCell:
    version, system, scheme = cell
    # Only schemes of common encryption are claimed; an HLS method in their place is claimed with its system.
    claimed = (system, scheme) in run.claims.schemes or (system in run.claims.systems and scheme.isupper())
    if not claimed or version not in run.claims.versions:
        state: Literal["yes", "no", "not covered", "not claimed"] = "not claimed"
    elif not asked:
        state = "not covered"
    else:
        state = "yes" if delivered and not failed else "no"
    known = run.catalogue.systems.get(system)
    return MatrixCell(version, system, known.title if known else system, scheme, state, asked, delivered, failed)


def _delivered(summary: ExchangeSummary, titles: Mapping[str, str]) -> dict[tuple[str, str], bool]:
    """(DRM system, scheme) as asked -> whether every key of it came with a filled DRMSystem."""
    found: dict[tuple[str, str], bool] = {}
    for row in summary.keys:
        for one in row.systems:
            cell = (titles.get(one.system, one.system), row.scheme)
            came = bool(row.answered) and one.delivered and set(one.empty) != set(one.asked)
            found[cell] = found.get(cell, True) and came
    return found


def _failures(run: RunFacts, results: Results) -> dict[str, list[frozenset[str]]]:
    """Exchange -> for each FAIL or KNOWN there, the DRM systems that it is about; empty for one about all of them."""
    about = {
        one.set.id: one.set.claim.removeprefix("system.") for one in run.sets if one.set.claim.startswith("system.")
    }
    uses = {(case.name, step.id): step.use or f"{case.name}::{step.id}" for case in run.cases for step in case.steps}
    found: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
    for result in results:
        if result.verdict in ("FAIL", "KNOWN"):
            bad = [grade.set for grade in result.grades if grade.verdict in ("FAIL", "KNOWN")]
            systems = frozenset(about[name] for name in bad if name in about)
            found[uses.get((result.case, result.step), "")].append(systems)
    return found


def not_covered(run: RunFacts, judgements: Judgements) -> list[Uncovered]:
    """Rules of the required and claimed sets that nothing was found out about, and claims that nobody asked for."""
    answered = {name for one in judgements.passes for name in one.requirements}
    reasons: dict[str, str] = {}
    for result in judgements.results:
        for name in result.requirements:
            if result.state is ResultState.ASKED:
                answered.add(name)
            else:
                reasons.setdefault(name, result.reason or result.verdict.value)
    found: dict[str, Uncovered] = {}
    for one in run.sets:
        if not one.required or not one.set.decides or (one.set.claim and not run.claims.has(one.set.claim)):
            continue
        for name in {name for levels in one.levels.values() for name in levels}:
            if name in answered or name in found:
                continue
            rule = run.catalogue.requirements.get(name)
            why = (rule.untestable if rule else "") or reasons.get(name, "no check of this run covers it")
            kind: Literal["untestable", "not asked"] = "untestable" if rule and rule.untestable else "not asked"
            found[name] = Uncovered(name, one.set.id, why, kind)
    return [found[name] for name in sorted(found)]


def silence(results: Results) -> list[SilenceEntry]:
    """What was observed where the specifications are silent or contradict themselves: recorded, never judged."""
    seen: dict[str, dict[str, list[str]]] = {}
    requirement: dict[str, str] = {}
    for result in results:
        if result.verdict is not Verdict.RECORDED:
            continue
        requirement.setdefault(result.check, result.requirement)
        for finding in result.findings:
            cases = seen.setdefault(result.check, {}).setdefault(finding.seen, [])
            if result.case not in cases:
                cases.append(result.case)
    return [
        SilenceEntry(
            check, requirement[check], [Observation(*item) for item in list(found.items())[:MOST_OBSERVATIONS]]
        )
        for check, found in sorted(seen.items())
    ]
