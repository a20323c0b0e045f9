"""Lays a story out for reading: what holds for every key is said once, a negative stands beside its twin."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from msgspec import UnsetType

from conformance.recording.records import (
    ExchangeRecord,
    ExchangeSummary,
    KeySummary,
    RuleSummary,
    SystemSummary,
)

MOST_CHANGES = 10
"""Changed lines of a minimal pair that are shown."""

_BETWEEN_TAGS = re.compile(r">\s*<")
_THIS_KID = "this KID"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One content key: what was asked for, and what came."""

    number: int
    track: str
    filters: str
    asked: str
    answered: str
    """`same`, another KID, or `missing`; empty where there was no document."""
    scheme: str
    iv: str
    key: str
    systems: str
    """DRM systems of this key that are not as asked; empty where all are."""


@dataclass(frozen=True, slots=True)
class ExchangePart:
    """One DRM payload in words, and the keys it is true for (empty: all of them)."""

    system: str
    kind: str
    text: str
    keys: str


@dataclass(frozen=True, slots=True)
class Change:
    """One line of difference between a request and its twin without the defect."""

    sign: str
    text: str


def key_rows(summary: ExchangeSummary) -> list[KeyRow]:
    """The content keys of a story, in the order of the request; a key that was there before says so."""
    answered = summary.state == "answered" and not summary.note
    first: dict[str, int] = {}
    for number, row in enumerate(summary.keys, 1):
        if row.key:
            first.setdefault(row.key, number)
    return [_row(number, row, answered, first) for number, row in enumerate(summary.keys, 1)]


def _row(number: int, row: KeySummary, has_document: bool, first: Mapping[str, int]) -> KeyRow:
    came = row.answered
    if not has_document:
        answered = ""
    elif came is None:
        answered = "missing"
    else:
        answered = "same" if came.lower() == row.asked.lower() else came
    key = row.key or ("" if came is None else "no key in it")
    scheme = row.scheme
    if row.scheme_answered is not None:
        scheme = f"{scheme or 'none'} → {row.scheme_answered or 'none'}"
    return KeyRow(
        number,
        " + ".join(dict.fromkeys(rule.type or "(no type)" for rule in row.rules)) or "no rule",
        "; ".join(_rule_words(rule) for rule in row.rules),
        row.asked,
        answered,
        scheme,
        row.iv,
        _key_words(row, key, number, first),
        "; ".join(_wanting(one) for one in row.systems if _wanting(one)) if has_document else "",
    )


def _key_words(row: KeySummary, key: str, number: int, first: Mapping[str, int]) -> str:
    encrypted = ", encrypted" if row.encrypted and row.key else ""
    before = first.get(key, number)
    return f"{key}{encrypted}{f', the same as key {before}' if before != number else ''}"


def _rule_words(rule: RuleSummary) -> str:
    words = filters_words(rule.filters)
    echo = rule.echo
    if isinstance(echo, UnsetType):
        return words
    if echo is None:
        return f"{words} → missing"
    return f"{words} → {echo.type} {filters_words(echo.filters)}"


def filters_words(filters: Iterable[tuple[str, dict[str, str]]]) -> str:
    """The filters of a rule in a few words, key periods left out (they have a picture of their own)."""
    shown = []
    for kind, attributes in filters:
        if kind != "KeyPeriodFilter":
            values = " ".join(f"{name}={value}" for name, value in attributes.items())
            shown.append(f"{kind.removesuffix('Filter').lower()} {values}".strip())
    return ", ".join(shown)


def _wanting(one: SystemSummary) -> str:
    if not one.delivered:
        return f"{one.system} missing"
    return f"{one.system} without {', '.join(one.empty)}" if one.empty else ""


def systems_asked(summary: ExchangeSummary) -> str:
    """The DRM systems and placeholders that were asked for, once for all keys."""
    found: dict[str, tuple[str, ...]] = {}
    for row in summary.keys:
        for one in row.systems:
            found.setdefault(one.system, tuple(one.asked))
    return "; ".join(f"{name} ({', '.join(asked)})" if asked else name for name, asked in found.items())


def parts(summary: ExchangeSummary) -> list[ExchangePart]:
    """The DRM payloads of a story; those that say the same of every key stand there once."""
    rows = summary.keys
    found: dict[tuple[str, str, str], list[int]] = {}
    holders: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        names = {kid for kid in (row.asked, row.answered) if kid}
        for one in row.systems:
            holders[one.system] = holders.get(one.system, 0) + 1
            for kind, text in one.parts:
                found.setdefault((one.system, kind, _impersonal(text, names)), []).append(number)
    order = {system: at for at, system in enumerate(holders)}
    return [
        ExchangePart(system, kind, text, "" if len(numbers) == holders[system] else _numbers(numbers))
        for (system, kind, text), numbers in sorted(found.items(), key=lambda item: _rank(item[0], order))
    ]


def _rank(part: tuple[str, str, str], order: Mapping[str, int]) -> tuple[int, int]:
    kinds = ("PSSH", "MPD", "HLS media", "HLS master", "HLS", "Smooth")
    return order[part[0]], kinds.index(part[1]) if part[1] in kinds else len(kinds)


def _impersonal(text: str, kids: Iterable[str]) -> str:
    for kid in kids:
        for written in (kid, kid.replace("-", "")):
            text = re.sub(re.escape(written), f"({_THIS_KID})", text, flags=re.IGNORECASE)
    return text


def _numbers(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:8]))
    return f"key {shown}" + (f" and {len(numbers) - 8} more" if len(numbers) > 8 else "")


def minimal_pair(good: ExchangeRecord, bad: ExchangeRecord) -> list[Change]:
    """What tells a request from its twin without the defect: header lines and lines of the body, `-` and `+`."""
    if good.request.body.missing or bad.request.body.missing:
        return []
    changes = list(_difference(_head_lines(good), _head_lines(bad)))
    changes += _difference(body_lines(good.request.body.text), body_lines(bad.request.body.text))
    if len(changes) > MOST_CHANGES:
        return [*changes[:MOST_CHANGES], Change(" ", f"and {len(changes) - MOST_CHANGES} more lines")]
    return changes


def _difference(good: list[str], bad: list[str]) -> Iterator[Change]:
    if good == bad:
        return
    for tag, first, last, start, end in difflib.SequenceMatcher(None, good, bad, autojunk=False).get_opcodes():
        if tag != "equal":
            if first:  # a line that both have, so that the place can be told
                yield Change(" ", _cut(good[first - 1]))
            yield from (Change("-", _cut(line)) for line in good[first:last])
            yield from (Change("+", _cut(line)) for line in bad[start:end])


def _head_lines(exchange: ExchangeRecord) -> list[str]:
    request = exchange.request
    ignored = {"authorization", "date", "x-amz-date", "content-length"}
    return [
        request.method,
        *(f"{name}: {value}" for name, value in request.headers if name.lower() not in ignored),
    ]


def body_lines(body: str) -> list[str]:
    """A body with each tag on a line of its own, so that a difference is small."""
    return _BETWEEN_TAGS.sub(">\n<", body.strip()).split("\n")


def _cut(line: str) -> str:
    return line if len(line) <= 240 else f"{line[:240]}…"
