"""Which causes came and went between two runs."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.diagnosis.cause import Diagnosis


@dataclass(frozen=True, slots=True)
class CauseChange:
    """One cause, and how many results it explains in either run; 0 where it is not there."""

    id: str
    title: str
    before: int
    now: int


def cause_changes(old: Diagnosis, new: Diagnosis) -> list[CauseChange]:
    """All causes of both runs: those that came first, then those that are still there, then those that went."""
    titles = {cause.id: cause.title for cause in (*new.causes, *old.causes)}
    counts = [dict.fromkeys(titles, 0) for _ in (old, new)]
    for count, diagnosis in zip(counts, (old, new), strict=True):
        for cause in diagnosis.causes:
            count[cause.id] += cause.count
    before, now = counts
    found = [CauseChange(name, titles[name], before[name], now[name]) for name in titles]
    return sorted(found, key=lambda one: (one.before > 0, one.now == 0))
