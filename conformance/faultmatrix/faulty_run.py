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
from conformance.faultmatrix.baseline import DOOR, SEED, Baseline, ServerSetup, of_one_run
from conformance.faultmatrix.in_process import InProcess, fingerprint
from conformance.faultmatrix.second_looks import SecondLooks
from conformance.faultmatrix.whole_runs import LAW, concerns_laws, entered
from conformance.judge import Judgement
from conformance.ledger.book import Ledger
from conformance.model import Case, Step
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
        chosen = {id(group) for group in self._groups}
        self._others = [group for group in groups if id(group) not in chosen]
        self._others += [list(group) for group in stage.groups if group[0].act is not first]
        self._asked_at = [frozenset(one.check for scene in group for one in scene.results) for group in self._others]
        self._redactor = Redactor(SEED.encode())

    def run(self, faults: Sequence[Fault]) -> list[FaultyStep]:
        """All steps of a run at a server with these faults.

        The groups that show everything once come first. What a fault has not shown there is looked for in all others
        that it can touch and where it is asked; those with modest claims come last.
        """
        playing = _Playing(faults, self._looks)
        laws: list[FaultyStep] = []
        concerned = any(map(_concerns_laws, faults))
        for group in self._groups:
            self._enter(playing, group, concerned)
        if concerned:
            laws = self._laws(playing.ledger)
            playing.note(laws)
        looked_for = [fault for fault in faults if not playing.shown.issuperset(fault.kills)]
        again = any(name.startswith(LAW) for fault in looked_for for name in {*fault.kills} - playing.shown)
        for group, asked in zip(self._others, self._asked_at, strict=True):
            if (again and group[0].act is self._groups[0][0].act) or any(
                ({*fault.kills} - playing.shown) & asked and any(can_touch(fault, scene.facts) for scene in group)
                for fault in looked_for
            ):
                self._enter(playing, group, concerned)
        return [*playing.steps, *(self._laws(playing.ledger) if again else laws)]

    def _enter(self, playing: _Playing, group: Sequence[ServerSetup], concerned: bool) -> None:
        for scene, context in playing.play(group):
            if concerned and scene.act is self._groups[0][0].act:
                playing.ledger.add(entered(self._stage, context, self._redactor))

    def _laws(self, ledger: Ledger) -> list[FaultyStep]:
        act = self._groups[0][0].act
        steps = []
        for one in self._stage.laws:
            found = results_of(laws_at(ledger, one.case, one.step, act.claims, act.in_force), self._redactor)
            new = [act.rulebook.judge(result) for check, result in found.items() if result != one.usual.get(check)]
            steps.append(FaultyStep(one.case, one.step, None, tuple(new)))
        return steps


class _Playing:
    """One run at a server with faults, as far as it was played."""

    def __init__(self, faults: Sequence[Fault], looks: int) -> None:
        self.steps: list[FaultyStep] = []
        self.shown: set[str] = set()
        """Checks with findings that the right server does not give them."""
        self.ledger = Ledger()
        self._faults, self._looks = faults, looks
        self._always = any(map(remembers, faults))
        self._asked: Counter[Hashable] = Counter()
        self._senders: dict[int, InProcess] = {}

    def play(self, group: Sequence[ServerSetup]) -> Iterator[tuple[ServerSetup, Context]]:
        act = group[0].act
        # A server that remembers sees all requests of a run; any other is the same to every group.
        fresh = InProcess(act.config, self._faults)
        sender = self._senders.setdefault(id(act), fresh) if self._always else fresh
        for scene, context in _played(group, sender, self._faults, always=self._always):
            yield scene, context
            steps = list(_judged(scene, context, self._asked, self._looks))
            self.note(steps)
            self.steps += steps

    def note(self, steps: Sequence[FaultyStep]) -> None:
        self.shown |= {one.check for step in steps for one in step.judgements if one.findings}


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
