"""What a result document says of the run itself: where, by which options and claims, and how it ended."""

from __future__ import annotations

from msgspec import field

from conformance.judge import Disputed, Ending, KnownDeviation
from conformance.model import Claims, Outcome, Unclaimed
from conformance.recording.records import Record


class TargetRecord(Record):
    """What was judged: the host alone, because paths and queries may hold what must not be shown."""

    host: str
    scheme: str = ""
    """http or https; empty for the built-in server."""
    built_in: bool = False
    faults: list[str] = field(default_factory=list)


class ClaimsRecord(Record):
    """What the server is said to be able to do."""

    discovered: bool
    versions: list[str]
    schemes: list[tuple[str, str]]
    """Pairs of DRM system and scheme."""
    features: list[str]
    refuses: list[str]
    concurrent: int | None
    refusals: list[Unclaimed]

    @classmethod
    def of(cls, claims: Claims, refusals: tuple[Unclaimed, ...] = (), *, discovered: bool = False) -> ClaimsRecord:
        """The claims as they are written."""
        return cls(
            discovered,
            sorted(claims.versions),
            sorted(claims.schemes),
            sorted(claims.features),
            list(claims.refuses),
            claims.concurrent,
            list(refusals),
        )

    @property
    def claims(self) -> Claims:
        """The claims as they are judged by."""
        pairs = frozenset((system, scheme) for system, scheme in self.schemes)
        return Claims(frozenset(self.versions), pairs, frozenset(self.features), tuple(self.refuses), self.concurrent)


class EndpointRecord(Record, omit_defaults=True):
    """One of several endpoints of the key server."""

    number: int
    """From 1; a case that was sent there has it in its name."""
    host: str
    scheme: str
    claims: ClaimsRecord | None = None
    """What it is said to be able to do; null where nothing was sent."""
    failure: str = ""
    """Why nothing could be sent to it."""

    @property
    def name(self) -> str:
        """What it is called in texts."""
        return f"endpoint {self.number} ({self.host})"


class EndpointOutcomes(Record):
    """What one endpoint comes to by itself."""

    endpoint: int
    """0 for what is asked of the exchanges of all of them together."""
    sets: dict[str, Outcome]


class ArraysRecord(Record):
    """For whom the covering arrays were made: whoever judges the run again needs the same cases."""

    claimed: bool = False
    """For the claims of the profile; otherwise for all that a server may turn out to offer."""
    strength: int = 2
    listed: bool = False
    """The profile lists the contents, so that no request makes up another one."""


class RunRecord(Record):
    """How the run was made and how it ended."""

    target: TargetRecord
    """The first endpoint."""
    seed: str = ""
    started: str = ""
    """UTC, ISO 8601."""
    finished: str = ""
    auth: dict[str, str] = field(default_factory=lambda: {"kind": "none"})
    """`kind`; header (NAME=VARIABLE), region and service where they were given: what a curl script needs."""
    gate: str = "regression"
    strict: bool = False
    insecure: bool = False
    concurrency: int = 1
    timeout: float = 0.0
    limits: dict[str, float] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    who: str = ""
    """Who ran it, as they said themselves."""
    command: str = ""
    """What to type to run all this again."""
    options: list[str] = field(default_factory=list)
    """The options that a single check needs to be asked again, but for the server's URL."""
    stopped: str = ""
    """Why sending stopped early; empty where it did not."""
    partial: bool = False
    interrupted: bool = False
    incomplete: str = ""

    arrays: ArraysRecord = field(default_factory=ArraysRecord)
    endpoints: list[EndpointRecord] = field(default_factory=list)
    """Where there are several: each of them."""

    @property
    def place(self) -> str:
        """The hosts that were judged, in a text."""
        return ", ".join(dict.fromkeys(one.host for one in self.endpoints)) or self.target.host

    @property
    def targets(self) -> list[TargetRecord]:
        """Each endpoint as a target."""
        return [TargetRecord(one.host, one.scheme) for one in self.endpoints] or [self.target]

    @property
    def ending(self) -> Ending:
        """How it ended, as the judge wants to know it."""
        return Ending(self.partial, self.interrupted, self.incomplete)


class ProfileRecord(Record):
    """The profile by which it was judged."""

    name: str
    title: str
    requires: list[str]
    reports: list[str]
    cases: list[str]
    """The cases that the profile names; empty for all."""
    known: list[KnownDeviation]
    disputed: list[Disputed]
