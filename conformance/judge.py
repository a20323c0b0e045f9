"""The arithmetic of the verdict: findings × level × claims × known deviations → verdicts → outcomes → exit status.

Pure: no I/O, no pytest. Its test is the verdict table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from msgspec import Struct

from conformance.model import Claims, Level, Outcome, RequirementSet, ResultState, Verdict
from conformance.redaction.recorded import Clean, RecordedFinding, RecordedResult


def as_result(judged: Judgement) -> RecordedResult:
    """The result that was judged, for judging it again by other rules."""
    return RecordedResult(
        judged.case,
        judged.step,
        judged.check,
        judged.version,
        judged.requirements,
        judged.state,
        judged.findings,
        judged.reason,
    )


def finding_id(check: str, case: str, step: str) -> str:
    """The name of a finding: the same for the same defect in every run, whatever the seed."""
    return f"{check}@{case}::{step}"


@dataclass(frozen=True, slots=True)
class Disputed:
    """A finding that the key provider contests, with the sentence relied on. It changes no verdict."""

    finding: str
    sentence: str
    reference: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class KnownDeviation:
    """A deviation that the profile lists: what it matches (finding ids, `*` allowed), why, and until when."""

    finding: str
    reason: str
    reference: str
    date: str
    expires: str = ""

    def matches(self, finding_id: str) -> bool:
        """Whether the entry is about this finding."""
        return _matches(self.finding, finding_id)

    def expired(self, today: str) -> bool:
        """Whether its time is over; the day that it names still counts."""
        return bool(self.expires and today and self.expires < today)

    @property
    def open_ended(self) -> bool:
        """Whether it may match more findings than one."""
        return "*" in self.finding or "?" in self.finding


class Grade(Struct, omit_defaults=True, frozen=True, forbid_unknown_fields=True):
    """The verdict on one result within one requirement set."""

    set: str
    requirement: str
    level: Level
    verdict: Verdict
    deciding: bool = True
    """Whether the set is required: what a set that is only reported says never fails a run."""
    costs: bool = True
    """Whether a finding at this level costs the set its qualification."""


class Judgement(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """One check asked at one step, and what the judge makes of it; written to the result document as it is."""

    case: str
    """The case's name with its variant."""
    step: str
    check: str
    version: str
    state: ResultState
    verdict: Verdict
    requirements: tuple[str, ...]
    requirement: str = ""
    """The requirement that decides."""
    grades: tuple[Grade, ...] = ()
    findings: tuple[RecordedFinding, ...] = ()
    finding_id: str = ""
    """The same for the same defect in every run, whatever the seed; only where there is a finding."""
    reason: Clean = Clean("")
    """Why it was not asked, or what there was to see where nothing was wrong."""
    known: KnownDeviation | None = None
    disputed: Disputed | None = None
    as_recorded: bool = False
    """Carried over into a replay, because it needs what no record holds."""

    @property
    def name(self) -> str:
        """What known and disputed entries match: the id that a finding has, or would have."""
        return finding_id(self.check, self.case, self.step)

    @property
    def level(self) -> Level | None:
        """The heaviest level that the question has in the sets in force."""
        return max((grade.level for grade in self.grades), key=lambda level: level.weight, default=None)

    @property
    def leaves_a_gap(self) -> bool:
        """Whether the run is incomplete because this question has no answer."""
        if self.verdict is Verdict.ERROR:
            return True
        return any(one.verdict is Verdict.UNTESTABLE and one.deciding and one.level.weight >= 2 for one in self.grades)


Named = tuple[str, tuple[str, ...]]
"""A check's id with the requirements that it speaks for at a step."""


class Alike(Struct, frozen=True):
    """Checks of one step that ended alike and have no finding: passed, not claimed, or untestable for one reason."""

    version: str
    state: ResultState
    reason: Clean
    checks: tuple[Named, ...]


class StepOutcome(Struct, frozen=True):
    """What one step comes to: what passed, by id, and a judgement for everything that has something to show."""

    case: str
    step: str
    alike: tuple[Alike, ...]
    """Checks without a finding, by their common end; no object of its own for any of them."""
    judged: tuple[Judgement, ...]
    """Checks that have findings, and those that broke."""

    def asked(self) -> Iterator[str]:
        """The ids of all checks of the step."""
        yield from (check for one in self.alike for check, _ in one.checks)
        yield from (one.check for one in self.judged)

    def worst(self, rulebook: Rulebook) -> Judgement | None:
        """What counts most here, in the order in which one line can show one thing; None where nothing was asked."""
        kinds = {(names, one.version, one.state): (one, check) for one in self.alike for check, names in one.checks}
        found = list(self.judged)
        found += (rulebook.alone(self, one, (check, kind[0])) for kind, (one, check) in kinds.items())
        return max(found, key=lambda one: (_SHOWN_FIRST[one.verdict], one.leaves_a_gap), default=None)


_SHOWN_FIRST = {
    verdict: place
    for place, verdict in enumerate(
        (
            Verdict.NOT_CLAIMED,
            Verdict.PASS,
            Verdict.RECORDED,
            Verdict.NOTE,
            Verdict.ADVISORY,
            Verdict.KNOWN,
            Verdict.UNTESTABLE,
            Verdict.STALE,
            Verdict.FAIL,
            Verdict.ERROR,
        )
    )
}
"""Of several results in one line the last of these is shown: a known deviation never hides a failure beside it."""

_RANK = {
    Verdict.STALE: 9,
    Verdict.FAIL: 8,
    Verdict.ERROR: 7,
    Verdict.KNOWN: 6,
    Verdict.UNTESTABLE: 5,
    Verdict.ADVISORY: 4,
    Verdict.NOTE: 3,
    Verdict.RECORDED: 2,
    Verdict.PASS: 1,
    Verdict.NOT_CLAIMED: 0,
}


@dataclass(frozen=True, slots=True)
class SetInForce:
    """A requirement set as this run applies it."""

    set: RequirementSet
    required: bool
    levels: Mapping[str, Mapping[str, Level]]
    """SPEKE version -> requirement id -> level."""

    @property
    def deciding(self) -> bool:
        """Whether the set counts for the run: required, and not one that never decides."""
        return self.required and self.set.decides

    def level(self, requirement: str, version: str) -> Level | None:
        """The level of a requirement for an exchange of that version; None where the set does not hold it."""
        return self.levels.get(version, {}).get(requirement)


@dataclass(frozen=True)
class Rulebook:
    """The sets in force, the known deviations, and whether SHOULD counts as MUST."""

    sets: tuple[SetInForce, ...]
    claims: Claims
    known: tuple[KnownDeviation, ...] = ()
    strict: bool = False
    today: str = ""
    disputed: tuple[Disputed, ...] = ()
    _cache: dict[tuple[tuple[str, ...], str], tuple[tuple[SetInForce, str, Level], ...]] = field(default_factory=dict)

    _plain: dict[tuple[tuple[str, ...], str, ResultState], Judgement] = field(default_factory=dict)

    def relevant(self, requirements: tuple[str, ...], version: str) -> tuple[tuple[SetInForce, str, Level], ...]:
        """(set, requirement, level) for every set in force that holds one of the requirements; heaviest per set."""
        key = (requirements, version)
        if key not in self._cache:
            found = []
            for one in self.sets:
                levels = [(name, one.level(name, version)) for name in requirements]
                held = [(name, level) for name, level in levels if level is not None]
                if held:
                    name, level = max(held, key=lambda pair: pair[1].weight)
                    found.append((one, name, level))
            self._cache[key] = tuple(found)
        return self._cache[key]

    def claimed(self, one: SetInForce) -> bool:
        """Whether the set's capability is claimed."""
        return not one.set.claim or self.claims.has(one.set.claim)

    def judge(self, result: RecordedResult) -> Judgement:
        """The verdict on one result, in each set and as a whole."""
        valid = (entry for entry in self.known if not entry.expired(self.today))
        deviation = next((entry for entry in valid if entry.matches(result.finding_id)), None)
        grades = []
        for one, requirement, level in self.relevant(result.requirements, result.version):
            costs = one.set.decides and self.costs(level)
            verdict = self._verdict(result, level, costs=costs)
            if not self.claimed(one) and verdict is not Verdict.ERROR:
                verdict = Verdict.NOT_CLAIMED
            if deviation is not None and verdict in (Verdict.FAIL, Verdict.ADVISORY):
                verdict = Verdict.KNOWN
            grades.append(Grade(one.set.id, requirement, level, verdict, one.deciding, costs))
        if grades:
            overall = max((_as_shown(grade) for grade in grades), key=_RANK.__getitem__)
        else:
            overall = self._verdict(result, Level.NOTE, costs=False)
        return Judgement(
            result.case,
            result.step,
            result.check,
            result.version,
            result.state,
            overall,
            result.requirements,
            _deciding(grades, result.requirements),
            tuple(grades),
            result.findings,
            result.finding_id if result.findings else "",
            result.reason,
            deviation if overall is Verdict.KNOWN else None,
            self._disputed(result),
        )

    def judge_step(
        self, case: str, step: str, alike: tuple[Alike, ...], results: Iterable[RecordedResult]
    ) -> StepOutcome:
        """The verdicts on one step."""
        return StepOutcome(case, step, alike, tuple(map(self.judge, results)))

    def without_finding(self, requirements: tuple[str, ...], version: str, state: ResultState) -> Judgement:
        """The verdict on any result that has no finding; worked out once for results of the same kind."""
        key = (requirements, version, state)
        if key not in self._plain:
            self._plain[key] = self.judge(RecordedResult("", "", "", version, requirements, state))
        return self._plain[key]

    def alone(self, step: StepOutcome, group: Alike, named: Named) -> Judgement:
        """The judgement of one of several checks that ended alike."""
        check, requirements = named
        kind = self.without_finding(requirements, group.version, group.state)
        return Judgement(
            step.case,
            step.step,
            check,
            group.version,
            group.state,
            kind.verdict,
            requirements,
            kind.requirement,
            kind.grades,
            reason=group.reason,
        )

    def spread(self, outcomes: Iterable[StepOutcome]) -> Iterator[Judgement]:
        """A judgement for each check, those that passed included."""
        for one in outcomes:
            for group in one.alike:
                for named in group.checks:
                    yield self.alone(one, group, named)
            yield from one.judged

    def _disputed(self, result: RecordedResult) -> Disputed | None:
        if not result.findings:
            return None
        return next((one for one in self.disputed if _matches(one.finding, result.finding_id)), None)

    def _verdict(self, result: RecordedResult, level: Level, *, costs: bool) -> Verdict:
        if result.state is ResultState.ERROR:
            return Verdict.ERROR
        if result.state is ResultState.NOT_CLAIMED:
            return Verdict.NOT_CLAIMED
        if result.state is ResultState.UNTESTABLE:
            return Verdict.UNTESTABLE
        if not result.findings:
            return Verdict.PASS
        if level.weight >= 2:
            return Verdict.FAIL if costs else Verdict.ADVISORY
        return Verdict.NOTE if level.weight == 1 else Verdict.RECORDED

    def costs(self, level: Level) -> bool:
        """Whether a finding at this level costs a set its qualification: MUST, in strict mode SHOULD as well."""
        return level.weight == 3 or (self.strict and level.weight == 2)


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


def set_outcome(seen: SetCounts, one: SetInForce, rulebook: Rulebook, ending: Ending) -> SetOutcome:
    """The outcome of one set, by the arithmetic of the verdict table."""
    claimed = rulebook.claimed(one)
    why = ""
    if not claimed:
        outcome, why = Outcome.NOT_CLAIMED, f"{one.set.claim} is not claimed"
    elif seen.failed and not ending.partial:
        outcome = Outcome.NOT_QUALIFIED
    elif ending.partial:
        outcome, why = Outcome.PARTIAL, "only a selection was run"
    elif seen.incomplete or ending.incomplete or ending.interrupted:
        outcome = Outcome.INCOMPLETE
        why = ending.incomplete or ("the run was interrupted" if ending.interrupted else _unasked(seen.incomplete))
    elif not seen.asked:
        outcome, why = Outcome.INCOMPLETE, "no question of this set was asked"
    elif seen.advised:
        outcome = Outcome.QUALIFIED_WITH_ADVISORIES
    else:
        outcome = Outcome.QUALIFIED
    return SetOutcome(one.set, one.deciding, claimed, outcome, dict(seen.verdicts), why)


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
                yield entry, "it matches no question of this run"
            continue
        if any(judgement.findings for judgement in matched):
            continue
        states = {judgement.state for judgement in matched}
        unanswered = states & {ResultState.UNTESTABLE, ResultState.ERROR} or states == {ResultState.NOT_CLAIMED}
        if unanswered or (partial and entry.open_ended):
            continue
        yield entry, "the server no longer deviates: remove the entry"


PASSED, FAILED, INTERRUPTED, USAGE, NOTHING_SELECTED, INCOMPLETE = 0, 1, 2, 4, 5, 10


def exit_status(summary: Summary, judgements: Iterable[Judgement], *, gate: str) -> int:
    """The process's exit status: 0 passed, 1 failed, 2 interrupted, 5 nothing selected, 10 incomplete."""
    if summary.ending.interrupted:
        return INTERRUPTED
    if not summary.counts and not summary.ending.incomplete:
        return NOTHING_SELECTED
    if summary.counts.get(Verdict.FAIL) or summary.stale:
        return FAILED
    if gate == "qualification" and any(
        grade.verdict is Verdict.KNOWN and grade.deciding and grade.costs
        for judgement in judgements
        for grade in judgement.grades
    ):
        return FAILED
    # Asked of the results, not of the outcomes: a set that a known deviation leaves unqualified may have gaps, too.
    if summary.ending.incomplete or any(judgement.leaves_a_gap for judgement in judgements):
        return INCOMPLETE
    if summary.outcome is Outcome.INCOMPLETE:
        return INCOMPLETE
    return PASSED


def _as_shown(grade: Grade) -> Verdict:
    # A set that is only reported has an outcome of its own; beside the required ones its failures are advice.
    return Verdict.ADVISORY if grade.verdict is Verdict.FAIL and not grade.deciding else grade.verdict


def _unasked(count: int) -> str:
    return "1 question could not be asked" if count == 1 else f"{count} questions could not be asked"


def _matches(pattern: str, name: str) -> bool:
    # Names of cases contain brackets, which fnmatch would read as a character class.
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def _deciding(grades: Sequence[Grade], requirements: Sequence[str]) -> str:
    if not grades:
        return requirements[0] if requirements else ""
    return max(grades, key=lambda one: (_RANK[_as_shown(one)], one.deciding, one.level.weight)).requirement
