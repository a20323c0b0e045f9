"""Covering arrays: few rows in which every combination of values of any two (or three) dimensions stands together.

A row is built value by value, each time the one that covers most of what is still uncovered. Which values cannot stand
together is known exactly: dimensions that depend on each other form a group, and a group lists what is allowed.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Row = Mapping[str, str]
"""The value of each dimension."""
Combination = tuple[tuple[str, str], ...]
"""Some dimensions, in their order, each with a value."""

CANDIDATES = {1: 8, 2: 6, 3: 2}
"""Rows that are tried each time, of which the best is taken; more of them make the array smaller and slower."""


@dataclass(frozen=True, slots=True)
class Group:
    """Dimensions that depend on each other, and the combinations of their values that are allowed."""

    dimensions: tuple[str, ...]
    allowed: tuple[tuple[str, ...], ...]

    @classmethod
    def by(cls, dimensions: Sequence[str], values: Mapping[str, Sequence[str]], fits: Callable[[Row], bool]) -> Group:
        """The group of those combinations that fit."""
        names = tuple(dimensions)
        rows = itertools.product(*(values[name] for name in names))
        return cls(names, tuple(row for row in rows if fits(dict(zip(names, row, strict=True)))))

    def admits(self, row: Row) -> bool:
        """Whether a row that may still lack values can be completed."""
        wanted = [(at, row[name]) for at, name in enumerate(self.dimensions) if name in row]
        return any(all(one[at] == value for at, value in wanted) for one in self.allowed)


@dataclass(frozen=True, slots=True)
class Model:
    """The dimensions with their values, and the groups; no dimension belongs to two groups."""

    values: Mapping[str, tuple[str, ...]]
    groups: tuple[Group, ...] = ()

    def admits(self, row: Row) -> bool:
        """Whether the values of a row can stand together."""
        return all(group.admits(row) for group in self.groups)

    def combinations(self, strength: int) -> Iterator[Combination]:
        """Every combination of values of so many dimensions that can stand together, in a fixed order."""
        for names in itertools.combinations(self.values, min(strength, len(self.values))):
            for chosen in itertools.product(*(self.values[name] for name in names)):
                found = tuple(zip(names, chosen, strict=True))
                if self.admits(dict(found)):
                    yield found


def covered_by(row: Row, strength: int) -> Iterator[Combination]:
    """The combinations that stand in a row; its dimensions are in the order of the model."""
    return itertools.combinations(row.items(), strength)


def covering_array(model: Model, strength: int, begin: Iterable[Row] = ()) -> list[Row]:
    """Rows in which each combination that is possible stands at least once; those of `begin` come first.

    The same model gives the same rows, on every machine.
    """
    strength = min(strength, len(model.values))
    rows: list[Row] = [dict(row) for row in begin]
    open_ = dict.fromkeys(model.combinations(strength))
    for row in rows:
        for one in covered_by(row, strength):
            open_.pop(one, None)
    chance = random.Random(0)
    checker = _Checker(model)
    while open_:
        tried = [_row(model, strength, open_, chance, checker) for _ in range(CANDIDATES.get(strength, 1))]
        best = max(tried, key=lambda row: sum(one in open_ for one in covered_by(row, strength)))
        for one in covered_by(best, strength):
            open_.pop(one, None)
        rows.append(best)
    return rows


class _Checker:
    """Says which values of a dimension a row can still take; each answer is worked out once."""

    def __init__(self, model: Model) -> None:
        self._group = {name: group for group in model.groups for name in group.dimensions}
        self._values = model.values
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def values(self, name: str, row: Row) -> tuple[str, ...]:
        group = self._group.get(name)
        if group is None:
            return self._values[name]
        key = (name, *(row.get(one, "") for one in group.dimensions))
        if key not in self._known:
            fits = (value for value in self._values[name] if group.admits({**row, name: value}))
            self._known[key] = tuple(fits)
        return self._known[key]


def _row(
    model: Model, strength: int, open_: Mapping[Combination, None], chance: random.Random, checker: _Checker
) -> dict[str, str]:
    """A row around the first combination that is not covered yet."""
    row = dict(next(iter(open_)))
    place = {name: at for at, name in enumerate(model.values)}
    rest = [name for name in model.values if name not in row]
    chance.shuffle(rest)
    for name in rest:
        others = sorted(row.items(), key=lambda item: place[item[0]])
        partners = list(itertools.combinations(others, strength - 1))
        before = [sum(place[one] < place[name] for one, _ in partner) for partner in partners]
        best, most = "", -1
        values = list(checker.values(name, row))
        chance.shuffle(values)
        for value in values:
            item = (name, value)
            new = sum(
                (*partner[:at], item, *partner[at:]) in open_ for partner, at in zip(partners, before, strict=True)
            )
            if new > most:
                best, most = value, new
        row[name] = best
    return {name: row[name] for name in model.values}
