"""Reads the dimensions in which requests differ, and makes a covering array of them for what is claimed.

A dimension has values; a value adds its part to the request of a row. A value may stand for a long list (`for-each`):
its members take turns, so that the array does not grow with the list.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from conformance.cases.covering import Group, Model, Row, covering_array
from conformance.cases.features import FEATURES, check_need, everything, pairs_asked
from conformance.cases.plans import substituted
from conformance.cases.resolve import NotClaimed, refuse_policy, resolve_plan
from conformance.cases.scalars import list_at
from conformance.cases.values import choices_of
from conformance.catalogue.yamlfile import (
    DataError,
    Map,
    expect_fields,
    expect_list,
    expect_map,
    expect_texts,
    expect_word,
    load,
)
from conformance.model import VERSIONS, Claims, Place, Plan

REQUIRED = ("combinations", "title", "why", "dimensions")
OPTIONAL = ("together", "never")
VALUE_FIELDS = ("request", "needs", "expect", "checks", "requirement", "for-each", "shared-content")
VERSION = "version"
"""The dimension that every array has: the SPEKE version of the case."""
MOST_VALUES = 8
"""Values of a dimension: with more, an array of pairs outgrows a run."""

BASE = Claims(frozenset({VERSIONS[0]}), frozenset(pairs_asked()), FEATURES)
"""What most servers can do: where the claims are discovered, the array has all combinations of this first."""


@dataclass(frozen=True, slots=True)
class ArrayOptions:
    """For whom arrays are made."""

    claims: Claims | None = None
    """None: they are discovered after the cases are made."""
    strength: int = 2
    """How many dimensions are combined with each other: 1, 2 or 3."""
    listed: bool = False
    """The content ids are provisioned, so that a request cannot make up another one."""

    @property
    def held(self) -> Claims:
        """What may be asked for."""
        return self.claims or everything()


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a dimension: what it adds to a row, in each of its members."""

    members: tuple[Map, ...]
    needs: tuple[str, ...]
    shares: bool


@dataclass(frozen=True)
class Dimensions:
    """The dimensions of one entry."""

    entry: Map
    values: Mapping[str, Mapping[str, Value]]
    groups: Sequence[tuple[tuple[str, ...], Callable[[Row], bool]]]
    options: ArrayOptions
    turns: Counter[tuple[str, str]] = field(default_factory=Counter)

    def model(self, claims: Claims) -> Model:
        """The dimensions as far as the claims allow them; a dimension without a value is left out."""
        held = {
            name: tuple(value for value, one in values.items() if all(claims.has(need) for need in one.needs))
            for name, values in self.values.items()
        }
        held = {name: values for name, values in held.items() if values}
        joined: list[tuple[tuple[str, ...], list[Callable[[Row], bool]]]] = []
        for names, fits in self.groups:
            if not set(names) <= set(held):
                continue
            mine, rules = dict.fromkeys(names), [fits]
            for other in [one for one in joined if set(one[0]) & set(mine)]:
                joined.remove(other)
                mine |= dict.fromkeys(other[0])
                rules += other[1]
            joined.append((tuple(mine), rules))
        groups = (
            Group.by(names, held, lambda row, rules=rules: all(rule(row) for rule in rules))  # type: ignore[misc]
            for names, rules in joined
        )
        return Model(held, tuple(groups))

    def rows(self) -> list[Row]:
        """The rows of the array, always the same for the same claims."""
        begin: list[Row] = []
        if self.options.claims is None:
            begin = covering_array(self.model(BASE), self.options.strength)
        return covering_array(self.model(self.options.held), self.options.strength, begin)

    def parts(self, row: Row) -> Iterator[Map]:
        """What the values of a row add to its request; members of a long list take turns."""
        for name, value in row.items():
            members = self.values[name][value].members
            self.turns[name, value] += 1
            yield members[(self.turns[name, value] - 1) * _stride(len(members)) % len(members)]

    def shares_content(self, row: Row) -> bool:
        """Whether a row asks for the content that others ask for, too."""
        return any(self.values[name][value].shares for name, value in row.items())


def _stride(count: int) -> int:
    """How far to go in a list of so many, so that all have their turn and neighbours are not alike."""
    return next(step for step in range(max(1, round(count * 0.3)), count + 2) if math.gcd(step, count) == 1)


@cache
def dimension_values(path: Path, name: str) -> Mapping[str, tuple[str, ...]]:
    """The dimensions of an entry with all their values, whatever is claimed."""
    entry = next(entry for entry in load(path) if entry.get("combinations") == name)
    return {dimension: tuple(map(str, values)) for dimension, values in entry["dimensions"].items()}


ReadPlan = Callable[[Map, str], Plan]
"""The plan that a request describes under a version; DataError where there is none."""


def read_dimensions(entry: Map, options: ArrayOptions, read_plan: ReadPlan) -> Dimensions:
    """The dimensions of an entry; DataError with the line of whatever is wrong."""
    expect_fields(entry, required=REQUIRED, optional=OPTIONAL, what="an entry of combinations")
    raw = expect_map(entry["dimensions"], entry.at("dimensions"), "dimensions")
    if VERSION not in raw:
        raise DataError(raw.place, f"the dimension {VERSION} is missing; it says which SPEKE versions are used")
    values: dict[str, Mapping[str, Value]] = {}
    for name in raw:
        at = raw.at(name)
        given = expect_map(raw[name], at, f"the dimension {name}")
        if not 0 < len(given) <= MOST_VALUES:
            raise DataError(at, f"the dimension {name} has {len(given)} values; it takes 1 to {MOST_VALUES}")
        found = {str(value): _value(name, given, value, options, read_plan) for value in given}
        values[name] = {value: one for value, one in found.items() if one.members}
    groups = [*_together(entry, values, options, read_plan), *_never(entry, values)]
    return Dimensions(entry, values, groups, options)


def _value(dimension: str, given: Map, name: str, options: ArrayOptions, read_plan: ReadPlan) -> Value:
    at = given.at(name)
    raw = expect_map(given[name] if given[name] is not None else _empty(at), at, f"the value {name}")
    expect_fields(raw, optional=VALUE_FIELDS, what="a value of a dimension")
    needs = tuple(check_need(need, raw.at("needs")) for need in expect_texts(raw.get("needs", list_at((), at)), at, ""))
    if dimension == VERSION:
        needs = (*needs, f"version.{expect_word(name, VERSIONS, at, 'version')}")
    names, choices = choices_of(raw)
    members = []
    for chosen in itertools.product(*choices):
        one = substituted(raw, {key: text for key, (_, text) in zip(names, chosen, strict=True)})
        request = expect_map(one.get("request", _empty(at)), raw.at("request"), "request")
        plan = read_plan(request, VERSIONS[-1])
        try:
            refuse_policy(plan, options.held)
        except NotClaimed:
            continue
        if not (options.listed and plan.content_id):
            members.append(one)
    return Value(tuple(members), needs, raw.get("shared-content") is True)


def _empty(place: Place) -> Map:
    made = Map()
    made.place, made.places = place, {}
    return made


def _together(
    entry: Map, values: Mapping[str, Mapping[str, Value]], options: ArrayOptions, read_plan: ReadPlan
) -> Iterator[tuple[tuple[str, ...], Callable[[Row], bool]]]:
    """Dimensions whose values are one request together: what cannot be asked of whoever claims no more is left out."""
    if "together" not in entry:
        return
    groups = expect_list(entry["together"], entry.at("together"), "together")
    for raw, at in zip(groups, groups.places, strict=True):
        names = tuple(expect_word(name, values, at, "dimension") for name in expect_texts(raw, at, "together"))

        def fits(row: Row) -> bool:
            request = merged([values[name][value].members[0] for name, value in row.items()])["request"]
            try:
                resolve_plan(read_plan(request, VERSIONS[-1]), options.held)
            except (DataError, NotClaimed):
                return False
            return True

        yield names, fits


def _never(
    entry: Map, values: Mapping[str, Mapping[str, Value]]
) -> Iterator[tuple[tuple[str, ...], Callable[[Row], bool]]]:
    """Values that cannot stand together, whatever is claimed."""
    if "never" not in entry:
        return
    items = expect_list(entry["never"], entry.at("never"), "never")
    for raw, at in zip(items, items.places, strict=True):
        ruled = expect_map(raw, at, "an item of never")
        expect_fields(ruled, optional=tuple(values), what="an item of never")
        known = expect_map(entry["dimensions"], entry.at("dimensions"), "dimensions")
        apart = {
            name: {expect_word(value, known[name], ruled.at(name), "value") for value in expect_texts(wanted, at, name)}
            for name, wanted in ruled.items()
        }

        def fits(row: Row, apart: Mapping[str, set[str]] = apart) -> bool:
            return not all(row[name] in wanted for name, wanted in apart.items())

        yield tuple(apart), fits


def merged(parts: Sequence[Map]) -> Map:
    """What all values of a row add up to, as a step of a case has it."""
    request, rest = _empty(parts[0].place), {}
    for part in parts:
        for name, value in part.get("request", {}).items():
            request[name] = _joined(name, request.get(name), value)
            request.places[name] = part["request"].at(name)
    for name in ("checks", "requirement"):
        found = [item for part in parts for item in part.get(name, ())]
        if found:
            rest[name] = list_at(dict.fromkeys(found), parts[0].place)
    expects = [part["expect"] for part in parts if "expect" in part]
    step = _empty(parts[0].place)
    step.update({"request": request, **rest, **({"expect": expects[0]} if expects else {})})
    return step


def _joined(name: str, before: Any, value: Any) -> Any:
    """Two parts of a request: styles add up, a content id goes into another one's {id}; else the later holds."""
    if name == "style" and before is not None:
        both = Map({**before, **value})
        both.place, both.places = value.place, {**before.places, **value.places}
        return both
    if name == "content-id" and before is not None:
        return str(value).replace("{id}", str(before))
    return value


def definite(plan: Plan, options: ArrayOptions) -> Plan:
    """The plan of a row: where the claims are discovered, with what is asked for if they turn out to be less."""
    if options.claims is not None:
        return plan
    others = dict.fromkeys(name for name, _ in pairs_asked())
    return replace(plan, instead=tuple(name for name in others if name not in plan.systems))


def variants(rows: Sequence[Row]) -> list[str]:
    """A name for each row: its first values and a short digest of all, so that it stays when other rows change."""
    digests = [hashlib.sha256(repr(list(row.items())).encode()).hexdigest() for row in rows]
    length = next(size for size in range(4, 65) if len({one[:size] for one in digests}) == len(set(digests)))
    return ["-".join((*list(row.values())[:3], one[:length])) for row, one in zip(rows, digests, strict=True)]
