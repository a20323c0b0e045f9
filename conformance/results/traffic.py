"""What the run cost the server: requests, contents, keys, bytes, and how long each area's answers took."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from conformance.model.exchange import FRESH, REUSED
from conformance.recording.records import ExchangeRecord, Exchanges
from conformance.results.document import Latency, TrafficBudget
from conformance.results.run_facts import RunFacts


def budget(run: RunFacts, exchanges: Exchanges) -> TrafficBudget:
    """Counts, bytes and latencies in milliseconds; `connections` is None where nothing is known of them."""
    areas = {case.name: case.area or "other" for case in run.cases}
    times: defaultdict[str, list[float]] = defaultdict(list)
    contents, keys = set(), set()
    for one in exchanges.values():
        summary = one.summary
        if one.answer:
            times[areas.get(one.case, "other")].append(one.milliseconds)
        if summary.content:
            contents.add(summary.content)
        keys |= {(summary.content, row.answered) for row in summary.keys if row.key}
    hops = [hop for one in exchanges.values() for hop in (one, *one.hops)]
    everything = [value for values in times.values() for value in values]
    return TrafficBudget(
        exchanges=len(exchanges),
        requests=len(hops),
        contents=len(contents),
        content_keys=len(keys),
        bytes_sent=sum(one.request.bytes for one in hops),
        bytes_received=sum(one.answer.bytes for one in hops if one.answer),
        without_answer=sum(1 for one in exchanges.values() if not one.answer),
        connections=connections(hops),
        latency=latencies(everything),
        areas={area: latencies(values) for area, values in sorted(times.items())},
    )


def connections(exchanges: Iterable[ExchangeRecord]) -> int | None:
    """How many connections were opened for these exchanges; None where none of them says."""
    notes = Counter(note for one in exchanges for note in one.notes if note in (FRESH, REUSED))
    return notes[FRESH] if notes else None


def budget_line(budget: TrafficBudget) -> str:
    """The budget of a run in one sentence without its full stop: what it cost, and how fast the answers were."""
    parts = [
        _counted(budget.requests, "request"),
        _counted(budget.contents, "content"),
        _counted(budget.content_keys, "content key"),
        f"{budget.bytes_sent // 1000} kB sent",
        f"{budget.bytes_received // 1000} kB received",
    ]
    if budget.connections is not None:
        parts.append(_counted(budget.connections, "connection"))
    if budget.latency.count:
        times = budget.latency
        slowest = max(budget.areas, key=lambda area: budget.areas[area].max)
        parts.append(f"p50 {times.p50:.0f} ms, p95 {times.p95:.0f} ms, slowest {times.max:.0f} ms ({slowest})")
    return ", ".join(parts)


def latencies(values: Iterable[float]) -> Latency:
    """Count, median, 95th percentile and maximum of some times, in milliseconds (zeros where there are none)."""
    ordered = sorted(values)
    top = round(ordered[-1], 2) if ordered else 0.0
    return Latency(len(ordered), percentile(ordered, 50), percentile(ordered, 95), top)


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest value that at least so many percent of the (ordered) values do not exceed; 0 for none."""
    if not ordered:
        return 0.0
    return round(ordered[max(0, -(-len(ordered) * percent // 100) - 1)], 2)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
