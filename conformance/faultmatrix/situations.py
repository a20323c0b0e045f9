"""Proof by interaction: is a fault still found where it shows in one situation alone?

A fault is played as if it were active only for one version, one DRM system alone, without an IV, for many keys, on a
fresh connection … What it does to an exchange does not depend on that, so each exchange of the right server is played
once with the fault, and counts for every situation that it is in. Where that finds nothing, all of it is looked at
again, with the right server's answers wherever the situation is another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from conformance.checks.registry import Subject
from conformance.faultmatrix.baseline import Baseline, ServerSetup, Within, set_up
from conformance.faultmatrix.faulty_answers import FaultyAnswers
from conformance.faultmatrix.matrix import spread
from conformance.faultmatrix.mutants import MutantOutcome, View, in_company, likely_first
from conformance.faultmatrix.whole_runs import LAW, WholeRun
from conformance.model import EITHER, FREE
from conformance.model.exchange import FRESH
from conformance.refserver import Fault, load_faults
from conformance.refserver.faults.model import Condition
from conformance.refserver.faults.triggers import can_touch, needs_company, remembers


@dataclass(frozen=True, slots=True)
class Situation:
    """One thing that may be true of an exchange."""

    name: str
    holds: Within


def _fact(name: str, fact: str, wanted: Any) -> Situation:
    condition = Condition(fact, wanted)
    return Situation(name, lambda scene: condition.holds(scene.facts.value(fact)))


SITUATIONS: tuple[Situation, ...] = (
    _fact("version 2.0", "version", "2.0"),
    _fact("version 2.1", "version", "2.1"),
    *(
        _fact(f"{name} alone", "only-system", name)
        for name in ("widevine", "playready", "fairplay", "clearkey-aes-128", "chinadrm", "common-pssh", "irdeto")
    ),
    _fact("several systems", "only-system", ""),
    *(_fact(f"scheme {name}", "scheme", name) for name in ("cenc", "cbcs", "cbc1")),
    *(
        _fact(f"carriers {name}", "signalling", name)
        for name in ("pssh", "hls", "content-protection", "pssh+hls", "pssh+content-protection")
    ),
    _fact("one key", "keys", 1),
    _fact("nine keys or more", "keys", ">= 9"),
    _fact("no IV", "explicit-iv", False),
    _fact("no period", "periods", 0),
    _fact("a period", "periods", ">= 1"),
    _fact("two periods", "periods", ">= 2"),
    _fact("two recipients", "recipients", ">= 2"),
    _fact("encrypted keys", "encrypted", True),
    _fact("upper-case KIDs", "kid-case", "upper"),
    _fact("gzip", "accept-encoding", "gzip"),
    Situation("a fresh connection", lambda scene: FRESH in scene.context.exchange.notes),
    Situation("asked for the second time", lambda scene: scene.nth == 2),
)


MAY_REFUSE = frozenset({EITHER, FREE})
"""Expectations that leave open whether a request is accepted."""


@dataclass(frozen=True, slots=True)
class FaultInSituations:
    """What became of one fault: in how many situations it shows, and in which of them it is not found."""

    fault: str
    visible: int
    killed: int
    missed: tuple[tuple[str, str], ...]
    """Situation, and where it shows."""


@dataclass(frozen=True, slots=True)
class Score:
    """The outcome of all that was played."""

    visible: int
    killed: int
    missed: tuple[tuple[str, str, str], ...]
    """Fault, situation, and where it shows."""

    @property
    def sentence(self) -> str:
        """The score in one line."""
        share = f" ({self.killed * 100 / self.visible:.1f} %)" if self.visible else ""
        return f"{self.killed} of {self.visible} faults in single situations killed by name{share}"


def played_in_situations(names: Sequence[str] = (), *, sample: int = 0, processes: int = 1) -> Score:
    """Play faults (those named, about so many for a sample, or all) in every situation."""
    global _STAGE
    _STAGE = set_up()
    known = {name: fault for name, fault in load_faults().items() if fault.kills and not fault.base}
    wanted = list(names) or list(known)[:: max(1, len(known) // sample) if sample else 1]
    found = spread(_played, wanted, processes)
    missed = tuple((one.fault, *what) for one in found for what in one.missed)
    return Score(sum(one.visible for one in found), sum(one.killed for one in found), missed)


_STAGE: Baseline | None = None


def _played(name: str) -> FaultInSituations:
    assert _STAGE is not None
    return play_in_situations(_STAGE, load_faults()[name])


def play_in_situations(
    stage: Baseline, fault: Fault, situations: Sequence[Situation] = SITUATIONS
) -> FaultInSituations:
    """Play one fault in each situation in which it changes an answer."""
    played = _Played(stage, fault)
    killed, left = played.at_one_answer(situations)
    missed = []
    for one in left:
        if played.is_killed(one):
            killed += 1
        elif where := played.seen(one):
            missed.append((one.name, where))
    return FaultInSituations(fault.id, killed + len(missed), killed, tuple(missed))


class _Played:
    """One fault, whose exchanges are made once and looked at in every situation."""

    def __init__(self, stage: Baseline, fault: Fault) -> None:
        self._stage, self._fault = stage, fault
        self._named = frozenset({*fault.kills, *fault.may_kill})
        self._company = needs_company(fault)
        self._remembers = remembers(fault)
        self._run = WholeRun(stage, fault)
        self._answers: dict[int, FaultyAnswers] = {}

    def at_one_answer(self, situations: Sequence[Situation]) -> tuple[int, list[Situation]]:
        """In how many situations one answer by itself shows the fault, and in which others some answer differs.

        What a fault does to an exchange does not depend on what else it does, so one look counts for every situation
        that the exchange is in; not where the server remembers or waits for company: then all of them are left.
        """
        left = list(situations)
        if self._company or self._remembers:
            return 0, left
        alone = {name for name in self._named if not self._is_comparison(name)}
        differs: set[str] = set()
        view_of = self._views()
        for at, place in self._stage.order:
            scene = self._stage.groups[at][place]
            if not can_touch(self._fault, scene.facts) or not any(one.holds(scene) for one in left):
                continue
            outcome = MutantOutcome(self._fault.id)
            view_of(at).look(outcome, place, Counter(), None, self._named)
            if not _differs(view_of(at), place):
                continue
            here = [one for one in left if one.holds(scene)]
            differs.update(one.name for one in here)
            if alone & set(outcome.accusing):
                left = [one for one in left if one not in here]
        return len(situations) - len(left), [one for one in left if one.name in differs]

    def is_killed(self, situation: Situation) -> bool:
        """Whether a check that the fault names finds it, or a law of the run, where it is active there alone."""
        if any(
            result.findings and (usual is None or result.findings != usual.findings)
            for result, usual in self._run.found(situation.holds)
        ):
            return True
        outcome = MutantOutcome(self._fault.id)
        if self._company:
            for view in in_company(self._stage, self._fault, situation.holds):
                for place in range(len(view.group)):
                    view.look(outcome, place, Counter(), None, self._named)
            return bool(outcome.accusing)
        view_of = self._views(situation)
        for at, place in likely_first(self._stage, self._named):
            view_of(at).look(outcome, place, Counter(), None, self._named)
            if outcome.accusing:
                return True
        return False

    def seen(self, situation: Situation) -> str:
        """Where the fault can be seen in a situation: at one answer, or at two that differ as they should not.

        Empty where it cannot: what only a comparison shows needs something to compare with.
        """
        if any(not self._is_comparison(name) for name in self._fault.kills):
            return next(map(_name, self._changed(situation)), "")
        return self._seen_in_two(situation)

    def _seen_in_two(self, situation: Situation) -> str:
        """Where two answers are compared of which the fault changes one, or both and each in its own way."""
        if any(name.startswith(LAW) for name in self._fault.kills):
            found = next((name for name, told in self._run.compared(situation.holds) if self._tell_apart(told)), "")
            if found:
                return found
        view_of = self._views(situation)
        for at, group in enumerate(self._stage.groups):
            for place, scene in enumerate(group):
                if any(result.check in self._fault.kills for result in scene.results):
                    for partner in scene.needs:
                        if self._tell_apart((_differs(view_of(at), partner), _differs(view_of(at), place))):
                            return _name(scene)
        return ""

    def _tell_apart(self, changed: Collection[bool]) -> bool:
        """Whether answers of which these are changed need not agree; a server that remembers may change both alike."""
        return len(set(changed)) > 1 if self._remembers else any(changed)

    def _changed(self, situation: Situation) -> Iterator[ServerSetup]:
        view_of = self._views(situation)
        for at, place in self._stage.order:
            scene = self._stage.groups[at][place]
            if situation.holds(scene) and _differs(view_of(at), place):
                yield scene

    def _views(self, situation: Situation | None = None) -> Callable[[int], View]:
        """The view of each group, made when it is first looked at; where there is no situation, of the whole fault."""

        @cache
        def view_of(at: int) -> View:
            if at not in self._answers:
                self._answers[at] = FaultyAnswers(self._fault, self._stage.groups[at])
            return View(self._stage, self._answers[at], situation.holds if situation else None)

        return view_of

    def _is_comparison(self, check: str) -> bool:
        return check.startswith(LAW) or self._stage.checks[check].subject is Subject.RELATION


def _differs(view: View, place: int) -> bool:
    """Whether an answer is another one, and not only a refusal that the server was free to give."""
    played, usual = view.played(place), view.group[place].context
    free = played.refused and played.expect.kind in MAY_REFUSE
    # Nor can what a connection shows, such as a certificate, depend on a request.
    was, now = usual.exchange, played.exchange
    return (was.answer, was.failure) != (now.answer, now.failure) and not free


def _name(scene: ServerSetup) -> str:
    return f"{scene.context.case.name}::{scene.context.step.id}"
