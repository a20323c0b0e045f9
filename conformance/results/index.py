"""Reads a result document for the views: what belongs to a result is found by name, and a failure is put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from conformance.judge import Disputed, Judgement, KnownDeviation
from conformance.model import Verdict, endpoint_of
from conformance.recording.records import ExchangeRecord, Exchanges
from conformance.redaction.recorded import RecordedFinding
from conformance.results.bodies import paths_of
from conformance.results.document import CaseRecord, Document, Passed, RequirementRecord, StepRecord
from conformance.results.judgements import passed_at
from conformance.run.command import Pasting, repeat_command

OF_THE_RUN = "run."
"""How the ids of the checks begin that compare exchanges of any cases."""

_NO_STEP = StepRecord("", None)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class FailureView:
    """Everything a person needs to know about one result that is not as it should be."""

    verdict: Verdict
    check: str
    question: str
    case: str
    endpoint: str
    """Which of several endpoints; empty where there is only one."""
    title: str
    step: str
    defect: str
    requirement: str
    level: str
    set: str
    rule: str
    page: str
    address: str
    """Where anybody can read that page."""
    sentence: str
    effect: str
    fix: str
    findings: Sequence[RecordedFinding]
    reason: str
    finding_id: str
    node: str
    repeat: str
    """The command that asks this one question again."""
    curl: str
    """Path of the curl script as it is named where commands are pasted; empty where nothing was sent."""
    known: KnownDeviation | None
    disputed: Disputed | None


@dataclass(frozen=True, slots=True)
class PassedTopic:
    """The checks of one topic that passed at a step: what is one item for pytest is one line for other tools."""

    case: str
    step: str
    topic: str
    checks: int
    node: str


class ResultsIndex:
    """A result document with its parts by name. Takes nothing from anywhere else."""

    def __init__(self, document: Document, pasting: Pasting | None = None) -> None:
        self.document = document
        self.pasting = pasting or Pasting()
        self.results: Sequence[Judgement] = document.results
        """What did not simply pass."""
        self.requirements: Mapping[str, RequirementRecord] = document.requirements
        self.exchanges: Exchanges = document.exchanges
        self.cases: Mapping[str, CaseRecord] = {case.name: case for case in document.cases}
        self.steps: Mapping[tuple[str, str], StepRecord] = {
            (case.name, step.id): step for case in document.cases for step in case.steps
        }

    @cached_property
    def by_step(self) -> Mapping[tuple[str, str], list[Judgement]]:
        """The results of each step that did not simply pass, in order."""
        found: dict[tuple[str, str], list[Judgement]] = {}
        for result in self.results:
            found.setdefault((result.case, result.step), []).append(result)
        return found

    @cached_property
    def passes_of(self) -> Mapping[str, list[tuple[Passed, int]]]:
        """Requirement -> the checks that passed for it, each with the number of steps at which it did."""
        counts = [0] * len(self.document.passes)
        for step in self.steps.values():
            for place in step.passed:
                counts[place] += 1
        found: dict[str, list[tuple[Passed, int]]] = {}
        for one, count in zip(self.document.passes, counts, strict=True):
            for name in one.requirements:
                found.setdefault(name, []).append((one, count))
        return found

    @cached_property
    def by_requirement(self) -> Mapping[str, list[Judgement]]:
        """The results that speak for each requirement and did not simply pass, in order."""
        found: dict[str, list[Judgement]] = {}
        for result in self.results:
            for name in result.requirements:
                found.setdefault(name, []).append(result)
        return found

    @cached_property
    def paths(self) -> Mapping[str, str]:
        """Exchange -> where its files are inside the report's folder, without their endings."""
        return paths_of(self.exchanges)

    def at(self, case: CaseRecord, step: StepRecord) -> Iterator[Judgement]:
        """Every result of a step; those that passed come last, and each is made when it is looked at."""
        yield from self.not_passed(case, step)
        yield from (passed_at(self.document.passes[place], case.name, step.id) for place in step.passed)

    def not_passed(self, case: CaseRecord, step: StepRecord) -> Sequence[Judgement]:
        """The results of a step that did not simply pass."""
        return self.by_step.get((case.name, step.id), ())

    def passed_topics(self, case: CaseRecord, step: StepRecord) -> list[PassedTopic]:
        """What passed at a step, by topic."""
        counts = Counter(self.document.passes[place].check.partition(".")[0] for place in step.passed)
        return [
            PassedTopic(case.name, step.id, topic, count, f"{case.node}::{step.id}[{topic}]" if case.node else "")
            for topic, count in counts.items()
        ]

    def every(self) -> Iterator[Judgement]:
        """Every result, case by case."""
        return (result for case in self.document.cases for step in case.steps for result in self.at(case, step))

    def exchange_of(self, result: Judgement) -> ExchangeRecord | None:
        """The exchange that a result is about; None where there is none."""
        return self.exchanges.get(self.steps.get((result.case, result.step), _NO_STEP).exchange)

    def of_verdict(self, *verdicts: str) -> Iterator[Judgement]:
        """The results with one of these verdicts, in order."""
        return (result for result in self.results if result.verdict in verdicts)

    def node(self, result: Judgement) -> str:
        """The node id that asks a result again; empty where it cannot be asked."""
        case = self.cases.get(result.case)
        return f"{case.node}::{result.step}[{result.check}]" if case is not None and case.node else ""

    def _compared(self, result: Judgement) -> list[str]:
        """The cases whose exchanges a law compares: asked by itself it would have nothing to look at."""
        if not result.check.startswith(OF_THE_RUN):
            return []
        told = " ".join(f"{one.where} {one.expected} {one.seen}" for one in result.findings)
        named = {word.rstrip(":;,") for word in told.split()} & self.exchanges.keys()
        cases = (self.cases.get(name.rpartition("::")[0]) for name in sorted(named))
        return list(dict.fromkeys(case.node for case in cases if case is not None and case.node))

    def _repeat(self, node: str, result: Judgement) -> str:
        options, compared = self.document.run.options, self._compared(result)
        endpoint = endpoint_of(result.case)
        return repeat_command(node, options, compared, self.pasting.program, endpoint=endpoint)

    def where(self, cases: Iterable[str]) -> str:
        """The endpoints at which cases were asked; empty where there is only one, or where it is all of them."""
        asked = {endpoint_of(name) for name in cases} - {0}
        names = [one.name for one in self.document.run.endpoints if one.number in asked]
        return ", ".join(names) if len(names) < len(self.document.run.endpoints) else ""

    def _script(self, exchange: str) -> str:
        if exchange not in self.paths or (self.pasting.folder and self.document.run.target.built_in):
            return ""  # the built-in server has ended with its run: there is nobody to send it to
        return self.pasting.file(f"{self.paths[exchange]}.curl.sh")

    def failure(self, result: Judgement) -> FailureView:
        """What there is to tell about a result, put together from all parts of the document."""
        grades = [grade for grade in result.grades if grade.verdict == result.verdict]
        grade = next((one for one in grades if one.requirement == result.requirement), grades[0] if grades else None)
        name = grade.requirement if grade else result.requirement
        rule = self.requirements.get(name)
        step = self.steps.get((result.case, result.step), _NO_STEP)
        case, check = self.cases.get(result.case), self.document.checks.get(result.check)
        node = self.node(result)
        return FailureView(
            verdict=result.verdict,
            check=result.check,
            question=check.question if check else "",
            case=result.case,
            endpoint=self.where([result.case]),
            title=case.title if case else "",
            step=result.step,
            defect=step.defect,
            requirement=name,
            level=grade.level.value if grade else "",
            set=grade.set if grade else rule.set if rule else "",
            rule=rule.rule if rule else "",
            page=rule.page_title if rule else "",
            address=rule.page_address if rule else "",
            sentence=rule.sentence if rule else "",
            effect=(check.effect if check else "") or (rule.effect if rule else ""),
            fix=(check.fix if check else "") or (rule.fix if rule else ""),
            findings=result.findings,
            reason=result.reason,
            finding_id=result.finding_id,
            node=node,
            repeat=self._repeat(node, result) if node else "",
            curl=self._script(step.exchange),
            known=result.known,
            disputed=result.disputed,
        )
