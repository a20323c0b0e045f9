"""The cases of the qualification page: each a story, written out as long as the page stays small enough to open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from conformance.judge import Judgement
from conformance.model import Verdict
from conformance.recording.records import ExchangeRecord
from conformance.reporting.charts import timeline_svg
from conformance.reporting.exchange_view import key_rows, minimal_pair, parts, systems_asked
from conformance.reporting.page_parts import control_of
from conformance.results.document import CaseRecord, StepRecord
from conformance.results.index import ResultsIndex

BUDGET = 900_000
"""Bytes for all cases together: with them the page stays below 2.5 MB."""

GRAVEST_FIRST = ("FAIL", "ERROR", "KNOWN", "UNTESTABLE", "ADVISORY", "NOTE")

MOST_KEYS = 16
"""Content keys of one exchange that the page shows one by one."""


@dataclass(frozen=True, slots=True)
class Area:
    """The cases of one area, already written."""

    name: str
    count: int
    counts: Mapping[str, int]
    cases: tuple[Markup, ...]


class CaseWriter:
    """Writes the cases; those with something to look at first, so that they are never the ones to be cut short."""

    def __init__(self, reading: ResultsIndex, environment: Environment) -> None:
        self.reading = reading
        self._write = environment.get_template("case.html.j2").module.case  # type: ignore[attr-defined]
        self._stories: dict[str, str] = {}
        self._left = BUDGET

    def areas(self) -> list[Area]:
        """All cases by area, in the order of the run."""
        written: dict[str, Markup] = {}
        names = list(self.reading.cases)
        for name in sorted(names, key=lambda one: not self._interesting(one)):
            written[name] = self._case(name)
        found = []
        areas: dict[str, list[str]] = {}
        for name in names:
            areas.setdefault(self.reading.cases[name].area or "other", []).append(name)
        for area, members in areas.items():
            counts: Counter[str] = Counter()
            for name in members:
                for step in self.reading.cases[name].steps:
                    counts["PASS"] += len(step.passed)
                    counts.update(result.verdict for result in self.reading.by_step.get((name, step.id), ()))
            found.append(Area(area, len(members), +counts, tuple(written[name] for name in members)))
        return found

    def _interesting(self, name: str) -> bool:
        return worst_verdict(self.reading, name) in ("FAIL", "ERROR", "KNOWN", "UNTESTABLE", "ADVISORY")

    def _case(self, name: str) -> Markup:
        case = self.reading.cases[name]
        full = self._left > 0
        steps = [self._step(case, step, full=full) for step in case.steps]
        text = Markup(self._write(case=case, steps=steps, verdict=worst_verdict(self.reading, name)))
        self._left -= len(text.encode("utf-8", "backslashreplace"))
        return text

    def _step(self, case: CaseRecord, step: StepRecord, *, full: bool) -> dict[str, Any]:
        results = self.reading.by_step.get((case.name, step.id), [])
        notable = [result for result in results if result.verdict is not Verdict.NOT_CLAIMED]
        name = step.exchange
        exchange = self.reading.exchanges.get(name)
        told: dict[str, Any] = {
            "step": step,
            "passed": tuple(self.reading.document.passes[place].check for place in step.passed),
            "notable": [(result, self.reading.failure(result)) for result in notable if result.findings],
            "open": Counter((result.verdict, result.reason) for result in notable if _is_open(result)),
            "not_claimed": next((r.reason for r in results if r.verdict == "NOT CLAIMED" and r.reason), ""),
            "exchange": exchange,
            "path": self.reading.paths.get(name, ""),
            "story": None,
            "told_at": "",
        }
        if exchange is None:
            return told
        if name in self._stories:
            told["told_at"] = self._stories[name]
        elif full:
            self._stories[name] = name.rpartition("::")[0]
            told["story"] = self._story(case, step, exchange)
        return told

    def _story(self, case: CaseRecord, step: StepRecord, exchange: ExchangeRecord) -> dict[str, Any]:
        summary = exchange.summary
        twin = control_of(self.reading, case.name, step.id)
        other = self.reading.exchanges.get(twin) if twin else None
        refused = summary.state == "refused"
        rows = key_rows(summary)
        return {
            "state": summary.state,
            "note": summary.note,
            "failure": summary.failure,
            "refusal": summary.refusal,
            "rows": [] if refused else rows[:MOST_KEYS],
            "more": 0 if refused else len(rows) + summary.more_keys - min(len(rows), MOST_KEYS),
            "keys": len(rows) + summary.more_keys,
            "systems": systems_asked(summary),
            "parts": [] if refused else parts(summary)[:40],
            "extra": [*summary.extra, *summary.conflicts],
            "pair": minimal_pair(other, exchange) if other is not None and other is not exchange else [],
            "timeline": "" if refused else Markup(timeline_svg(summary, "Key periods, and the key that holds in each")),
        }


def _is_open(result: Judgement) -> bool:
    return not result.findings


def worst_verdict(reading: ResultsIndex, name: str) -> str:
    """The gravest verdict of a case; PASS where nothing is to be said, NOT CLAIMED where nothing was asked."""
    seen = {result.verdict for step in reading.cases[name].steps for result in reading.by_step.get((name, step.id), ())}
    passed = any(step.passed for step in reading.cases[name].steps)
    for verdict in GRAVEST_FIRST:
        if verdict in seen:
            return verdict
    return "PASS" if passed or "RECORDED" in seen else "NOT CLAIMED"
