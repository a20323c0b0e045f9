"""A rule of a specification as data, and the set it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.model.enums import Confidence, Level, SetGroup


@dataclass(frozen=True, slots=True)
class Place:
    """A line in one of our data files, for error messages."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Page:
    """A page or document on which rules stand, and the address at which anybody can read it."""

    title: str
    address: str
    """Public (https://…), or a place in our own docs for what is our own judgement."""


@dataclass(frozen=True, slots=True)
class Source:
    """The page a rule stands on, and how sure we are of it."""

    page: str
    confidence: Confidence
    sentence: str = ""
    """For derived rules: the stated sentence from which the rule follows, in our own words."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One rule of a specification, as data."""

    id: str
    set: str
    levels: Mapping[str, Level]
    """SPEKE version -> keyword, for the versions in which the rule holds."""
    rule: str
    source: Source
    effect: str
    aliases: tuple[str, ...] = ()
    also_in: Mapping[str, Level] = field(default_factory=dict)
    """Other sets that name this rule again, with a grade of their own."""
    untestable: str = ""
    """Why the rule cannot be tested from outside; empty for a rule that can."""
    fix: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class RequirementSet:
    """A list of requirements that is judged as one."""

    id: str
    title: str
    version: str = ""
    """The SPEKE version whose exchanges count for this set; empty for every version."""
    includes: tuple[str, ...] = ()
    claim: str = ""
    """The claim without which the set is NOT CLAIMED; empty for sets that always apply."""
    decides: bool = True
    """False for sets that are reported and never decide (advice)."""
    group: SetGroup = SetGroup.ENCRYPTOR
