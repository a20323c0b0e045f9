"""Collection: a YAML file of cases → cases → one pytest item for each topic of each step."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from conformance.judge import Judgement, StepOutcome
from conformance.model import Case, Step, Verdict
from conformance.pytest_plugin.state import Payload, SessionState
from conformance.run.run_plan import topic_of


class CaseFileCollector(pytest.File):
    """One YAML file of cases."""

    state: SessionState
    cases: list[Case]
    shown_path: str = ""
    """As reports name the file; found out at its first item."""

    def collect(self) -> Iterable[pytest.Collector]:
        """The cases of the file that have a question."""
        for case in self.cases:
            collector = CaseCollector.from_parent(self, name=case.name)
            collector.case, collector.state = case, self.state
            yield collector


class CaseCollector(pytest.Collector):
    """One case."""

    case: Case
    state: SessionState

    @cached_property
    def all_keywords(self) -> dict[str, bool]:
        """Its own keywords and those of all its parents, which pytest would gather again for each report of an item."""
        return dict.fromkeys(self.keywords, True)

    def collect(self) -> Iterable[pytest.Item]:
        """One item for each topic of each step, and one for each single check that the command line names."""
        for step in self.case.steps:
            for about in self.state.plan.topics(self.case, step):
                yield self._item(step, about)
            for about in self.state.singles(self.path, self.case, step):
                yield self._item(step, about)

    def _item(self, step: Step, about: str) -> StepItem:
        name = f"{step.id}[{about}]"
        # Said outright, so that pytest reads an id that comes back as text (--lf, reports) as the same one.
        item = StepItem.from_parent(self, name=name, nodeid=f"{self.nodeid}::{name}")
        item.case, item.step, item.about, item.state = self.case, step, about, self.state
        return item


class StepItem(pytest.Item):
    """What is asked at one step about one topic, or a single check of it."""

    # Slots, because there are thousands of these, and a dictionary of more than ten entries takes twice the memory.
    __slots__ = ("about", "case", "outcome", "state", "step", "worst")
    case: Case
    step: Step
    about: str
    """A topic (`widevine`), or the id of a check."""
    state: SessionState
    outcome: StepOutcome | None
    worst: Judgement | None
    """What the item shows of its outcome."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.outcome = self.worst = None
        self.user_properties: list[tuple[str, object]] = []
        if isinstance(self.parent, CaseCollector):
            self.keywords = {**self.parent.all_keywords, self.name: True}

    def runtest(self) -> None:
        """Ask, and say in pytest's words what the judge made of the worst of it."""
        self.outcome = self.state.run.ask(self.case, self.step, self.about)
        worst = self.worst = self.outcome.worst(self.state.rulebook)
        if worst is None:
            return
        verdict = worst.verdict
        self.user_properties += [("verdict", verdict.value), ("requirement", worst.requirement)]
        if verdict is Verdict.NOT_CLAIMED:
            pytest.skip(f"NOT CLAIMED: {worst.reason or 'the requirement set is not claimed'}")
        if verdict is Verdict.KNOWN:
            pytest.xfail(f"KNOWN: {worst.known.reason if worst.known else ''}")
        if CheckFailed.is_due(worst):
            raise CheckFailed(self.outcome, worst)
        if verdict is Verdict.UNTESTABLE:
            pytest.skip(f"UNTESTABLE: {worst.reason}")

    @property
    def location(self) -> tuple[str, int | None, str]:
        """Path, line and title, as pytest has them; the path is the same for thousands of items."""
        file = self.getparent(CaseFileCollector)
        assert file is not None
        if not file.shown_path:
            file.shown_path = super().location[0]
        _, line, title = self.reportinfo()
        return file.shown_path, line, title

    @property
    def question(self) -> str:
        """Its name within its file."""
        return f"{self.case.name}::{self.name}"

    def checks(self) -> list[str]:
        """The ids of the checks that the item may ask."""
        plan = self.state.plan
        return [
            one.id for one in plan.possible(self.case, self.step) if self.about in (one.id, topic_of(one, self.step))
        ]

    def payload(self) -> Payload:
        """What goes with the item's report, to the controller if there is one: the outcome and new exchanges."""
        assert self.outcome is not None
        recorder, sent = self.state.run.observed.recorder, self.state.sent
        fresh = {name: one for name, one in list(recorder.exchanges.items()) if name not in sent}
        sent.update(fresh)
        for name in fresh:
            recorder.exchanges.pop(name, None)
        return Payload(self.outcome, self.worst, fresh)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """The failure in words."""
        if isinstance(excinfo.value, CheckFailed):
            return failure_text(excinfo.value.outcome, excinfo.value.worst)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """File and line of the case, and a title."""
        line = self.case.place.line - 1 if self.case.place else 0
        return self.path, line, self.question


class CheckFailed(Exception):
    """Carries verdicts that are not green out of an item."""

    def __init__(self, outcome: StepOutcome, worst: Judgement) -> None:
        super().__init__(worst.verdict.value)
        self.outcome, self.worst = outcome, worst

    @staticmethod
    def is_due(worst: Judgement) -> bool:
        """Whether a verdict is not green: pytest counts it as a failure."""
        return worst.verdict in (Verdict.FAIL, Verdict.ERROR) or worst.leaves_a_gap


def failure_text(outcome: StepOutcome, worst: Judgement) -> str:
    """Each result of an item that is not green, the worst first, as a few lines."""
    loud = [one for one in outcome.judged if one.verdict in _LOUD and one is not worst]
    return "\n".join(line for one in (worst, *loud) for line in _lines(one))


_LOUD = (Verdict.ERROR, Verdict.FAIL, Verdict.KNOWN, Verdict.ADVISORY)


def _lines(judgement: Judgement) -> Iterable[str]:
    yield f"{judgement.verdict.value} {judgement.requirement} {judgement.name}"
    if judgement.reason:
        yield f"  why: {judgement.reason}"
    for finding in judgement.findings:
        yield f"  where: {finding.where}"
        yield f"    expected: {finding.expected}"
        yield f"    seen:     {finding.seen}"
        if finding.hint:
            yield f"    hint:     {finding.hint}"
