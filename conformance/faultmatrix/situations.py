"""Proof by interaction: is a fault still found where it shows in one situation alone?

A fault is played as if it were active only for one version, one DRM system alone, without an IV, for many keys, on a
fresh connection … What it does to an exchange does not depend on that, so each exchange of the right server is played
once with the fault, and counts for every situation that it is in. Where that finds nothing, the fault is played again
with the situation as a condition of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.checks.registry import Subject
from conformance.faultmatrix.baseline import Baseline, ServerSetup, set_up
from conformance.faultmatrix.matrix import spread
from conformance.faultmatrix.mutants import MutantOutcome, View, play
from conformance.faultmatrix.whole_runs import LAW, whole_run
from conformance.model import EITHER, FREE
from conformance.model.exchange import FRESH
from conformance.refserver import Fault, load_faults
from conformance.refserver.faults.model import Condition
from conformance.refserver.faults.triggers import can_touch, needs_company, remembers


@dataclass(frozen=True, slots=True)
class Situation:
    """One thing that may be true of an exchange."""

    name: str
    holds: Callable[[ServerSetup], bool]
    condition: Condition | None = None
    """The same as a condition of a fault; None for what a fault cannot see."""


def _fact(name: str, fact: str, wanted: Any) -> Situation:
    condition = Condition(fact, wanted)
    return Situation(name, lambda scene: condition.holds(scene.facts.value(fact)), condition)


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
    shows: dict[str, str] = {}
    open_ = {one.name: one for one in situations}
    named = frozenset({*fault.kills, *fault.may_kill})
    alone = {name for name in named if not _is_comparison(stage, name)}
    if not (remembers(fault) or needs_company(fault)):
        for scene, changed, accusing in _scenes(stage, fault, named, open_):
            for name in [name for name, one in open_.items() if changed and one.holds(scene)]:
                shows.setdefault(name, f"{scene.context.case.name}::{scene.context.step.id}")
                if alone & accusing:
                    del open_[name]
    missed = []
    for name, one in open_.items():
        if name not in shows and not remembers(fault):
            continue  # nothing that we ask for shows it there
        if one.condition is None:
            # A fault cannot be told to wait for it; what compares two answers has both of them here.
            killed, touched = not alone, True
        else:
            killed, touched = _is_killed(stage, replace(fault, when=(*fault.when, one.condition)), named)
            touched = touched and (killed or bool(alone) or _compares(stage, fault, one))
        if not killed and touched:
            missed.append((name, shows.get(name, "")))
        if touched:
            shows.setdefault(name, "")
    return FaultInSituations(fault.id, len(shows), len(shows) - len(missed), tuple(missed))


def _is_comparison(stage: Baseline, check: str) -> bool:
    return check.startswith(LAW) or stage.checks[check].subject is Subject.RELATION


def _compares(stage: Baseline, fault: Fault, situation: Situation) -> bool:
    """Whether two answers that the fault's checks compare are both in the situation: only there can they differ."""
    laws = any(name.startswith(LAW) for name in fault.kills)
    asked: set[tuple[str, str]] = set()
    for group in stage.groups:
        for scene in group:
            if not situation.holds(scene):
                continue
            facts = stage.facts.get(id(scene.context)) if laws else None
            keys = {(facts.content, kid) for kid in facts.kids} if facts is not None else set()
            if keys & asked:
                return True
            asked |= keys
            named = any(result.check in fault.kills for result in scene.results)
            if named and any(situation.holds(group[place]) for place in scene.needs):
                return True
    return False


def _is_killed(stage: Baseline, fault: Fault, named: frozenset[str]) -> tuple[bool, bool]:
    """Whether a check that the fault names finds it, or a law of the run; and whether it changes anything."""
    touched, pairs = whole_run(stage, fault)
    if any(result.findings and (usual is None or result.findings != usual.findings) for result, usual in pairs):
        return True, True
    found = play(stage, fault)
    return bool(named & set(found.accusing)), bool(found.touched or touched)


def _scenes(
    stage: Baseline, fault: Fault, kills: frozenset[str], open_: Mapping[str, Situation]
) -> Iterator[tuple[ServerSetup, bool, frozenset[str]]]:
    """The exchanges that the fault can touch and that some open situation is about: what changes, and who says so."""
    views: dict[int, View] = {}
    for group, place in stage.order:
        scene = stage.groups[group][place]
        if not can_touch(fault, scene.facts) or not any(one.holds(scene) for one in open_.values()):
            continue
        view = views.setdefault(group, View(stage, fault, stage.groups[group]))
        outcome, looks = MutantOutcome(fault.id), Counter[Hashable]()
        view.look(outcome, place, looks, None, kills)
        played = view.played(place)
        # What the server may refuse is no fault where it is refused.
        free = played.refused and played.expect.kind in MAY_REFUSE and not outcome.accusing
        # Nor can what a connection shows, such as a certificate, depend on a request.
        was, now = scene.context.exchange, played.exchange
        differs = (was.answer, was.failure) != (now.answer, now.failure)
        yield scene, differs and not free, frozenset(outcome.accusing)
