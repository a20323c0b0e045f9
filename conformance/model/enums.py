"""The fixed words: versions, keywords, confidences, verdicts, outcomes."""

from __future__ import annotations

from enum import StrEnum

VERSIONS = ("2.0", "2.1")
"""The SPEKE versions the suite knows, oldest first."""

CPIX_VERSION = {"2.0": "2.3", "2.1": "2.4"}
"""The CPIX version that goes with each SPEKE version."""


class Level(StrEnum):
    """The keyword of a requirement; it decides what a finding costs."""

    MUST = "MUST"
    MUST_NOT = "MUST NOT"
    SHOULD = "SHOULD"
    SHOULD_NOT = "SHOULD NOT"
    MAY = "MAY"
    NOTE = "NOTE"
    RECORD = "RECORD"

    @property
    def weight(self) -> int:
        """How much a finding weighs: 3 fails a set, 2 is an advisory, 1 a note, 0 is only recorded."""
        return _WEIGHT[self]


_WEIGHT = {
    Level.MUST: 3,
    Level.MUST_NOT: 3,
    Level.SHOULD: 2,
    Level.SHOULD_NOT: 2,
    Level.MAY: 1,
    Level.NOTE: 1,
    Level.RECORD: 0,
}


class Confidence(StrEnum):
    """Where a requirement comes from, and with that who may say MUST."""

    TEXT = "text"
    DERIVED = "derived"
    PRACTICE = "practice"
    GUIDE = "guide"
    UPSTREAM = "upstream"
    OURS = "ours"
    INFERRED = "inferred"


class Verdict(StrEnum):
    """What the judge makes of one result."""

    PASS = "PASS"
    FAIL = "FAIL"
    ADVISORY = "ADVISORY"
    NOTE = "NOTE"
    RECORDED = "RECORDED"
    UNTESTABLE = "UNTESTABLE"
    ERROR = "ERROR"
    NOT_CLAIMED = "NOT CLAIMED"
    KNOWN = "KNOWN"
    STALE = "STALE"


class SetGroup(StrEnum):
    """Whose word a requirement set is, and with that where a report lists it."""

    SPECIFICATION = "specification"
    FORMAT = "format"
    OURS = "ours"
    ENCRYPTOR = "encryptor"
    REPORTED = "reported"


class Outcome(StrEnum):
    """What a requirement set, or the run as a whole, comes to."""

    NOT_QUALIFIED = "NOT QUALIFIED"
    INCOMPLETE = "INCOMPLETE"
    QUALIFIED_WITH_ADVISORIES = "QUALIFIED WITH ADVISORIES"
    QUALIFIED = "QUALIFIED"
    NOT_CLAIMED = "NOT CLAIMED"
    PARTIAL = "PARTIAL"
