"""The score of the diagnosis in lines: faults alone, and pairs and triples by a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from conformance.diagnosis.score import (
    SINGLE,
    TOLD,
    Share,
    Told,
    candidates,
    combinations_of,
    held_out,
    play,
    share,
)
from conformance.refserver import Fault


def score_lines(sample: int | None, together: int, seed: str, processes: int) -> Iterator[str]:
    """Play faults alone and together, and say how often the diagnosis tells their causes."""
    faults = candidates()
    halves = [[one for one in faults if held_out(one) is half] for half in (False, True)]
    chance = random.Random(seed)
    chosen = [half if sample is None else chance.sample(half, min(sample, len(half))) for half in halves]
    alone = [(one.id,) for half in chosen for one in half]
    told = play([*alone, *combinations_of(faults, together, seed)], processes)
    yield f"seed {seed}"
    yield from _alone(told[: len(alone)], chosen)
    if together:
        yield from _together(told[len(alone) :])


def _alone(told: Sequence[Told], halves: Sequence[Sequence[Fault]]) -> Iterator[str]:
    yield "faults alone, first cause right:"
    for words, half in zip(("rules written by", "held out"), halves, strict=True):
        named = share(told, [one for one in half if one.cause != SINGLE])
        single = share(told, [one for one in half if one.cause == SINGLE])
        yield f"  {words:<17} named {named}, single {single}"
    causes = {one.id: one.cause for half in halves for one in half}
    for one in told:
        if one.shown and not one.first:
            yield f"  wrong: {one.faults[0]}: {causes[one.faults[0]]} is right; found: {', '.join(one.causes[:TOLD])}"
    yield f"  not shown by the sampled exchanges: {sum(not one.shown for one in told)}"
    shown = [len(one.causes) for one in told if one.shown]
    yield f"  causes shown for each fault: {sum(shown) / max(len(shown), 1):.2f}"


def _together(told: Sequence[Told]) -> Iterator[str]:
    shown = [one for one in told if one.shown]
    right = Share(sum(one.all for one in shown), len(shown))
    yield f"pairs and triples, all causes among the first {TOLD}: {right}"
    for one in shown:
        if not one.all:
            yield f"  not all: {' + '.join(one.faults)}; found: {', '.join(one.causes[:TOLD])}"
