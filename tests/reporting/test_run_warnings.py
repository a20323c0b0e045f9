"""Warnings about the run itself: each is raised where it should be, and not elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from conformance.model import Claims
from conformance.recording.records import AnswerRecord, Body, ExchangeRecord, Exchanges, RequestRecord
from conformance.results.document import Document
from conformance.results.judgements import Judgements
from conformance.results.run_facts import RunFacts, facts_from
from conformance.results.run_record import TargetRecord
from conformance.results.run_warnings import run_warnings
from conformance.run.options import Options
from conformance.run.run_plan import RunPlan
from tests.reporting.live import cases, small_settings


@pytest.fixture
def facts() -> RunFacts:
    settings = small_settings(Options(url="https://keys.example.com/", profile="reference", seed="test"))
    return facts_from(RunPlan(settings, cases()), cases(), stopped="")


def _exchanges(count: int, status: int = 200, body: str = "answer {}", date: str = "") -> Exchanges:
    headers = [("Date", date)] if date else []
    return {
        f"C{at}::ask": ExchangeRecord(
            "2026-03-01T10:00:00Z",
            10.0,
            RequestRecord("POST", [], Body(content=f"request {at}"), 9),
            AnswerRecord(status, "", "HTTP/1.1", headers, Body(content=body.format(at)), 9),
        )
        for at in range(count)
    }


def _ids(facts: RunFacts, exchanges: Exchanges) -> list[str]:
    return [one.id for one in run_warnings(facts, exchanges, Judgements())]


def _with(facts: RunFacts, scheme: str = "", host: str = "keys.example.com", **changes: Any) -> RunFacts:
    target = TargetRecord(host, scheme)
    return replace(facts, record=structs.replace(facts.record, target=target, **changes))


def test_ordinary_run_has_no_warning(facts: RunFacts) -> None:
    assert _ids(facts, _exchanges(20, date="Sun, 01 Mar 2026 10:00:01 GMT")) == []


def test_live_run_has_no_warning(good: Document, faulty: Document) -> None:
    assert good.warnings == []
    assert [one.id for one in faulty.warnings] == ["faults"]


@pytest.mark.parametrize("status", [401, 403])
def test_nearly_everything_unauthorized(facts: RunFacts, status: int) -> None:
    exchanges = _exchanges(8, status) | {"OTHER::ask": _exchanges(1)["C0::ask"]}
    assert _ids(facts, exchanges) == ["unauthorized"]


def test_throttled(facts: RunFacts) -> None:
    exchanges = _exchanges(20) | {f"T{name}": one for name, one in _exchanges(6, 429).items()}
    assert _ids(facts, exchanges) == ["throttled"]


def test_static_mock(facts: RunFacts) -> None:
    assert _ids(facts, _exchanges(9, body="always this")) == ["static-answers"]


def test_few_exchanges_prove_nothing(facts: RunFacts) -> None:
    assert _ids(facts, _exchanges(3, body="always this")) == []


def test_no_answers(facts: RunFacts) -> None:
    exchanges = _exchanges(10)
    for one in exchanges.values():
        one.answer = None
    assert _ids(facts, exchanges) == ["no-answers"]


@pytest.mark.parametrize(
    ("date", "side"), [("Sun, 01 Mar 2026 10:09:00 GMT", "ahead"), ("Sun, 01 Mar 2026 09:51:00 GMT", "behind")]
)
def test_clock_skew(facts: RunFacts, date: str, side: str) -> None:
    (warning,) = run_warnings(facts, _exchanges(6, date=date), Judgements())
    assert warning.id == "clock-skew"
    assert f"540 seconds {side}" in warning.text


def test_date_that_is_none_is_left_alone(facts: RunFacts) -> None:
    assert _ids(facts, _exchanges(6, date="yesterday")) == []


def test_options_that_weaken_a_run(facts: RunFacts) -> None:
    assert _ids(_with(facts, scheme="http"), {}) == ["plain-http"]
    assert _ids(_with(facts, scheme="http", host="127.0.0.1"), {}) == []
    assert _ids(_with(facts, scheme="http", host="[::1]"), {}) == []
    assert _ids(_with(facts, insecure=True), {}) == ["insecure"]
    assert _ids(_with(facts, stopped="ten in a row"), {}) == ["stopped-early"]
    assert _ids(replace(facts, claims=Claims(frozenset(), frozenset())), {}) == ["nothing-claimed"]
