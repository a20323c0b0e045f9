"""The results in the Common Test Report Format, for the tools that read it; what is one test is as in junit.xml."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from conformance.reporting.failure_text import labelled_facts
from conformance.results.document import CaseRecord, Document, StepRecord
from conformance.results.index import ResultsIndex

_STATUS = {"FAIL": "failed", "ERROR": "other", "UNTESTABLE": "other", "NOT CLAIMED": "skipped", "KNOWN": "skipped"}


def ctrf(document: Document) -> dict[str, Any]:
    """The document as CTRF data; times are milliseconds, of the run since 1970 and of a test those of its exchange."""
    reading = ResultsIndex(document)
    run = document.run
    tests = [test for case in document.cases for step in case.steps for test in _tests(reading, case, step)]
    statuses = [test["status"] for test in tests]
    return {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "results": {
            "tool": {"name": document.tool.name, "version": document.tool.version},
            "summary": {
                "tests": len(tests),
                **{name: statuses.count(name) for name in ("passed", "failed", "pending", "skipped", "other")},
                "start": _milliseconds(run.started),
                "stop": _milliseconds(run.finished),
            },
            "tests": tests,
            "extra": {"outcome": document.outcome, "baseline": document.baseline, "seed": run.seed},
        },
    }


def _tests(reading: ResultsIndex, case: CaseRecord, step: StepRecord) -> Iterator[dict[str, Any]]:
    exchange = reading.exchanges.get(step.exchange)
    common = {"duration": round(exchange.milliseconds) if exchange else 0, "suite": [case.area or "other"]}
    for result in reading.not_passed(case, step):
        test: dict[str, Any] = {
            "name": f"{result.case}::{result.step}[{result.check}]",
            "status": _STATUS.get(result.verdict, "passed"),
            "rawStatus": result.verdict,
            **common,
        }
        if result.requirement:
            test["tags"] = [result.requirement]
        failure = reading.failure(result)
        test["message"] = (failure.findings[0].seen if failure.findings else failure.reason) or failure.question
        test["trace"] = "\n".join(f"{label}: {value}" for label, value in labelled_facts(failure))
        yield test
    for topic in reading.passed_topics(case, step):
        yield {"name": f"{case.name}::{step.id}[{topic.topic}]", "status": "passed", "rawStatus": "PASS", **common}


def _milliseconds(text: str) -> int:
    try:
        return int(datetime.datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        return 0
