"""What may be written and said: texts that came through the door, and findings and results made of them.

Recorders, reports and terminals take these types and no others. A text that is put together of clean ones is an
ordinary text again, and does not count: it goes through the door like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from conformance.model import ResultState, finding_id

Clean = NewType("Clean", str)
"""A text that the door let through."""


@dataclass(frozen=True, slots=True)
class RecordedFinding:
    """A finding whose texts are free of secrets, on one line, and of bounded length."""

    where: Clean
    expected: Clean
    seen: Clean
    hint: Clean = Clean("")


@dataclass(frozen=True, slots=True)
class RecordedResult:
    """One check asked at one step, as it may be kept."""

    case: str
    """The case's name with its variant."""
    step: str
    check: str
    version: str
    requirements: tuple[str, ...]
    state: ResultState
    findings: tuple[RecordedFinding, ...] = ()
    reason: Clean = Clean("")
    """Why it was not asked, or what there was to see where nothing was wrong."""

    @property
    def finding_id(self) -> str:
        """The stable name of a finding."""
        return finding_id(self.check, self.case, self.step)
