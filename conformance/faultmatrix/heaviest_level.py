"""How heavy a result is at most, in any set that names one of its requirements."""

from __future__ import annotations

from functools import cache

from conformance.catalogue import load_catalogue
from conformance.model import VERSIONS, Level
from conformance.redaction.recorded import RecordedResult


@cache
def heaviest(requirement: str, version: str = "") -> Level | None:
    """The heaviest level of a requirement in its own set and in those that name it again.

    For one SPEKE version, or for any; None where the requirement does not hold there.
    """
    item = load_catalogue().requirement(requirement)
    versions = (version,) if version in VERSIONS else VERSIONS
    levels = [item.levels[one] for one in versions if one in item.levels]
    if levels:
        levels += item.also_in.values()
    return max(levels, key=lambda level: level.weight, default=None)


def is_record(result: RecordedResult) -> bool:
    """Whether a result is only written into the register of unjudged behaviour and accuses nobody."""
    levels = [level for name in result.requirements if (level := heaviest(name, result.version)) is not None]
    return bool(levels) and all(level is Level.RECORD for level in levels)
