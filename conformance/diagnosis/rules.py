"""Named causes as data: what shows a cause, what it may explain besides, and what is said of it (causes.yaml)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from conformance.catalogue.yamlfile import (
    DataError,
    Map,
    expect_fields,
    expect_list,
    expect_map,
    expect_text,
    expect_texts,
    load,
)
from conformance.diagnosis.observed import Observed
from conformance.judge import Judgement
from conformance.model import Place

FILE = Path(__file__).with_name("causes.yaml")
NO_ANSWER = "none"
"""The status of a step without an answer, as a rule names it."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A kind of result: all that is given must fit."""

    checks: tuple[str, ...]
    """Patterns of ids; a leading `!` takes out of the others."""
    says: re.Pattern[str] | None = None
    """Somewhere in what was expected and seen, the hint, or the reason."""
    status: re.Pattern[str] | None = None
    """Of the answer: `5..`, `none` where there was no answer."""
    expected: str = ""
    """What the step expects."""
    media: re.Pattern[str] | None = None
    due: str = ""
    """Name of a standard message that is due."""
    findings: int = 0
    """At least so many of them in the result."""
    unless: tuple[str, ...] | None = None
    """In place of its cause's `unless`."""
    shared: bool = False
    """Of a check that fails nowhere but where one answer was given to several requests."""
    least: int = 1
    """So many results are needed."""
    absent: tuple[str, ...] = ()
    """Checks of which none failed anywhere: the same result has another cause beside them."""

    def fits(self, result: Judgement, seen: Observed) -> bool:
        """Whether a result is of this kind."""
        facts = seen.facts(result)
        return (
            any_fits(self.checks, result.check)
            and (not self.shared or result.check in seen.only_shared)
            and not (self.absent and any(any_fits(self.absent, check) for check in seen.failed))
            and (not self.expected or self.expected == facts.expected)
            and (not self.due or self.due in facts.due)
            and len(result.findings) >= self.findings
            and (self.status is None or self.status.fullmatch(str(facts.status or NO_ANSWER)) is not None)
            and (self.media is None or self.media.search(facts.media_type) is not None)
            and (self.says is None or self.says.search(text_of(result)) is not None)
        )


@dataclass(frozen=True, slots=True)
class NamedCause:
    """A mistake that many results follow from."""

    id: str
    title: str
    wrong: str
    fix: str
    effect: str
    rank: int
    """1: nothing can be seen behind it; 2: content plays unprotected or not at all; 3: all else."""
    evidence: tuple[tuple[Sign, ...], ...]
    """Each alone shows the cause, where every sign of it is there."""
    unless: tuple[str, ...]
    """Checks at whose failures nothing is evidence: they explain the same, and more closely."""
    follows: tuple[Sign, ...]
    """What it explains besides, at the exchanges where its evidence stands."""
    anywhere: tuple[Sign, ...]
    """What it explains wherever it stands."""
    expected: str
    """What the steps expect that its sentence counts; empty for all."""
    parts: str
    """What the list inside is made of: check or message."""


@dataclass(frozen=True, slots=True)
class Follows:
    """Checks that say once more what another has said of the same exchange."""

    checks: tuple[str, ...]
    behind: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """All of causes.yaml."""

    causes: Mapping[str, NamedCause]
    """In the order in which they take what they have evidence for."""
    follows: tuple[Follows, ...]


def any_fits(patterns: tuple[str, ...], check: str) -> bool:
    """Whether one of the patterns fits, and none that begins with `!`."""
    wanted = [one for one in patterns if not one.startswith("!")]
    return any(fnmatchcase(check, one) for one in wanted) and not any(
        fnmatchcase(check, one[1:]) for one in patterns if one.startswith("!")
    )


def text_of(result: Judgement) -> str:
    """All that a result says."""
    told = (f"{one.where} | {one.expected} | {one.seen} | {one.hint}" for one in result.findings)
    return "\n".join((*told, result.reason))


@cache
def load_rules(path: Path = FILE) -> Rules:
    """Read the causes; raises DataError."""
    place = Place(path.name, 1)
    whole = expect_map(load(path, path.name), place, "the causes")
    expect_fields(whole, required=("causes", "follows"), what="the causes")
    entries = expect_list(whole["causes"], place, "causes")
    causes = [_cause(expect_map(one, at, "a cause")) for one, at in zip(entries, entries.places, strict=True)]
    again = expect_list(whole["follows"], place, "follows")
    follows = []
    for one, at in zip(again, again.places, strict=True):
        raw = expect_map(one, at, "an entry")
        expect_fields(raw, required=("checks", "behind"), what="an entry")
        follows.append(Follows(*(expect_texts(raw[name], at, name) for name in ("checks", "behind"))))
    return Rules({one.id: one for one in causes}, tuple(follows))


def _cause(raw: Map) -> NamedCause:
    expect_fields(
        raw,
        required=("id", "title", "wrong", "fix", "effect", "rank", "evidence"),
        optional=("unless", "follows", "anywhere", "expected", "parts"),
        what="a cause",
    )

    def text(name: str) -> str:
        return expect_text(raw[name], raw.at(name), name)

    return NamedCause(
        id=text("id"),
        title=text("title"),
        wrong=text("wrong"),
        fix=text("fix"),
        effect=text("effect"),
        rank=int(raw["rank"]),
        evidence=tuple(_evidence(one, at) for one, at in _entries(raw, "evidence")),
        unless=expect_texts(raw["unless"], raw.at("unless"), "unless") if "unless" in raw else (),
        follows=_signs(raw, "follows"),
        anywhere=_signs(raw, "anywhere"),
        expected=str(raw.get("expected", "")),
        parts=str(raw.get("parts", "check")),
    )


def _entries(raw: Map, name: str) -> Iterator[tuple[Any, Place]]:
    if name in raw:
        found = expect_list(raw[name], raw.at(name), name)
        yield from zip(found, found.places, strict=True)


def _signs(raw: Map, name: str) -> tuple[Sign, ...]:
    return tuple(_sign(one, at) for one, at in _entries(raw, name))


def _evidence(raw: Any, place: Place) -> tuple[Sign, ...]:
    one = expect_map(raw, place, "evidence")
    return _signs(one, "all") if "all" in one else (_sign(one, place),)


def _sign(raw: Any, place: Place) -> Sign:
    one = expect_map(raw, place, "a sign")
    expect_fields(
        one,
        required=("checks",),
        optional=("says", "status", "expected", "media", "due", "findings", "unless", "shared", "least", "absent"),
        what="a sign",
    )
    try:
        says, status, media = (re.compile(str(one[k])) if k in one else None for k in ("says", "status", "media"))
    except re.error as error:
        raise DataError(place, f"a pattern is not valid: {error}") from None
    return Sign(
        expect_texts(one["checks"], place, "checks"),
        says,
        status,
        str(one.get("expected", "")),
        media,
        str(one.get("due", "")),
        int(one.get("findings", 0)),
        expect_texts(one["unless"], place, "unless") if "unless" in one else None,
        bool(one.get("shared", False)),
        int(one.get("least", 1)),
        expect_texts(one["absent"], place, "absent") if "absent" in one else (),
    )
