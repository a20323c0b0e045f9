"""What is said of it: the findings of a check, and the claims they are weighed against."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.model.case import without_endpoint
from conformance.model.quoted import Quoted


@dataclass(frozen=True, slots=True, init=False)
class Finding:
    """What a check has to say against an exchange (or, at level RECORD, what it saw).

    Raw: its texts may hold anything that a server sent, with what is quoted marked as such. What may be kept of it is
    made by `redaction`.
    """

    where: str
    """XPath, header name or other place in the answer."""
    expected: str
    seen: str
    hint: str
    """What probably went wrong, or how to fix it, where that can be known from the bytes."""

    def __init__(
        self, where: str | Quoted, expected: str | Quoted, seen: str | Quoted, hint: str | Quoted = ""
    ) -> None:
        for name, value in (("where", where), ("expected", expected), ("seen", seen), ("hint", hint)):
            object.__setattr__(self, name, str(value))


class ResultState(StrEnum):
    """What became of one check at one step, before anybody judges it."""

    ASKED = "asked"
    UNTESTABLE = "untestable"
    NOT_CLAIMED = "not-claimed"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Result:
    """One check asked at one step, raw as its findings are."""

    case: str
    """The case's name with its variant."""
    step: str
    check: str
    version: str
    requirements: tuple[str, ...]
    state: ResultState
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    """Why it was not asked, or what there was to see where nothing was wrong."""

    @property
    def finding_id(self) -> str:
        """The stable name of a finding."""
        return finding_id(self.check, self.case, self.step)


def finding_id(check: str, case: str, step: str) -> str:
    """The name of a finding: the same for the same defect in every run, whatever the seed, and at every endpoint."""
    return f"{check}@{without_endpoint(case)}::{step}"


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
    concurrent: int | None = None
    """Requests that the server may get at a time; None where nobody has said."""

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


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A capability that discovery found not to be offered, and the answer that says so."""

    claim: str
    """As `Claims.has` reads it: `version.2.1`, `playready+cbcs`, `key-encryption`."""
    answer: str
    """Status and start of the body."""
    why: str = ""
    """Why that answer means "not offered", in a clause."""
    doubtful: bool = False
    """A crash would look the same: an advisory."""
