"""The inner parts of the qualification page: failures by cause, requirements by set, contracts, latencies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup
from msgspec import UnsetType

from conformance.judge import Judgement
from conformance.model import Verdict
from conformance.recording.records import ExchangeSummary, RuleSummary
from conformance.reporting.charts import NumberedRule, bar_svg, contract_svg
from conformance.reporting.exchange_view import filters_words
from conformance.results.document import Document, Latency, Passed, SetResult
from conformance.results.index import ResultsIndex

MOST_CONTRACTS = 60
MOST_RULES = 16
"""Rules of a contract that a picture can tell apart."""


_WANTING = frozenset({"FAIL", "ERROR", "KNOWN", "UNTESTABLE", "ADVISORY"})


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """One requirement with what came of it."""

    id: str
    level: str
    rule: str
    page: str
    address: str
    confidence: str
    sentence: str
    counts: Mapping[str, int]
    checks: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class RequirementSetRows:
    """A requirement set with its rows; those with something to say first."""

    set: SetResult
    rows: tuple[RequirementRow, ...]
    counts: Mapping[str, int]

    @property
    def wanting(self) -> tuple[RequirementRow, ...]:
        """The rows that are not green."""
        return tuple(row for row in self.rows if _WANTING & row.counts.keys())

    @property
    def green(self) -> tuple[RequirementRow, ...]:
        """All other rows."""
        return tuple(row for row in self.rows if not _WANTING & row.counts.keys())

    @property
    def pages(self) -> tuple[tuple[str, str], ...]:
        """The pages on which the rules stand, each once with its address."""
        return tuple(dict.fromkeys((row.page, row.address) for row in self.rows))


@dataclass(frozen=True, slots=True)
class ContractPicture:
    """One encryption contract as it was asked for, and as it came back where that differs."""

    asked: Markup
    answered: Markup | None
    rules: tuple[tuple[int, str, str], ...]
    cases: tuple[str, ...]


def control_of(reading: ResultsIndex, case: str, step: str) -> str:
    """The exchange of the step that asks the same without the defect; empty for a step that has no twin."""
    here = reading.steps.get((case, step))
    if here is None or not here.defect:
        return ""
    for other in reading.cases[case].steps:
        if other.expect.kind == "accepted" and not other.defect and other.exchange:
            return other.exchange
    return ""


def requirement_sets(reading: ResultsIndex) -> list[RequirementSetRows]:
    """Every requirement that some result spoke for, by its home set, in the order of the sets in force."""
    document = reading.document
    missing = {entry.requirement: entry.why for entry in document.not_covered}
    order = [one.id for one in document.sets]
    homes: dict[str, list[RequirementRow]] = {}
    for name, rule in reading.requirements.items():
        results, passes = reading.by_requirement.get(name, []), reading.passes_of.get(name, [])
        if not results and not passes and name not in missing:
            continue
        counts: Counter[str] = Counter(_verdict_for(result, name) for result in results)
        for one, count in passes:
            counts[_verdict_for(one, name)] += count
        levels = list(dict.fromkeys(rule.levels.values()))
        homes.setdefault(rule.set, []).append(
            RequirementRow(
                id=name,
                level=" / ".join(levels),
                rule=rule.rule,
                page=rule.page_title,
                address=rule.page_address,
                confidence=rule.confidence,
                sentence=rule.sentence,
                counts=+counts,
                checks=tuple(dict.fromkeys([*(one.check for one in results), *(one.check for one, _ in passes)])),
                why=missing.get(name, ""),
            )
        )
    known = {one.id: one for one in document.sets}
    found = []
    for home in sorted(homes, key=lambda name: (order.index(name) if name in order else len(order), name)):
        rows = sorted(homes[home], key=lambda row: (not (row.counts.get("FAIL") or row.counts.get("ERROR")), row.id))
        total: Counter[str] = Counter()
        for row in rows:
            total.update(row.counts)
        found.append(RequirementSetRows(known.get(home, SetResult(home, "")), tuple(rows), total))
    return found


def _verdict_for(result: Judgement | Passed, requirement: str) -> str:
    """The verdict in the sets that hold this very requirement; the overall one where no set names it."""
    own = [grade.verdict for grade in result.grades if grade.requirement == requirement]
    if own:
        return own[0].value
    return result.verdict.value if isinstance(result, Judgement) else Verdict.PASS.value


def contracts(reading: ResultsIndex) -> list[ContractPicture]:
    """Each different encryption contract once, with a picture of what its keys cover, and the cases that ask for it."""
    found: dict[str, tuple[ContractPicture, list[str]]] = {}
    for name, exchange in reading.exchanges.items():
        asked, answered = _rules(exchange.summary)
        if exchange.summary.state != "answered" or not asked or len(asked) > MOST_RULES:
            continue
        key = repr((asked, answered))
        if key not in found:
            drawn = _drawn(asked, answered) if len(found) < MOST_CONTRACTS else None
            if drawn is None:
                continue
            found[key] = (drawn, [])
        cases = found[key][1]
        case = name.rpartition("::")[0]
        # What discovery asked for belongs to no case, and has no place on the page to lead to.
        if case not in cases and case in reading.cases:
            cases.append(case)
    ordered = sorted(found.values(), key=lambda pair: (pair[0].answered is None, len(pair[0].rules)))
    return [ContractPicture(one.asked, one.answered, one.rules, tuple(cases)) for one, cases in ordered]


def _drawn(asked: list[NumberedRule], answered: list[NumberedRule]) -> ContractPicture | None:
    picture = contract_svg(asked, f"Tracks covered by {len(asked)} keys")
    if not picture:
        return None
    other = contract_svg(answered, "The same as it was answered") if answered else ""
    rules = tuple((number, rule.type, filters_words(rule.filters) or "no filter") for number, rule in asked)
    return ContractPicture(Markup(picture), Markup(other) if other else None, rules, ())


def _rules(summary: ExchangeSummary) -> tuple[list[NumberedRule], list[NumberedRule]]:
    """The rules of the first key period as asked, and as answered (empty where nothing differs)."""
    periods = summary.periods
    first = periods[0].id if periods else None
    asked: list[NumberedRule] = []
    answered: list[NumberedRule] = []
    differs = False
    for number, row in enumerate(summary.keys, 1):
        for rule in row.rules:
            ids = [one[1].get("periodId") for one in rule.filters if one[0] == "KeyPeriodFilter"]
            if ids and first not in ids:
                continue
            asked.append((number, _plain(rule)))
            echo = rule if isinstance(rule.echo, UnsetType) else rule.echo
            differs = differs or echo is not rule
            if echo is not None:
                answered.append((number, _plain(echo)))
    return asked, answered if differs else []


def _plain(rule: RuleSummary) -> RuleSummary:
    return RuleSummary(rule.type, [one for one in rule.filters if one[0] != "KeyPeriodFilter"])


def latency(document: Document) -> list[tuple[str, Latency, Markup]]:
    """Area, its numbers, and a bar; all bars have the scale of the slowest 95th percentile."""
    areas = document.budget.areas
    scale = max((one.p95 for one in areas.values()), default=0.0) * 1.1
    return [(name, one, Markup(bar_svg(one.p50, one.p95, one.max, scale))) for name, one in areas.items()]
