"""The words of the suite as types: requirement, plan, case, step, exchange, finding, verdict, outcome.

Everything here is a frozen value. This module imports nothing of ours, so that every other part can speak
the same language without depending on how a neighbour works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


class Outcome(StrEnum):
    """What a requirement set, or the run as a whole, comes to."""

    NOT_QUALIFIED = "NOT QUALIFIED"
    INCOMPLETE = "INCOMPLETE"
    QUALIFIED_WITH_ADVISORIES = "QUALIFIED WITH ADVISORIES"
    QUALIFIED = "QUALIFIED"
    NOT_CLAIMED = "NOT CLAIMED"
    PARTIAL = "PARTIAL"


@dataclass(frozen=True, slots=True)
class Place:
    """A line in one of our data files, for error messages."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


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


# --- what is asked -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlannedFilter:
    """One AudioFilter, VideoFilter or other filter of a planned rule; attribute values as they are written."""

    kind: str
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedRule:
    """One usage rule, and with it one content key, of the encryption contract."""

    track_type: str
    filters: tuple[PlannedFilter, ...]
    preset: str = ""


@dataclass(frozen=True, slots=True)
class PlannedPeriod:
    """One key period: a label of ours (from which its id is derived) and its attributes as written."""

    label: str
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Recipient:
    """One receiver of encrypted keys: the name of one of the run's certificates."""

    name: str = "rsa-2048"


@dataclass(frozen=True, slots=True)
class Plan:
    """The request as an idea: both the document and the expected shape of the answer follow from it."""

    version: str
    schemes: tuple[str, ...]
    """commonEncryptionScheme values in order of preference; a resolved plan has exactly one."""
    systems: tuple[str, ...]
    """Names of DRM systems (`widevine` …), in document order."""
    rules: tuple[PlannedRule, ...]
    signalling: frozenset[str] = frozenset({"pssh", "content-protection", "hls"})
    """Which placeholders are sent: pssh, content-protection, hls, smooth."""
    periods: tuple[PlannedPeriod, ...] = ()
    explicit_iv: str = "all"
    """Which content keys carry an explicitIV: all, none or first."""
    recipients: tuple[Recipient, ...] = ()
    content: str = "A"
    """Label of the content: steps of a case with the same label ask for the same content."""
    content_id: str = ""
    """A content id pattern of the case's own; `{id}` stands for the derived id. Empty: the derived id."""
    style: tuple[tuple[str, str], ...] = ()
    """Harmless ways of writing the same document (prefixes, white space, letter case, order)."""
    cpix_version: str = ""
    """CPIX@version where it is not the one that goes with `version`."""
    speke_version: str = ""
    """X-Speke-Version where it is not `version`."""
    template: str = ""
    """Name of an XML template with slots that replaces the generated document."""
    credentials: str = "configured"
    """`configured`, `none`, or `wrong`: the configured kind with a secret of our own making."""
    follow: str = ""
    """Id of an earlier step whose Clear Key address is fetched, as a player does, instead of asking for keys."""
    transport: str = "configured"
    """`configured`, or `plain-http`: the same place by http, where the target is reached by https."""

    systems_mode: str = "claimed-of"
    """`exactly`: all of them or the case is NOT CLAIMED; `claimed-of`: those that are claimed, at least one;
    `one-of`: the first that is claimed; `asked`: sent as they are, claimed or not."""

    @property
    def scheme(self) -> str:
        """The scheme that is asked for (of a resolved plan) or preferred."""
        return self.schemes[0] if self.schemes else ""

    @property
    def key_count(self) -> int:
        """How many content keys the request asks for."""
        return len(self.rules) * max(1, len(self.periods))


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a right server does with the step's request."""

    kind: str
    """`accepted`, `refused`, `free` (either, only recorded) or `accepted-or-refused` (both are right)."""
    message: str = ""
    """The name of the standard error message that is due; empty for a refusal without one."""
    alternatives: tuple[str, ...] = ()
    """Names of other standard messages that are right as well."""
    any_refusal: bool = False
    """A refusal with any text is right, another standard message included."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a case, what is expected of its answer, and the questions asked."""

    id: str
    plan: Plan
    expect: Expectation
    checks: tuple[str, ...]
    defects: tuple[Mapping[str, object], ...] = ()
    """Operations that damage (or restyle) the generated request, in order."""
    requirements: tuple[str, ...] = ()
    """The rules that a refusal (or acceptance) of this very request is about."""
    defect_title: str = ""
    use: str = ""
    """Reference `case::step` of a shared control whose exchange this step uses instead of sending its own."""
    last: bool = False
    """Sent after all other cases of the group: the control that must still be answered as before."""


@dataclass(frozen=True, slots=True)
class Case:
    """A story with an id: steps in order, each with one request."""

    id: str
    title: str
    why: str
    version: str
    steps: tuple[Step, ...]
    needs: tuple[str, ...] = ()
    area: str = ""
    variant: str = ""
    group: str = ""
    """Cases of one group are kept on one worker, because they share a control."""
    identity: str = ""
    """What content ids and KIDs are derived from: the case's own name, or that of its control."""
    tags: tuple[str, ...] = ()
    place: Place | None = None
    path: str = ""
    """The file the case stands in."""

    @property
    def name(self) -> str:
        """Id with its variant, as node ids show it."""
        return f"{self.id}[{self.variant}]" if self.variant else self.id


FETCHED = "the server fetched an address that the request names"
NOT_FETCHED = "the server fetched no address that the request names"
"""The notes of an exchange whose request names an address at which the run itself listens."""

# --- what happened -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is put on the wire."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    credentials: str = "configured"
    """What the client shall prove itself with: `configured`, `none` or `wrong`."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete HTTP answer; the body is decompressed, header names as they came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    reason: str = ""
    http_version: str = "HTTP/1.1"

    def header(self, name: str) -> str | None:
        """The value of a header whatever the case of its name; None where it is absent."""
        values = self.header_values(name)
        return values[0] if values else None

    def header_values(self, name: str) -> tuple[str, ...]:
        """All values of a header, in order."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """Why an exchange has no complete answer, in one sentence."""

    kind: str
    message: str
    began: bool = False
    """True where at least one byte of an answer had arrived."""


@dataclass(frozen=True, slots=True)
class TlsSession:
    """What is known of the TLS connection that carried an exchange."""

    version: str
    """As OpenSSL names it, such as TLSv1.3."""
    valid_until: str
    """End of the server certificate's validity, UTC, ISO 8601; empty where it cannot be read."""
    verified: bool = True
    """False where the run does not verify certificates."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A step's request and its answer, or the reason why there is none."""

    request: HttpRequest
    answer: HttpAnswer | None
    failure: TransportFailure | None = None
    started: str = ""
    """UTC, ISO 8601."""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    hops: tuple[Exchange, ...] = ()
    """Earlier hops of the same exchange (a Digest challenge); the exchange itself is the one that is judged."""
    tls: TlsSession | None = None
    """None for plain http, and where no connection was made."""


# --- what is said of it --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has to say against an exchange (or, at level RECORD, what it saw)."""

    where: str
    """XPath, header name or other place in the answer."""
    expected: str
    seen: str
    hint: str = ""
    """What probably went wrong, or how to mend it, where that can be known from the bytes."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What the key provider says it can do; a capability that is not claimed is not judged."""

    versions: frozenset[str]
    schemes: frozenset[tuple[str, str]]
    """Pairs of DRM system name and scheme."""
    features: frozenset[str] = frozenset()
    """multi-key, periods, rotation, key-encryption, hdcp."""
    refuses: tuple[str, ...] = ()
    """Names of contracts that the server refuses by design."""
    concurrent: int = 4

    @property
    def systems(self) -> frozenset[str]:
        """DRM systems claimed with any scheme."""
        return frozenset(system for system, _ in self.schemes)

    def has(self, claim: str) -> bool:
        """Whether a claim holds: `version.2.1`, `system.widevine`, `scheme.cbcs`, `widevine+cbcs`, a feature,
        `policy.refuses.NAME` (a contract that is refused by design), or `unclaimed.` before one that does not."""
        kind, _, name = claim.partition(".")
        if kind == "unclaimed":
            return not self.has(name)
        if kind == "policy":
            contract = name.removeprefix("refuses").lstrip(".")
            return contract in self.refuses if contract else bool(self.refuses)
        if kind == "version":
            return name in self.versions
        if kind == "system":
            return name in self.systems
        if kind == "scheme":
            return any(scheme == name for _, scheme in self.schemes)
        if "+" in claim:
            system, _, scheme = claim.partition("+")
            return (system, scheme) in self.schemes
        return claim in self.features
