"""Collection: a YAML file of cases → cases → one pytest item for each question at each step."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from conformance.checks.registry import Check
from conformance.judge import Judgement
from conformance.model import Case, Step, Verdict
from conformance.pytest_plugin.state import Payload, SessionState


class CaseFileCollector(pytest.File):
    """One YAML file of cases."""

    state: SessionState
    cases: list[Case]

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

    def collect(self) -> Iterable[pytest.Item]:
        """One item for each check of each step."""
        for step in self.case.steps:
            for check in self.state.run.asked(self.case, step):
                name = f"{step.id}[{check.id}]"
                # Said outright, so that pytest reads an id that comes back as text (--lf, reports) as the same one.
                item = CheckItem.from_parent(self, name=name, nodeid=f"{self.nodeid}::{name}")
                item.case, item.step, item.check, item.state = self.case, step, check, self.state
                yield item


class CheckItem(pytest.Item):
    """One check asked at one step."""

    # Slots, because there are thousands of these, and a dictionary of more than ten entries takes twice the memory.
    __slots__ = ("case", "check", "judgement", "state", "step")
    case: Case
    step: Step
    check: Check
    state: SessionState
    judgement: Judgement | None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.judgement = None
        self.user_properties: list[tuple[str, object]] = []

    def runtest(self) -> None:
        """Ask, and say in pytest's words what the judge made of it."""
        judgement = self.state.run.ask(self.case, self.step, self.check)
        self.judgement = judgement
        verdict = judgement.verdict
        self.user_properties += [("verdict", verdict.value), ("requirement", judgement.requirement)]
        if verdict is Verdict.NOT_CLAIMED:
            pytest.skip(f"NOT CLAIMED: {judgement.reason or 'the requirement set is not claimed'}")
        if verdict is Verdict.KNOWN:
            pytest.xfail(f"KNOWN: {judgement.known.reason if judgement.known else ''}")
        if verdict in (Verdict.FAIL, Verdict.ERROR) or judgement.leaves_a_gap:
            raise CheckFailed(judgement)
        if verdict is Verdict.UNTESTABLE:
            pytest.skip(f"UNTESTABLE: {judgement.reason}")

    @property
    def question(self) -> str:
        """Its name within its file."""
        return f"{self.case.name}::{self.name}"

    def payload(self) -> Payload:
        """What goes with the item's report, to the controller if there is one: the result and new exchanges."""
        assert self.judgement is not None
        recorder, sent = self.state.run.recorder, self.state.sent
        fresh = {name: one for name, one in list(recorder.exchanges.items()) if name not in sent}
        sent.update(fresh)
        for name in fresh:
            recorder.exchanges.pop(name, None)
        return Payload(self.judgement, fresh)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """The failure in words."""
        if isinstance(excinfo.value, CheckFailed):
            return failure_text(excinfo.value.judgement)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """File and line of the case, and a title."""
        line = self.case.place.line - 1 if self.case.place else 0
        return self.path, line, self.question


class CheckFailed(Exception):
    """Carries a verdict that is not green out of an item."""

    def __init__(self, judgement: Judgement) -> None:
        super().__init__(judgement.verdict.value)
        self.judgement = judgement


def failure_text(judgement: Judgement) -> str:
    """Verdict, requirement and findings of a result as a few lines."""
    lines = [f"{judgement.verdict.value} {judgement.requirement} {judgement.name}"]
    if judgement.reason:
        lines.append(f"  why: {judgement.reason}")
    for finding in judgement.findings:
        lines.append(f"  where: {finding.where}")
        lines.append(f"    expected: {finding.expected}")
        lines.append(f"    seen:     {finding.seen}")
        if finding.hint:
            lines.append(f"    hint:     {finding.hint}")
    return "\n".join(lines)
