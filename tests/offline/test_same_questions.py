"""`check` asks and answers the same about an exchange as the run that recorded it: both use one selector."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conformance.cases import Seed, load_cases
from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.checks.registry import Need, Subject
from conformance.checks.selector import select
from conformance.faultmatrix.in_process import InProcess
from conformance.model import Case, HttpAnswer
from conformance.offline.captured import read_pair
from conformance.refserver import Config
from conformance.run.asking import asked_of
from conformance.run.runner import RunContext, Runner
from tests.checks.exchange import RING, claims

OF_THE_ANSWER = (Subject.ACCEPTED, Subject.REFUSAL, Subject.EXCHANGE)
"""What compares two requests, or needs the expectation of a case, only the case can ask."""

LEFT_OUT = frozenset({"repetition", "stretch", "optional"})


def exchanges() -> Iterator[Context]:
    """Every exchange of all cases with the reference server, that a pair of files can hold."""
    groups: dict[str, list[Case]] = {}
    for case in load_cases(load_checks()):
        if not LEFT_OUT & set(case.tags):
            groups.setdefault(case.group, []).append(case)
    for cases in groups.values():
        sender = InProcess(Config())
        runner = Runner(RunContext("http://127.0.0.1/speke", sender, Seed("same"), claims(), RING), cases)
        for case in cases:
            for step in case.steps:
                context = runner.performed(case, step)
                if not step.use and isinstance(context, Context) and _can_be_captured(context):
                    yield context


def _can_be_captured(context: Context) -> bool:
    """Ordinary, answered with a document, and without the run's own private keys, which nobody captures."""
    plain = context.ordinary and context.request_readable and not context.step.plan.recipients
    return plain and context.exchange.request.method == "POST" and context.missing_for(Need.DOCUMENT) is None


def test_every_recorded_answer_is_asked_and_answered_the_same(tmp_path: Path) -> None:
    count = 0
    for live in exchanges():
        answer = live.exchange.answer
        assert isinstance(answer, HttpAnswer)
        request, response, headers = (tmp_path / name for name in ("request.xml", "response.xml", "headers.txt"))
        request.write_bytes(live.exchange.request.body)
        response.write_bytes(answer.body)
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{name}: {value}" for name, value in answer.headers)]
        headers.write_text("\n".join(lines), encoding="latin-1")
        captured = read_pair(request, response, headers, version=live.version).context
        captured.claims = live.claims
        captured.exchange = type(live.exchange)(live.exchange.request, captured.exchange.answer)
        place = f"{live.case.name}::{live.step.id}"
        here = {check.id: check for check in select(live).asked if check.subject in OF_THE_ANSWER}
        there = {check.id: check for check in select(captured).asked if check.subject in OF_THE_ANSWER}
        named = set(live.step.checks)
        assert here.keys() - named == there.keys() - named, place
        for name in here.keys() & there.keys():
            assert asked_of(live, here[name])[::2] == asked_of(captured, there[name])[::2], f"{name}@{place}"
        count += 1
    assert count > 200
