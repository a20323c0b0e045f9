"""Chooses the cases of the profile `quick`: few requests that see as many faults as they can.

Every case is worth what it kills for what it costs; the best is taken, then the best of what is left, and so on. Then
cases are exchanged for as long as others see more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, combinations
from pathlib import Path

from conformance.cases import load_cases
from conformance.cases.combinations import ArrayOptions
from conformance.checks import load_checks
from conformance.faultmatrix.baseline import Baseline, set_up
from conformance.faultmatrix.faulty_answers import FaultyAnswers
from conformance.faultmatrix.matrix import spread
from conformance.faultmatrix.mutants import MutantOutcome, View
from conformance.model import Case
from conformance.refserver import Fault, load_faults
from conformance.refserver.faults.triggers import needs_company

MOST_REQUESTS = 25
"""Requests of the profile."""
CANDIDATES = 300
"""Cases that are tried: those first that ask most for least."""
LONGEST = 6
"""Requests of the longest case that is tried."""

Sent = frozenset[tuple[str, str]]
"""Case and step of requests."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case, the requests that it takes, and where they stand on the stage."""

    case: str
    sent: Sent
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class QuickChoice:
    """The chosen cases, and what they see."""

    cases: tuple[str, ...]
    requests: int
    seen: int
    faults: int

    @property
    def share(self) -> int:
        """Percent of the faults that are seen, rounded down."""
        return self.seen * 100 // self.faults


def choose(processes: int = 1) -> QuickChoice:
    """Play all faults at the candidates, and choose."""
    global _STAGE, _CANDIDATES
    cases = load_cases(load_checks(), options=ArrayOptions(None))
    _STAGE = set_up(cases)
    _CANDIDATES = candidates(_STAGE, {case.name: case for case in cases})
    faults = [name for name, fault in load_faults().items() if fault.kills]
    killed = dict(zip(faults, spread(_killed_by, faults, processes), strict=True))
    return best_choice(_CANDIDATES, killed)


_STAGE: Baseline | None = None
_CANDIDATES: tuple[Candidate, ...] = ()


def candidates(stage: Baseline, library: Mapping[str, Case]) -> tuple[Candidate, ...]:
    """The cases that are tried, each with the requests that it takes."""
    at: dict[str, list[tuple[int, int]]] = {}
    for group, scenes in enumerate(stage.groups):
        for place, scene in enumerate(scenes):
            at.setdefault(scene.context.case.name, []).append((group, place))
    names = dict.fromkeys(stage.groups[group][place].context.case.name for group, place in stage.order)
    found = (Candidate(name, _sent(library[name]), tuple(at[name])) for name in names)
    return tuple(one for one in found if len(one.sent) <= LONGEST)[:CANDIDATES]


def _sent(case: Case) -> Sent:
    used = (step.use.rpartition("::") for step in case.steps if step.use)
    own = {(case.name, step.id) for step in case.steps if not step.use}
    return frozenset(own | {(name, step) for name, _, step in used})


def _killed_by(name: str) -> tuple[str, ...]:
    """The candidates at which a fault is reported by a check that it names."""
    assert _STAGE is not None
    fault = load_faults()[name]
    if needs_company(fault):
        return ()  # such a server waits for requests at the same moment, and here they come one by one
    return tuple(one.case for one in _CANDIDATES if _is_seen(_STAGE, fault, one))


def _is_seen(stage: Baseline, fault: Fault, one: Candidate) -> bool:
    outcome = MutantOutcome(fault.id)

    @cache
    def view_of(group: int) -> View:
        return View(stage, FaultyAnswers(fault, stage.groups[group]))

    for group, place in one.places:
        view_of(group).look(outcome, place, Counter(), None, frozenset(fault.kills))
        if outcome.accusing:
            return True
    return False


def best_choice(
    tried: Sequence[Candidate], killed: Mapping[str, Sequence[str]], most: int = MOST_REQUESTS
) -> QuickChoice:
    """The cases that together see most faults within so many requests, as far as exchanges of a few find them.

    Greedy first; then one or two of the chosen give way to others, for as long as that is better.
    """
    by_case: dict[str, set[str]] = {one.case: set() for one in tried}
    for fault, cases in killed.items():
        for case in cases:
            by_case[case].add(fault)
    chosen = _filled((), tried, by_case, most)
    better = True
    while better:
        better = False
        for left_out in chain(combinations(chosen, 1), combinations(chosen, 2)):
            kept = tuple(one for one in chosen if one not in left_out)
            other = _filled(kept, [one for one in tried if one not in left_out], by_case, most)
            if len(_seen(other, by_case)) > len(_seen(chosen, by_case)):
                chosen, better = other, True
                break
    sent = frozenset().union(*(one.sent for one in chosen))
    return QuickChoice(tuple(one.case for one in chosen), len(sent), len(_seen(chosen, by_case)), len(killed))


def _seen(chosen: Iterable[Candidate], by_case: Mapping[str, set[str]]) -> set[str]:
    return set().union(*(by_case[one.case] for one in chosen))


def _filled(
    kept: Sequence[Candidate], tried: Sequence[Candidate], by_case: Mapping[str, set[str]], most: int
) -> tuple[Candidate, ...]:
    """What is kept, and beside it always the case that sees most that is new for each request that is new."""
    chosen = list(kept)
    sent, seen = set[tuple[str, str]]().union(*(one.sent for one in kept)), _seen(kept, by_case)
    while True:
        fits = [one for one in tried if one not in chosen and len(sent | one.sent) <= most]
        best = max(fits, key=lambda one: len(by_case[one.case] - seen) / max(1, len(one.sent - sent)), default=None)
        if best is None or not by_case[best.case] - seen:
            return tuple(chosen)
        chosen.append(best)
        sent |= best.sent
        seen |= by_case[best.case]


def profile_text(choice: QuickChoice) -> Iterator[str]:
    """The profile as a file, line by line."""
    yield "# For the loop of someone who repairs a server. The cases were chosen by `faults --quick --write`: those"
    yield "# that see most of the planted faults. A selection is always PARTIAL. Extend it with your claims to save the"
    yield "# probes that find them out."
    yield "profile: quick"
    yield f"title: {choice.requests} requests that see {choice.share} % of the faults that the suite knows"
    yield "extends: default"
    yield "cases:"
    yield from (f'  - "{name}"' for name in choice.cases)


def write_profile(choice: QuickChoice, path: Path) -> None:
    """Write the profile to its file."""
    path.write_text("\n".join(profile_text(choice)) + "\n", encoding="utf-8")
