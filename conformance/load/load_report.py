"""What came of a load test: rate, percentiles and findings by check, as data and as a text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance.load.config import FindingCounts, LoadConfig
from conformance.load.traffic import Traffic

PERCENTILES = (50, 95, 99)


def write_outcome(brief: LoadConfig, traffic: Traffic, tally: FindingCounts, stats: Any) -> dict[str, Any]:
    """The outcome as plain data, also written to the brief's file; `stats` are Locust's numbers."""
    total, questions = stats.total, traffic.questions
    outcome = {
        "case": traffic.case.name,
        "channels": brief.channels,
        "rotation": brief.rotation,
        "wanted_per_second": round(brief.rate, 2),
        "users": brief.users,
        "workers": brief.workers,
        "requests": total.num_requests,
        "failures": total.num_failures,
        "per_second": round(total.total_rps, 2),
        "milliseconds": {
            **{f"p{percent}": total.get_response_time_percentile(percent / 100) for percent in PERCENTILES},
            "max": round(total.max_response_time, 2),
        },
        "errors": {str(error.error): error.occurrences for error in stats.errors.values()},
        "judged": tally.judged,
        "checks": [check.id for check in traffic.checks],
        "findings": {
            check: {"answers": count, "example": tally.examples[check], "question": questions[check]}
            for check, count in sorted(tally.findings.items(), key=lambda item: -item[1])
        },
    }
    if brief.out:
        Path(brief.out).write_text(json.dumps(outcome, indent=2) + "\n", encoding="utf-8")
    return outcome


def exit_status(outcome: Mapping[str, Any]) -> int:
    """0: every answer right · 1: findings, or requests that failed · 10: nothing was answered."""
    if outcome["requests"] == outcome["failures"] and not outcome["judged"]:
        return 10
    return 1 if outcome["findings"] or outcome["failures"] else 0


def outcome_lines(outcome: Mapping[str, Any]) -> Iterator[str]:
    """The outcome for a terminal."""
    times = outcome["milliseconds"]
    wanted = f" of {outcome['wanted_per_second']:g} wanted" if outcome["wanted_per_second"] else ""
    yield (
        f"{outcome['requests']} requests for {outcome['channels']} channels of {outcome['case']}: "
        f"{outcome['per_second']:g} a second{wanted}, {outcome['failures']} not answered correctly"
    )
    yield f"p50 {times['p50']} ms, p95 {times['p95']} ms, p99 {times['p99']} ms, slowest {times['max']:g} ms"
    if not outcome["checks"]:
        yield "answers were not judged"
    else:
        yield f"{outcome['judged']} answers judged by {len(outcome['checks'])} checks each"
    for check, one in outcome["findings"].items():
        yield f"FAIL  {check} in {one['answers']} answers, first at {one['example']}: {one['question']}"
    if not outcome["findings"]:
        yield from (f"failed {count} times: {error}" for error, count in outcome["errors"].items())
