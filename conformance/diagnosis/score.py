"""Measures the diagnosis: is the first cause of a faulty server the right one, and are several at once all told?

Each fault says which cause is right (`cause:`). Every second fault, by a hash of its name, was held out while the
rules were written; the score tells both halves apart.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from conformance.diagnosis.assign import Bundle, assigned
from conformance.diagnosis.observed import Observed, StepFacts, shared_answers, version_asked
from conformance.diagnosis.rules import load_rules
from conformance.faultmatrix.baseline import Baseline, set_up
from conformance.faultmatrix.faulty_run import FaultyRuns, FaultyStep
from conformance.faultmatrix.matrix import HOW, spread
from conformance.model import REFUSED, Verdict
from conformance.refserver import Fault, load_faults

SINGLE = "single"
"""The cause of a fault whose check says it all."""
TOLD = 5
"""So many causes a reader looks at."""
COUNTED = (Verdict.FAIL, Verdict.ERROR, Verdict.UNTESTABLE, Verdict.ADVISORY)

_RUNS: FaultyRuns | None = None
"""Of this process; workers that are forked find it here."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the diagnosis says of a server with some faults."""

    faults: tuple[str, ...]
    shown: bool
    """Whether each fault's checks fail, so that its cause can be told at all."""
    first: bool
    """Whether the first cause is that of one of the faults."""
    all: bool
    """Whether the causes of all faults are among the first five."""
    causes: tuple[str, ...]
    """What stands there, in order."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    right: int
    of: int

    def __str__(self) -> str:
        return f"{self.right} of {self.of}" + (f" ({self.right / self.of:.1%})" if self.of else "")


def held_out(fault: Fault) -> bool:
    """Whether a fault was not looked at while the rules were written: every second one, by a hash of its name."""
    return bool(sha256((fault.base or fault.id).encode()).digest()[0] & 1)


def candidates() -> list[Fault]:
    """The faults that some check must report; what is wrong in one carrier alone has the cause of the whole."""
    return [fault for fault in load_faults().values() if fault.kills and not fault.base]


def play(combinations: Sequence[tuple[str, ...]], processes: int, stage: Baseline | None = None) -> list[Told]:
    """Play servers with these faults and diagnose them."""
    global _RUNS
    _RUNS = FaultyRuns(stage or set_up())
    if processes < 2 or HOW != "fork":
        return [_told(names) for names in combinations]
    return spread(_told, combinations, processes)


def combinations_of(faults: Sequence[Fault], count: int, seed: str) -> list[tuple[str, ...]]:
    """Pairs and triples in equal numbers, drawn by a seed."""
    chance = random.Random(seed)
    return [tuple(one.id for one in chance.sample(list(faults), 2 + nth % 2)) for nth in range(count)]


def share(told: Sequence[Told], faults: Sequence[Fault]) -> Share:
    """How often the first cause is right, of those faults that show at all."""
    names = {one.id for one in faults}
    mine = [one for one in told if one.shown and one.faults[0] in names]
    return Share(sum(one.first for one in mine), len(mine))


def _told(names: tuple[str, ...]) -> Told:
    global _RUNS
    _RUNS = _RUNS or FaultyRuns(set_up())
    every = load_faults()
    faults = [every[name] for name in names]
    seen = seen_in(_RUNS.run(faults))
    failing = {one.check for one in seen.results if one.verdict is not Verdict.UNTESTABLE}
    bundles = assigned(seen, load_rules())
    right = [set(_places(fault, bundles)) for fault in faults]
    return Told(
        names,
        all(failing.issuperset(fault.kills) for fault in faults),
        any(0 in places for places in right),
        all(min(places, default=TOLD) < TOLD for places in right),
        tuple(one.id for one in bundles),
    )


def _places(fault: Fault, bundles: Sequence[Bundle]) -> Iterator[int]:
    """Where the cause of a fault stands."""
    for nth, bundle in enumerate(bundles):
        if bundle.id == fault.cause or (
            fault.cause == SINGLE and bundle.rule is None and bundle.id.partition(":")[2] in fault.kills
        ):
            yield nth


def seen_in(steps: Sequence[FaultyStep]) -> Observed:
    """What a run in process shows, as the document of a run would."""
    facts: dict[tuple[str, str], StepFacts] = {}
    shared = shared_answers(
        (id(one.context), (version_asked(exchange.request.headers), exchange.request.body), exchange.answer.body)
        for one in steps
        if one.context is not None
        for exchange in [one.context.exchange]
        if exchange.answer is not None and one.context.accepted and one.context.document_error is None
    )
    for one in steps:
        name = (one.case.name, one.step.id)
        if one.context is None:
            continue
        answer, expect = one.context.exchange.answer, one.step.expect
        media = answer.header_values("content-type") if answer is not None else ()
        facts[name] = StepFacts(
            id(one.context),
            expect.kind,
            (expect.message, *expect.alternatives) if expect.kind == REFUSED else (),
            one.step.defect_title,
            answer.status if answer is not None else 0,
            media[0] if media else "",
            id(one.context) in shared,
        )
    return Observed([one for step in steps for one in step.judgements if one.verdict in COUNTED], facts)
