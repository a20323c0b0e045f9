"""What a newer version of the suite would ask: rules, sets, checks and cases that are new, gone or weigh more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.explain.catalogue_snapshot import Asks, Rule
from conformance.model import Level

MOST_CASES = 8
"""Cases that are named one by one."""


def catalogue_lines(old: Asks, new: Asks) -> list[str]:
    """The difference in words, one thing a line."""
    found = list(_lines(old, new))
    head = [f"before: {old.name}", f"now:    {new.name}", *(f"note: {note}" for note in (*old.notes, *new.notes)), ""]
    return [*head, *(found or ["No new checks, and no rule has a stricter level."])]


def _lines(old: Asks, new: Asks) -> Iterator[str]:
    yield from _section("new sets", {name: new.sets[name] for name in new.sets if name not in old.sets})
    yield from _section("removed sets", {name: old.sets[name] for name in old.sets if name not in new.sets})
    fresh = {name: _told(rule) for name, rule in new.rules.items() if name not in old.rules}
    yield from _section("new rules", fresh)
    both = {name: (old.rules[name], rule) for name, rule in new.rules.items() if name in old.rules}
    stricter = {name: _change(*pair) for name, pair in both.items() if _weight(pair[1]) > _weight(pair[0])}
    looser = {name: _change(*pair) for name, pair in both.items() if _weight(pair[1]) < _weight(pair[0])}
    yield from _section("rules with a stricter level", stricter)
    yield from _section("rules with a laxer level", looser)
    reworded = {name: pair[1].text for name, pair in both.items() if pair[0].text != pair[1].text}
    yield from _section("reworded rules", reworded)
    if new.whole or not old.whole:
        gone = {name: _told(rule) for name, rule in old.rules.items() if name not in new.rules}
        yield from _section("removed rules", gone)
    yield from _named("new checks", "removed checks", old.checks, new.checks, most=None)
    yield from _named("new cases", "removed cases", old.cases, new.cases, most=MOST_CASES)


def _named(
    new_words: str,
    gone_words: str,
    old: Mapping[str, str] | None,
    new: Mapping[str, str] | None,
    most: int | None,
) -> Iterator[str]:
    if old is None or new is None:
        return
    yield from _section(new_words, {name: text for name, text in new.items() if name not in old}, most)
    yield from _section(gone_words, {name: text for name, text in old.items() if name not in new}, most)


def _section(heading: str, entries: Mapping[str, str], most: int | None = None) -> Iterator[str]:
    if not entries:
        return
    yield f"{heading}: {len(entries)}"
    shown = list(entries.items())[:most]
    yield from (f"  {name}: {text}" for name, text in shown)
    if len(entries) > len(shown):
        yield f"  and {len(entries) - len(shown)} more"


def _told(rule: Rule) -> str:
    return f"{_levels(rule)}, {rule.set}: {rule.text}"


def _change(old: Rule, new: Rule) -> str:
    return f"{_levels(old)} → {_levels(new)}: {new.text}"


def _levels(rule: Rule) -> str:
    words = list(dict.fromkeys(rule.levels.values()))
    return " / ".join(words)


def _weight(rule: Rule) -> tuple[int, int]:
    weights = [Level(word).weight for word in rule.levels.values()]
    return max(weights), len(weights)
