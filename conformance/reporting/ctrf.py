"""The results in the Common Test Report Format, for the tools that read it."""

from __future__ import annotations

import datetime
from typing import Any

from conformance.model import Verdict
from conformance.reporting.failure_text import facts_of
from conformance.results.document import Document
from conformance.results.index import ResultsIndex

_STATUS = {"FAIL": "failed", "ERROR": "other", "UNTESTABLE": "other", "NOT CLAIMED": "skipped", "KNOWN": "skipped"}


def ctrf(document: Document) -> dict[str, Any]:
    """The document as CTRF data; times are milliseconds, of the run since 1970 and of a test those of its exchange."""
    reading = ResultsIndex(document)
    run = document.run
    tests = []
    for result in reading.every():
        exchange = reading.exchange_of(result)
        test: dict[str, Any] = {
            "name": f"{result.case}::{result.step}[{result.check}]",
            "status": _STATUS.get(result.verdict, "passed"),
            "duration": round(exchange.milliseconds) if exchange else 0,
            "rawStatus": result.verdict,
            "suite": [reading.cases[result.case].area or "other"],
        }
        if result.requirement:
            test["tags"] = [result.requirement]
        if result.verdict is not Verdict.PASS:
            failure = reading.failure(result)
            message = (failure.findings[0].seen if failure.findings else failure.reason) or failure.question
            test["message"] = message
            test["trace"] = "\n".join(f"{label}: {value}" for label, value in facts_of(failure))
        tests.append(test)
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


def _milliseconds(text: str) -> int:
    try:
        return int(datetime.datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        return 0
