"""What the processes of a load test are told: by one environment variable, and never a secret in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import msgspec

from conformance.model import Claims
from conformance.run.options import Options
from conformance.wire.errors import OptionError

VARIABLE = "SPEKE_CONFORMANCE_LOAD"

DEFAULT_CASE = "HTTP-BASIC[2.0]"
"""Two content keys for three DRM systems: what most channels ask for."""


@dataclass(frozen=True)
class LoadConfig:
    """One load test."""

    options: Options
    claims: Claims
    case: str = DEFAULT_CASE
    """Name of the case whose first step is the template of all requests."""
    checks: str = "load"
    """Which checks every answer is judged by (`load` or `all`); empty: answers are only counted."""
    channels: int = 1000
    rotation: float = 300.0
    """Seconds after which each channel asks for its next key period; 0: as fast as the server answers."""
    users: int = 16
    """Requests under way at once, in all processes together."""
    workers: int = 1
    """Processes that send."""
    requests: int = 0
    """Requests after which the test ends before its time; 0: none."""
    out: str = ""
    """Path of the JSON file with the result."""

    @property
    def rate(self) -> float:
        """Requests a second that the channels come to; 0 for as many as possible."""
        return self.channels / self.rotation if self.rotation else 0.0

    def packed(self) -> str:
        """As a text for the environment."""
        return msgspec.json.encode(self, order="deterministic").decode()

    @classmethod
    def unpacked(cls, env: Mapping[str, str]) -> LoadConfig:
        """From the environment; raises OptionError where it was not set by `speke-conformance load`."""
        if VARIABLE not in env:
            raise OptionError("This Locust file is started by `speke-conformance load`, which tells it what to send.")
        return msgspec.json.decode(env[VARIABLE], type=cls)


@dataclass
class FindingCounts:
    """What was found wrong, by check; those of several processes add up."""

    judged: int = 0
    """Answers that were judged."""
    findings: dict[str, int] = field(default_factory=dict)
    """Check -> answers with a finding."""
    examples: dict[str, str] = field(default_factory=dict)
    """Check -> the first content for which it was found."""

    def add(self, wrong: tuple[str, ...], content: str) -> None:
        """Count one judged answer."""
        self.judged += 1
        for check in wrong:
            self.found(check, content)

    def found(self, check: str, place: str) -> None:
        """Count one finding."""
        self.findings[check] = self.findings.get(check, 0) + 1
        self.examples.setdefault(check, place)

    def drained(self) -> dict[str, object]:
        """What was counted since the last time, as plain data; counting begins anew."""
        data = asdict(self)
        self.judged, self.findings, self.examples = 0, {}, {}
        return data

    def merge(self, data: Mapping[str, object]) -> None:
        """Add what another process has counted."""
        other = FindingCounts(**data)  # type: ignore[arg-type]
        self.judged += other.judged
        for check, count in other.findings.items():
            self.findings[check] = self.findings.get(check, 0) + count
            self.examples.setdefault(check, other.examples[check])
