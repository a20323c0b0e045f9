"""What a run finds at a server that has several faults at once: every result that is not as at the right server.

The proof asks whether a check notices its fault. A diagnosis needs all that a reader would see, the laws included.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from conformance.checks.context import Context
from conformance.checks.registry import Check
from conformance.checks.run.gather import facts_of
from conformance.faultmatrix.baseline import DOOR, SEED, Baseline, ServerSetup, of_one_run
from conformance.faultmatrix.in_process import InProcess, fingerprint
from conformance.faultmatrix.second_looks import SecondLooks
from conformance.faultmatrix.whole_runs import concerns_laws
from conformance.judge import Judgement
from conformance.ledger.book import Ledger
from conformance.ledger.facts import ExchangeFacts
from conformance.model import Case, Step
from conformance.recording.exchange_record import learn_keys
from conformance.redaction.recorded import RecordedResult
from conformance.redaction.redactor import Redactor
from conformance.refserver import Fault
from conformance.refserver.faults.triggers import can_touch, remembers
from conformance.run.asking import answers_at
from conformance.run.whole_run import laws_at, results_of

LOOKS = 3
"""At so many exchanges is asked what they have in common; a whole run asks it more often."""


@dataclass(frozen=True, slots=True)
class FaultyStep:
    """A step of the run, its exchange with the faulty server, and what is new of its results."""

    case: Case
    step: Step
    context: Context | None
    """None for the laws over the run."""
    judgements: tuple[Judgement, ...]


class FaultyRuns:
    """Plays runs at faulty servers on one stage; what the right server's exchanges say of themselves is read once."""

    def __init__(self, stage: Baseline, looks: int = LOOKS) -> None:
        self._stage, self._looks = stage, looks
        first = stage.groups[0][0].act
        groups = of_one_run(stage.groups, first)
        self._groups = _enough(groups)
        self._modest = [list(group) for group in stage.groups if group[0].act is not first]
        self._facts: dict[int, ExchangeFacts] = {}
        self._redactor = Redactor(SEED.encode())

    def run(self, faults: Sequence[Fault]) -> list[FaultyStep]:
        """All steps of a run at a server with these faults.

        What a server that claims everything is asked comes first; where nothing of it shows a fault, the server with
        modest claims is asked as well.
        """
        found = self._run(faults, self._groups, laws=any(map(_concerns_laws, faults)))
        if any(one.judgements for one in found):
            return found
        return [*found, *self._run(faults, self._modest, laws=False)]

    def _run(self, faults: Sequence[Fault], groups: Sequence[Sequence[ServerSetup]], *, laws: bool) -> list[FaultyStep]:
        asked: Counter[Hashable] = Counter()
        ledger = Ledger()
        steps: list[FaultyStep] = []
        senders: dict[int, InProcess] = {}
        always = any(map(remembers, faults))
        for group in groups:
            act = group[0].act
            # A server that remembers sees all requests of a run; any other is the same to every group.
            fresh = InProcess(act.config, faults)
            sender = senders.setdefault(id(act), fresh) if always else fresh
            for scene, context in _played(group, sender, faults, always=always):
                if laws:
                    ledger.add(self._facts_of(scene, context))
                steps += _judged(scene, context, asked, self._looks)
        for one in self._stage.laws if laws else ():
            act = groups[0][0].act
            found = results_of(laws_at(ledger, one.case, one.step, act.claims, act.in_force), self._redactor)
            new = [act.rulebook.judge(result) for check, result in found.items() if result != one.usual.get(check)]
            steps.append(FaultyStep(one.case, one.step, None, tuple(new)))
        return steps

    def _facts_of(self, scene: ServerSetup, context: Context) -> ExchangeFacts:
        if context is not scene.context:
            learn_keys(context, self._redactor)
            return facts_of(context, self._redactor)
        if id(context) not in self._facts:
            learn_keys(context, self._redactor)
            self._facts[id(context)] = facts_of(context, self._redactor)
        return self._facts[id(context)]


def _concerns_laws(fault: Fault) -> bool:
    """Whether the laws may see a fault; what they have to say of all others is said by checks already."""
    return concerns_laws(fault) or "keys" in fault.seams


def _enough(groups: Sequence[Sequence[ServerSetup]]) -> list[Sequence[ServerSetup]]:
    """The groups that together show all that a run shows, each thing once at least; in their order."""
    seen: set[Hashable] = set()
    chosen: list[int] = []

    def worth(nth: int) -> float:
        shown = frozenset().union(*(scene.aspects for scene in groups[nth]))
        return len(shown - seen) / (
            len(groups[nth]) + sum(len(s.context.exchange.request.body) for s in groups[nth]) / 4000
        )

    waiting = [(-worth(nth), nth) for nth in range(len(groups))]
    heapq.heapify(waiting)
    while waiting:
        known, nth = heapq.heappop(waiting)
        now = worth(nth)
        if now and -now > known:
            heapq.heappush(waiting, (-now, nth))
        elif now:
            chosen.append(nth)
            seen |= frozenset().union(*(scene.aspects for scene in groups[nth]))
    return [groups[nth] for nth in sorted(chosen)]


def _played(
    group: Sequence[ServerSetup], sender: InProcess, faults: Sequence[Fault], *, always: bool
) -> Iterator[tuple[ServerSetup, Context]]:
    second = SecondLooks(sender)
    now: dict[int, Context] = {}
    for scene in group:
        usual = scene.context
        exchange = usual.exchange
        if always or any(can_touch(fault, scene.facts) for fault in faults):
            exchange = second.send_as(usual, scene.nth)
        earlier = {name: now[id(context)] for name, context in usual.earlier.items()}
        touched = fingerprint(exchange) != fingerprint(usual.exchange)
        moved = any(earlier[name] is not one for name, one in usual.earlier.items())
        now[id(usual)] = usual.again(exchange, earlier) if touched or moved else usual
        yield scene, now[id(usual)]


def _judged(scene: ServerSetup, context: Context, asked: Counter[Hashable], looks: int) -> Iterator[FaultyStep]:
    # What is not as at the right server is asked everything, or nothing: what fails together must be seen together.
    same = context is scene.context or not any(asked[aspect] < looks for aspect in scene.aspects)
    if not same:
        asked.update(scene.aspects)

    def wanted(check: Check, step: Step, version: str) -> bool:
        return scene.act.in_force(check, step, version)

    for one in scene.steps:
        new: list[RecordedResult] = []
        if not same:
            new = [DOOR.result(result) for result in answers_at(context, one.case, one.step, wanted).spread()]
        differing = [result for result in new if result != one.usual.get(result.check)]
        yield FaultyStep(one.case, one.step, context, tuple(map(scene.act.rulebook.judge, differing)))
