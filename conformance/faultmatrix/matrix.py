"""The fault matrix: every fault and every variant against every case, on as many processes as there are cores."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from typing import TypeVar

from conformance.faultmatrix.baseline import Baseline, set_up
from conformance.faultmatrix.mutants import MutantOutcome, play
from conformance.faultmatrix.proof_summary import sources_digest
from conformance.refserver import Fault, load_faults
from conformance.refserver.variants import load_variants

Name = TypeVar("Name")
Outcome = TypeVar("Outcome")

HOW = "fork" if sys.platform == "linux" else "spawn"
"""How workers begin: a forked one inherits the stage; where that is not safe each sets up its own."""

_STAGE: Baseline | None = None
"""The stage of this process; workers that are forked find it here, others set up their own."""


@dataclass(frozen=True, repr=False)
class FaultMatrix:
    """What all faults and variants came to, and the stage they were played on.

    Without a repr: in the traceback of a test it would write out every exchange of the run, and fill the memory.
    """

    stage: Baseline
    faults: Mapping[str, Fault]
    variants: Mapping[str, Fault]
    outcomes: Mapping[str, MutantOutcome]
    sources: str = ""
    """Digest of what was played, taken before the first exchange."""
    seconds: float = 0.0
    whole: bool = True
    """False where only some faults were played, so that completeness cannot be judged."""
    thorough: bool = False
    """Whether every exchange that a fault can touch was looked at."""

    def of_faults(self) -> Iterator[tuple[Fault, MutantOutcome]]:
        """The faults that were played."""
        return ((self.faults[name], self.outcomes[name]) for name in self.faults if name in self.outcomes)

    def of_variants(self) -> Iterator[tuple[Fault, MutantOutcome]]:
        """The variants that were played."""
        return ((self.variants[name], self.outcomes[name]) for name in self.variants if name in self.outcomes)


def run_matrix(
    only: Sequence[str] = (), *, thorough: bool = False, processes: int | None = None, stage: Baseline | None = None
) -> FaultMatrix:
    """Play all faults and variants, or those named; `processes` is by default the number of cores."""
    global _STAGE
    begin, sources = time.monotonic(), sources_digest()
    faults, variants = load_faults(), load_variants()
    names = [name for name in (*faults, *variants) if not only or name in only]
    _STAGE = stage or set_up()
    count = min(processes or available_cores(), len(names))
    _everything()  # read once, before workers are forked
    # A stage of the caller's own reaches other processes by fork only.
    alone = count < 2 or (stage is not None and HOW != "fork")
    job = partial(_play, thorough=thorough)
    outcomes = list(map(job, names)) if alone else spread(job, names, count)
    return FaultMatrix(
        _STAGE,
        faults,
        variants,
        dict(zip(names, outcomes, strict=True)),
        sources,
        time.monotonic() - begin,
        whole=not only,
        thorough=thorough,
    )


def available_cores() -> int:
    """How many processes can really run at a time."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(job: Callable[[Name], Outcome], names: Sequence[Name], count: int) -> list[Outcome]:
    """What a job comes to for each name, on so many processes; at a terminal, it says how far it has come."""
    # What the workers inherit is left out of their collections of garbage: it would be walked over and copied.
    gc.collect()
    gc.freeze()
    try:
        with ProcessPoolExecutor(count, multiprocessing.get_context(HOW)) as pool:
            return list(_announced(pool.map(job, names, chunksize=2), len(names)))
    finally:
        gc.unfreeze()


def _announced(outcomes: Iterable[Outcome], count: int) -> Iterator[Outcome]:
    told = sys.stderr.isatty()
    for number, outcome in enumerate(outcomes, 1):
        if told:
            print(f"\r{number} of {count}", end="\n" if number == count else "", file=sys.stderr, flush=True)
        yield outcome


def _play(name: str, thorough: bool) -> MutantOutcome:
    global _STAGE
    if _STAGE is None:
        _STAGE = set_up()
    return play(_STAGE, _everything()[name], thorough=thorough)


@cache
def _everything() -> Mapping[str, Fault]:
    return {**load_faults(), **load_variants()}
