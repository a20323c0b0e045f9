"""What the run cost the server: requests, contents, keys, bytes, and how long each area's answers took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conformance.reporting.facts import RunFacts


def budget(run: RunFacts, exchanges: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Counts, bytes and latencies in milliseconds; `reused` is None where connections were not counted."""
    areas = {case.name: case.area or "other" for case in run.cases}
    times: defaultdict[str, list[float]] = defaultdict(list)
    contents, keys = set(), set()
    for one in exchanges.values():
        story = one.get("story", {})
        if "answer" in one:
            times[areas.get(str(one.get("case", "")), "other")].append(float(one["milliseconds"]))
        if story.get("content"):
            contents.add(story["content"])
        keys |= {(story.get("content"), row["answered"]) for row in story.get("keys", ()) if row.get("key")}
    hops = [hop for one in exchanges.values() for hop in (one, *one.get("hops", ()))]
    everything = [value for values in times.values() for value in values]
    return {
        "exchanges": len(exchanges),
        "requests": len(hops),
        "contents": len(contents),
        "content_keys": len(keys),
        "bytes_sent": sum(int(one["request"]["bytes"]) for one in hops),
        "bytes_received": sum(int(one["answer"]["bytes"]) for one in hops if "answer" in one),
        "without_answer": sum(1 for one in exchanges.values() if "answer" not in one),
        "connections": run.connections,
        "latency": latencies(everything),
        "areas": {area: latencies(values) for area, values in sorted(times.items())},
    }


def latencies(values: Iterable[float]) -> dict[str, Any]:
    """Count, median, 95th percentile and maximum of some times, in milliseconds (zeros where there are none)."""
    ordered = sorted(values)
    return {
        "count": len(ordered),
        "p50": percentile(ordered, 50),
        "p95": percentile(ordered, 95),
        "max": round(ordered[-1], 2) if ordered else 0.0,
    }


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest value that at least so many percent of the (ordered) values do not exceed; 0 for none."""
    if not ordered:
        return 0.0
    return round(ordered[max(0, -(-len(ordered) * percent // 100) - 1)], 2)
