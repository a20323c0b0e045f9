"""Pairs what was asked with what was answered, and finds out which KID became which.

A key server may answer with KIDs of its own. They then have to be the same in ContentKey, DRMSystem and
ContentKeyUsageRule, so each of these places is paired on its own evidence first, and what the places say about a KID
is compared afterwards: one place that disagrees becomes a conflict in words, and does not tear the pairs apart.
"""

from __future__ import annotations

import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from conformance.cpix.reader import ContentKey, Cpix, DrmSystem, Period, Rule, uuid_of

_T = TypeVar("_T")
_Keyed = ContentKey | DrmSystem | Rule
_Stage = tuple[Callable[[_T], Hashable | None], Callable[[_T], Hashable | None]]
_Pairs = tuple[tuple[tuple[_T, _T | None], ...], tuple[_T, ...]]


@dataclass(frozen=True, slots=True)
class ContentKeyPair:
    """A content key that was asked for, and the one that answers it (None where nothing does)."""

    asked: ContentKey
    answered: ContentKey | None


@dataclass(frozen=True, slots=True)
class DrmPair:
    """A DRMSystem that was asked for, its answer, and the pair of the content key that it belongs to."""

    asked: DrmSystem
    answered: DrmSystem | None
    key: ContentKeyPair | None


@dataclass(frozen=True, slots=True)
class RulePair:
    """A usage rule that was asked for, its answer, and the pair of the content key that it names."""

    asked: Rule
    answered: Rule | None
    key: ContentKeyPair | None


@dataclass(frozen=True, slots=True)
class PeriodPair:
    """A key period that was asked for, and its answer."""

    asked: Period
    answered: Period | None


@dataclass(frozen=True, slots=True)
class Alignment:
    """All pairs in the order of the request, what nobody asked for, and what became of the KIDs.

    ``kid_map`` holds every asked KID that is known to have been answered, by the ContentKeys where they say it;
    ``overridden`` is True where any place names another KID than was asked; ``conflicts`` are sentences, empty where
    the override (or its absence) is one to one and the same in all places.
    """

    keys: tuple[ContentKeyPair, ...]
    extra_keys: tuple[ContentKey, ...]
    drm: tuple[DrmPair, ...]
    extra_drm: tuple[DrmSystem, ...]
    rules: tuple[RulePair, ...]
    extra_rules: tuple[Rule, ...]
    periods: tuple[PeriodPair, ...]
    extra_periods: tuple[Period, ...]
    kid_map: Mapping[uuid.UUID, uuid.UUID]
    overridden: bool
    conflicts: tuple[str, ...]


def align(asked: Cpix, answered: Cpix) -> Alignment:
    """Pair the parts of an answer with those of its request, in time linear in their number.

    Content keys are paired by KID, those left over by the usage rule that names them, and the rest by position if
    as many are left on both sides. DRMSystems go by (answered KID, system ID), then (asked KID, system ID), then by
    order within their system. Never raises.
    """
    keys, extra_keys = _pair_keys(asked, answered)
    pair_of = {_name(pair.asked.kid): pair for pair in reversed(keys)}
    became = {kid: _name(pair.answered.kid) for kid, pair in pair_of.items() if pair.answered is not None}
    drm, extra_drm = _pair_drm_systems(asked.drm_systems, answered.drm_systems, became)
    rules, extra_rules = _pair_rules(asked.rules, answered.rules, became)
    periods, extra_periods = _pair(asked.periods, answered.periods, [_both(lambda p: p.id)])

    evidence = _Evidence()
    for key in keys:
        evidence.add("ContentKey", key.asked, key.answered)
    for system, answer in drm:
        evidence.add("DRMSystem", system, answer)
    for rule, echo in rules:
        evidence.add("ContentKeyUsageRule", rule, echo)
    return Alignment(
        keys=keys,
        extra_keys=extra_keys,
        drm=tuple(DrmPair(one, other, pair_of.get(_name(one.kid))) for one, other in drm),
        extra_drm=extra_drm,
        rules=tuple(RulePair(one, other, pair_of.get(_name(one.kid))) for one, other in rules),
        extra_rules=extra_rules,
        periods=tuple(PeriodPair(one, other) for one, other in periods),
        extra_periods=extra_periods,
        kid_map=MappingProxyType(evidence.kid_map()),
        overridden=evidence.overridden,
        conflicts=tuple(evidence.conflicts()),
    )


def _name(text: str | None) -> Hashable | None:
    """What a KID or system ID is compared by: the UUID, or the text in lower case where it is none."""
    return uuid_of(text) or (text.lower() if text else None)


def _both(key: Callable[[_T], Hashable | None]) -> _Stage[_T]:
    return key, key


def _pair(
    asked: Sequence[_T],
    answered: Sequence[_T],
    stages: Sequence[_Stage[_T]],
    group: Callable[[_T], Hashable] = lambda _: None,
) -> _Pairs[_T]:
    """Pair two lists stage by stage; what shares a key in a stage is paired in document order.

    What no stage has paired goes by position within its ``group``, but only where as many are left on both sides:
    after an omission, positions say nothing.
    """
    found: dict[int, int] = {}
    free = dict.fromkeys(range(len(answered)))
    for of_asked, of_answered in stages:
        waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        for index in free:
            waiting[of_answered(answered[index])].append(index)
        waiting.pop(None, None)
        for index, one in enumerate(asked):
            if index not in found and (queue := waiting.get(of_asked(one))):
                found[index] = queue.popleft()
                del free[found[index]]
    left: defaultdict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for index, one in enumerate(asked):
        if index not in found:
            left[group(one)][0].append(index)
    for index in free:
        left[group(answered[index])][1].append(index)
    for ours, theirs in left.values():
        if len(ours) == len(theirs):
            found.update(zip(ours, theirs, strict=True))
    taken = set(found.values())
    pairs = tuple((one, answered[found[i]] if i in found else None) for i, one in enumerate(asked))
    return pairs, tuple(one for i, one in enumerate(answered) if i not in taken)


def _pair_keys(asked: Cpix, answered: Cpix) -> tuple[tuple[ContentKeyPair, ...], tuple[ContentKey, ...]]:
    """By KID, then by what the rules say that a KID has become, then by position."""
    same_role: list[_Stage[Rule]] = [_both(lambda r: (_name(r.kid), *_role(r))), _both(_role)]
    echoes, _ = _pair(asked.rules, answered.rules, same_role)
    by_rules = {_name(one.kid): _name(other.kid) for one, other in reversed(echoes) if other is not None}
    pairs, extra = _pair(
        asked.content_keys,
        answered.content_keys,
        [_both(lambda k: _name(k.kid)), (lambda k: by_rules.get(_name(k.kid)), lambda k: _name(k.kid))],
    )
    return tuple(ContentKeyPair(one, other) for one, other in pairs), extra


def _pair_drm_systems(
    asked: Sequence[DrmSystem], answered: Sequence[DrmSystem], became: Mapping[Hashable, Hashable]
) -> _Pairs[DrmSystem]:
    def stated(one: DrmSystem) -> Hashable:
        return _name(one.kid), _name(one.system_id)

    def expected(one: DrmSystem) -> Hashable:
        return became.get(_name(one.kid), _name(one.kid)), _name(one.system_id)

    return _pair(asked, answered, [(expected, stated), _both(stated)], group=lambda one: _name(one.system_id))


def _pair_rules(asked: Sequence[Rule], answered: Sequence[Rule], became: Mapping[Hashable, Hashable]) -> _Pairs[Rule]:
    def expected(one: Rule) -> Hashable:
        return became.get(_name(one.kid), _name(one.kid))

    def stated(one: Rule) -> Hashable:
        return _name(one.kid)

    stages: list[_Stage[Rule]] = [
        (lambda r: (expected(r), *_role(r)), lambda r: (stated(r), *_role(r))),
        _both(_role),
        (expected, stated),
    ]
    return _pair(asked, answered, stages)


def _role(rule: Rule) -> tuple[str | None, frozenset[str]]:
    """What a rule is for, whatever key it names."""
    return rule.intended_track_type, frozenset(rule.period_ids)


class _Evidence:
    """What each place of an answer says about what has become of each asked KID."""

    def __init__(self) -> None:
        # asked KID -> answered KID -> place -> the first part that says so
        self._says: dict[uuid.UUID, dict[uuid.UUID, dict[str, _Keyed]]] = {}

    def add(self, place: str, asked: _Keyed, answered: _Keyed | None) -> None:
        before, after = uuid_of(asked.kid), uuid_of(answered.kid if answered else None)
        if before is not None and after is not None and answered is not None:
            self._says.setdefault(before, {}).setdefault(after, {}).setdefault(place, answered)

    @property
    def overridden(self) -> bool:
        return any(before != after for before, answers in self._says.items() for after in answers)

    def kid_map(self) -> dict[uuid.UUID, uuid.UUID]:
        """Asked KID to answered KID; ContentKeys are added first, so their word comes first."""
        return {before: next(iter(answers)) for before, answers in self._says.items()}

    def conflicts(self) -> Iterator[str]:
        for before, answers in self._says.items():
            (main, places), *others = answers.items()
            for after, disagreeing in others:
                yield (f"KID {before} is {main} in {_listed(places)}, but {after} in {_listed(disagreeing)}")
        sources: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
        for before, after in self.kid_map().items():
            sources[after].append(before)
        for after, befores in sources.items():
            if len(befores) > 1:
                places = next(iter(self._says[befores[-1]].values()))
                yield (
                    f"{len(befores)} asked KIDs ({', '.join(map(str, befores))}) "
                    f"all became {after}, see {_listed(places)}"
                )


def _listed(places: Mapping[str, _Keyed]) -> str:
    return " and ".join(f"{place} ({part.where})" for place, part in places.items())
