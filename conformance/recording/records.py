"""What is recorded of one exchange, as types: bodies apart, so that a document can name them by their digest.

All of it is free of secrets from the moment it is made. `None`, an empty text and an empty list stand for what was not
there, and are not written.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field


class Record(Struct, forbid_unknown_fields=True):
    """Anything that is written down: nothing may stand in it that its type does not name."""


Headers = list[tuple[str, str]]

PLAIN_PATH = r"^(exchanges/[A-Za-z0-9_+-][A-Za-z0-9._+-]*/[A-Za-z0-9_+-][A-Za-z0-9._+-]*)?$"
"""Paths of bodies: they lead nowhere else, whoever wrote the document."""

IvState = Literal["none", "given", "asked", "dropped", "as asked", "changed"]
"""What became of the explicitIV of a content key."""

Element = Literal["PSSH", "MPD", "HLS", "Smooth"]
"""The places of a DRMSystem that can be asked for."""


class Body(Record, omit_defaults=True):
    """A recorded body. In a folder of reports the text is in a file, of which the document holds name and digest."""

    sha256: str = ""
    file: Annotated[str, Meta(pattern=PLAIN_PATH)] = ""
    """Path inside the folder of reports; empty where the text stands here."""
    content: str | UnsetType = field(default=UNSET, name="text")

    @property
    def text(self) -> str:
        """The text; empty where it is missing."""
        return "" if isinstance(self.content, UnsetType) else self.content

    @property
    def missing(self) -> bool:
        """Whether there was a text, and its file is not there or holds something else."""
        return bool(self.file) and self.content is UNSET


class RequestRecord(Record, omit_defaults=True):
    """A request as it was sent."""

    method: str
    headers: Headers
    body: Body
    bytes: int
    """Size of the body on the wire."""
    credentials: Annotated[str, Meta(pattern="^(configured|none|wrong)$")] = "configured"
    transport: Literal["configured", "plain-http"] = "configured"
    host: str = ""
    """Whom it was sent to; empty where an answer named the address."""


class AnswerRecord(Record, omit_defaults=True):
    """A complete answer."""

    status: int
    reason: str
    http_version: str
    headers: Headers
    body: Body
    bytes: int
    """Size of the body, decompressed."""


class FailureRecord(Record):
    """Why there is no complete answer."""

    kind: str
    message: str
    began: bool


class TlsRecord(Record):
    """The TLS connection; `valid_until` is the end of the server's certificate (UTC, ISO 8601)."""

    version: str
    valid_until: str
    verified: bool


class RuleSummary(Record, omit_defaults=True):
    """A usage rule of a content key."""

    type: str
    filters: list[tuple[str, dict[str, str]]]
    echo: RuleSummary | UnsetType | None = UNSET
    """The rule as it came back, where it differs; null where it is missing."""


class SystemSummary(Record, omit_defaults=True):
    """One DRM system of a content key."""

    system: str
    asked: list[Element]
    delivered: bool
    parts: list[tuple[str, str]] = field(default_factory=list)
    """(kind of element, what it holds in words)."""
    empty: list[Element] = field(default_factory=list)


class KeySummary(Record, omit_defaults=True):
    """One content key: what was asked, and what came."""

    asked: str
    answered: str | None
    scheme: str
    iv: IvState
    rules: list[RuleSummary]
    systems: list[SystemSummary]
    key: str | None = None
    """A fingerprint that is valid within this run; absent for a key that cannot be read."""
    encrypted: bool = False
    scheme_answered: str | None = None
    """Where it is not the one that was asked for."""


class PeriodSummary(Record, omit_defaults=True):
    """One key period."""

    id: str
    answered: bool
    index: str = ""
    start: str = ""
    end: str = ""


class RefusalSummary(Record):
    """A refusal: its text, the standard messages in it, and those that are due."""

    status: int
    text: str
    messages: list[str]
    due: list[str]


class ExchangeSummary(Record, omit_defaults=True):
    """Request and answer aligned by content key, for people."""

    state: Literal["answered", "refused", "other", "failed", "untold"] = "untold"
    version: str = ""
    content: str = ""
    note: str = ""
    failure: str = ""
    keys: list[KeySummary] = field(default_factory=list)
    more_keys: int = 0
    """Keys beyond those that are told one by one."""
    periods: list[PeriodSummary] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    refusal: RefusalSummary | None = None


class ExchangeRecord(Record, omit_defaults=True):
    """One request and its answer, redacted when it was recorded; sizes in bytes as they were on the wire."""

    started: str
    milliseconds: float
    request: RequestRecord
    answer: AnswerRecord | None = None
    failure: FailureRecord | None = None
    notes: list[str] = field(default_factory=list)
    tls: TlsRecord | None = None
    hops: list[ExchangeRecord] = field(default_factory=list)
    """Earlier hops of the same exchange (a Digest challenge)."""
    case: str = ""
    step: str = ""
    summary: ExchangeSummary = field(default_factory=ExchangeSummary)

    @property
    def name(self) -> str:
        """`case::step`, by which results and steps refer to it."""
        return f"{self.case}::{self.step}"

    @property
    def messages(self) -> list[RequestRecord | AnswerRecord]:
        """Request and answer, those of earlier hops first: whatever has a body."""
        before = [one for hop in self.hops for one in hop.messages]
        return [*before, self.request, *([self.answer] if self.answer is not None else [])]

    @property
    def outcome(self) -> str:
        """Status and reason, or why there is no complete answer."""
        if self.answer is not None:
            return f"{self.answer.status} {self.answer.reason}"
        return self.failure.message if self.failure is not None else ""


Exchanges = dict[str, ExchangeRecord]
"""`case::step` -> what was recorded there."""
