"""Findings × level × claims × known deviations → verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.judge.judgement import Alike, Disputed, Grade, Judgement, KnownDeviation, Named, StepOutcome, matches
from conformance.model import Claims, Level, RequirementSet, ResultState, Verdict
from conformance.redaction.recorded import RecordedResult

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

    def claimed(self, in_force: SetInForce) -> bool:
        """Whether the set's capability is claimed."""
        return not in_force.set.claim or self.claims.has(in_force.set.claim)

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
        return next((one for one in self.disputed if matches(one.finding, result.finding_id)), None)

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


def _as_shown(grade: Grade) -> Verdict:
    # A set that is only reported has an outcome of its own; beside the required ones its failures are advice.
    return Verdict.ADVISORY if grade.verdict is Verdict.FAIL and not grade.deciding else grade.verdict


def _deciding(grades: Sequence[Grade], requirements: Sequence[str]) -> str:
    if not grades:
        return requirements[0] if requirements else ""
    return max(grades, key=lambda one: (_RANK[_as_shown(one)], one.deciding, one.level.weight)).requirement
