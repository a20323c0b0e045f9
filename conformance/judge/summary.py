"""Verdicts → the outcome of each requirement set, and of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conformance.judge.judgement import Grade, Judgement, KnownDeviation
from conformance.judge.rulebook import Rulebook, SetInForce
from conformance.model import Outcome, RequirementSet, ResultState, Verdict


@dataclass(frozen=True, slots=True)
class SetOutcome:
    """The outcome of one requirement set, and the numbers behind it."""

    set: RequirementSet
    required: bool
    claimed: bool
    outcome: Outcome
    counts: Mapping[Verdict, int]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """Facts about the run as a whole that no single result knows."""

    partial: bool = False
    interrupted: bool = False
    incomplete: str = ""
    """Why the run could not be finished, in a sentence; empty for a run that was."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the run comes to."""

    outcome: Outcome
    sets: tuple[SetOutcome, ...]
    stale: tuple[tuple[KnownDeviation, str], ...]
    counts: Mapping[Verdict, int]
    ending: Ending


class SetCounts:
    """What the grades of one set add up to."""

    def __init__(self) -> None:
        self.verdicts: Counter[Verdict] = Counter()
        self.failed = self.incomplete = self.advised = self.asked = 0

    def add(self, grade: Grade) -> None:
        """Count one grade."""
        self.verdicts[grade.verdict] += 1
        if grade.verdict is Verdict.FAIL or (grade.verdict is Verdict.KNOWN and grade.costs):
            self.failed += 1
        elif grade.verdict is Verdict.ERROR or (grade.verdict is Verdict.UNTESTABLE and grade.level.weight >= 2):
            self.incomplete += 1
        elif grade.verdict in (Verdict.ADVISORY, Verdict.KNOWN):
            self.advised += 1
        self.asked += grade.verdict is not Verdict.NOT_CLAIMED


def set_outcome(counts: SetCounts, in_force: SetInForce, rulebook: Rulebook, ending: Ending) -> SetOutcome:
    """The outcome of one set, by the arithmetic of the verdict table."""
    claimed = rulebook.claimed(in_force)
    why = ""
    if not claimed:
        outcome, why = Outcome.NOT_CLAIMED, f"{in_force.set.claim} is not claimed"
    elif counts.failed and not ending.partial:
        outcome = Outcome.NOT_QUALIFIED
    elif ending.partial:
        outcome, why = Outcome.PARTIAL, "only a selection was run"
    elif counts.incomplete or ending.incomplete or ending.interrupted:
        outcome = Outcome.INCOMPLETE
        why = ending.incomplete or ("the run was interrupted" if ending.interrupted else _unasked(counts.incomplete))
    elif not counts.asked:
        outcome, why = Outcome.INCOMPLETE, "no check of this set ran"
    elif counts.advised:
        outcome = Outcome.QUALIFIED_WITH_ADVISORIES
    else:
        outcome = Outcome.QUALIFIED
    return SetOutcome(in_force.set, in_force.deciding, claimed, outcome, dict(counts.verdicts), why)


_WORST_FIRST = (
    Outcome.NOT_QUALIFIED,
    Outcome.INCOMPLETE,
    Outcome.QUALIFIED_WITH_ADVISORIES,
    Outcome.QUALIFIED,
)


def summarize(judgements: Iterable[Judgement], rulebook: Rulebook, ending: Ending) -> Summary:
    """The outcomes of all sets, and the overall one: the worst of those that are required and claimed."""
    seen = {one.set.id: SetCounts() for one in rulebook.sets}
    verdicts: Counter[Verdict] = Counter()
    for judgement in judgements:
        verdicts[judgement.verdict] += 1
        for grade in judgement.grades:
            seen[grade.set].add(grade)
    sets = tuple(set_outcome(seen[one.set.id], one, rulebook, ending) for one in rulebook.sets)
    deciding = [one.outcome for one in sets if one.required and one.claimed]
    if ending.partial:
        overall = Outcome.PARTIAL
    elif not deciding:
        overall = Outcome.INCOMPLETE
    else:
        overall = min(deciding, key=_WORST_FIRST.index)
        broken = bool(verdicts[Verdict.ERROR])
        if (ending.interrupted or ending.incomplete or broken) and overall is not Outcome.NOT_QUALIFIED:
            overall = Outcome.INCOMPLETE
    partial = ending.partial or ending.interrupted or bool(ending.incomplete)
    stale = tuple(stale_entries(judgements, rulebook, partial=partial)) if rulebook.known else ()
    return Summary(overall, sets, stale, dict(verdicts), ending)


def stale_entries(
    judgements: Iterable[Judgement], rulebook: Rulebook, *, partial: bool
) -> Iterable[tuple[KnownDeviation, str]]:
    """Known deviations that no longer fit, with the reason in a sentence; `partial`: not everything was asked."""
    for entry in rulebook.known:
        if entry.expired(rulebook.today):
            yield entry, f"it expired on {entry.expires}"
            continue
        matched = [judgement for judgement in judgements if entry.matches(judgement.name)]
        if not matched:
            if not partial:
                yield entry, "it matches no check of this run"
            continue
        if any(judgement.findings for judgement in matched):
            continue
        states = {judgement.state for judgement in matched}
        unanswered = states & {ResultState.UNTESTABLE, ResultState.ERROR} or states == {ResultState.NOT_CLAIMED}
        if unanswered or (partial and entry.open_ended):
            continue
        yield entry, "the server no longer deviates: remove the entry"


def _unasked(count: int) -> str:
    return "1 check could not run" if count == 1 else f"{count} checks could not run"
