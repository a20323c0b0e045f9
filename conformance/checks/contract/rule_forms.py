"""Usage rules in a form that can be compared: what a rule means, whatever the way it is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from conformance.cpix.contract import Track, key_for, matches, probe_tracks
from conformance.cpix.numbers import whole
from conformance.cpix.reader import Filter, Rule
from conformance.model.quoted import excerpt

FilterKey = tuple[str, tuple[tuple[str, str], ...]]

CPIX_FILTERS = frozenset({"KeyPeriodFilter", "LabelFilter", "VideoFilter", "AudioFilter", "BitrateFilter"})
IGNORED_FILTERS = frozenset({"BitrateFilter"})
IGNORED_ATTRIBUTES = frozenset({("VideoFilter", "wcg")})
"""SPEKE says that encryptors ignore these, so whether they come back is recorded and not judged. One that nobody asked
for changes the contract as any other filter does."""

_INTEGER = re.compile(r"\s*\+?0*([0-9]{1,18})\s*")
_BOOLEAN = {"1": "true", "0": "false"}


def filters_of(rule: Rule) -> Counter[FilterKey]:
    """The filters of a rule that choose tracks, each with its attributes; key periods and foreign elements left out."""
    return Counter(_key(one) for one in rule.filters if one.kind != "KeyPeriodFilter" and _counts(one))


def disputed_of(rule: Rule) -> Counter[FilterKey]:
    """What stands in a rule of those filters and attributes that need not come back, each with its value."""
    found: Counter[FilterKey] = Counter()
    for one in rule.filters:
        attributes = tuple(sorted((name, _value(name, value)) for name, value in one.attributes.items()))
        if one.kind in IGNORED_FILTERS:
            found[one.kind, attributes] += 1
        found.update((one.kind, (pair,)) for pair in attributes if (one.kind, pair[0]) in IGNORED_ATTRIBUTES)
    return found


def _counts(one: Filter) -> bool:
    return one.kind not in IGNORED_FILTERS and not one.kind.startswith("{")


def _key(one: Filter) -> FilterKey:
    attributes = (
        (name, _value(name, value))
        for name, value in one.attributes.items()
        if (one.kind, name) not in IGNORED_ATTRIBUTES and not name.startswith("{")
    )
    return one.kind, tuple(sorted(attributes))


def _value(name: str, text: str) -> str:
    """`0442368` is `442368` and `1` is `true`: the same contract, written by another hand."""
    if name in ("hdr", "wcg"):
        return _BOOLEAN.get(text.strip(), text.strip())
    match = _INTEGER.fullmatch(text)
    return match[1] if match else text


def forms_of(filters: Counter[FilterKey]) -> Counter[tuple[str, tuple[str, ...]]]:
    """The same filters without their values: kind and names of attributes."""
    forms: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for (kind, attributes), times in filters.items():
        forms[kind, tuple(name for name, _ in attributes)] += times
    return forms


def spoken(filters: Counter[FilterKey]) -> str:
    """Filters as a person writes them: `VideoFilter maxPixels=442368, VideoFilter`."""
    words = []
    for (kind, attributes), times in sorted(filters.items()):
        text = " ".join([kind, *(f"{name}={value}" for name, value in attributes)])
        words.extend([text] * times)
    return ", ".join(words) or "no filter"


def same_in_order(asked: Sequence[Rule], answered: Sequence[Rule]) -> bool:
    """Whether two lists of rules mean the same one by one, so that no track needs to be tried."""
    return len(asked) == len(answered) and all(
        filters_of(one) == filters_of(other) and set(one.period_ids) == set(other.period_ids)
        for one, other in zip(asked, answered, strict=True)
    )


def winning_rules(asked: Sequence[Rule], answered: Sequence[Rule]) -> Iterator[tuple[Track, Rule | None, Rule | None]]:
    """For tracks around every border of the asked rules: the rule that protects it as asked, and as answered.

    Period by period, so that the work grows with the number of rules and not with its square.
    """
    named = dict.fromkeys(period for rule in asked for period in rule.period_ids)
    periods: list[str | None] = list(named) or [None]
    for period in periods:
        ours, theirs = _in_period(asked, period), _in_period(answered, period)
        for track in probe_tracks(ours):
            if track.period_id == period:
                yield track, key_for(ours, track), key_for(theirs, track)


def keys_by_track(asked: Sequence[Rule], answered: Sequence[Rule]) -> Iterator[tuple[Track, set[str], set[str]]]:
    """For the same tracks: the KIDs of all rules that match, as asked and as answered."""
    named = dict.fromkeys(period for rule in asked for period in rule.period_ids)
    periods: list[str | None] = list(named) or [None]
    for period in periods:
        ours, theirs = _in_period(asked, period), _in_period(answered, period)
        for track in probe_tracks(ours):
            if track.period_id == period:
                yield track, _kids(ours, track), _kids(theirs, track)


def _kids(rules: Sequence[Rule], track: Track) -> set[str]:
    return {(rule.kid or "").lower() for rule in rules if matches(rule, track)}


def wrong_bounds(attributes: Mapping[str, str]) -> str:
    """What is wrong with the bounds of one filter; empty where nothing is."""
    numbers = {}
    for name, text in attributes.items():
        if name.startswith(("min", "max")):
            number = whole(text)
            if number is None:
                return f"{name}={excerpt(text, 40)}"
            numbers[name] = number
    for name, number in numbers.items():
        upper = numbers.get(f"max{name[3:]}") if name.startswith("min") else None
        if upper is not None and number > upper:
            return f"{name}={number} above max{name[3:]}={upper}"
    return ""


def _in_period(rules: Sequence[Rule], period: str | None) -> list[Rule]:
    return [rule for rule in rules if not rule.period_ids or period in rule.period_ids]
