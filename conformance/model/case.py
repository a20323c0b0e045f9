"""What is asked: the plan of a request, the steps and the case around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from conformance.model.requirement import Place

ACCEPTED, REFUSED, EITHER, FREE = "accepted", "refused", "accepted-or-refused", "free"
"""The kinds of expectation."""
WHOLE_RUN = "whole-run"
"""The expectation of a step that sends nothing: it stands for all exchanges, and is where the laws are asked."""
MESSAGE = "refused with a standard message"
_WITH_MESSAGE = frozenset({REFUSED, MESSAGE})


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
    suffix: str = ""
    """What is added to each intendedTrackType in this period, so that several periods keep their names apart."""


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
    kids: tuple[str, ...] = ()
    """Forms of the KIDs, which the keys take in turn: `x` stands for a derived hexadecimal digit and `n` for a decimal
    one. Empty: all derived."""
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
    accept_encoding: str = "identity"
    """The Accept-Encoding of the request, or `unsaid` for a request without one."""
    connection: str = "any"
    """`any`, `fresh`, or `kept`: one that the steps of the case share, whatever is answered on it."""

    systems_mode: str = "claimed-of"
    """`exactly`: all of them or the case is NOT CLAIMED; `claimed-of`: those that are claimed, at least one;
    `one-of`: the first that is claimed; `asked`: sent as they are, claimed or not."""
    instead: tuple[str, ...] = ()
    """Systems of which those that are claimed are asked, where `systems` or their scheme turn out not to be: of a plan
    that was made before the claims were discovered."""

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
    """`accepted`, `refused`, `free` (either, only recorded), `accepted-or-refused` (both are right) or `whole-run`."""
    message: str = ""
    """The name of the standard error message that is due; empty for a refusal without one."""
    alternatives: tuple[str, ...] = ()
    """Names of other standard messages that are right as well."""
    any_refusal: bool = False
    """A refusal with any text is right, another standard message included."""

    @property
    def kinds(self) -> frozenset[str]:
        """What a check of the expectation may be about: the kind, and that a standard message is due."""
        return _WITH_MESSAGE if self.message and self.kind == REFUSED else frozenset((self.kind,))


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a case, what is expected of its answer, and the questions asked."""

    id: str
    plan: Plan
    expect: Expectation
    checks: tuple[str, ...] = ()
    """What the step is there for: checks of its expectation and its comparison. What applies is asked anyway."""
    defects: tuple[Mapping[str, object], ...] = ()
    """Operations that damage (or restyle) the generated request, in order."""
    requirements: tuple[str, ...] = ()
    """The rules that a refusal (or acceptance) of this very request is about."""
    defect_title: str = ""
    use: str = ""
    """Reference `case::step` of a shared control whose exchange this step uses instead of sending its own."""
    without: Mapping[str, str] = field(default_factory=dict)
    """Checks that must not be asked here, each with the reason."""
    last: bool = False
    """Sent after all other cases of the group: the control that must still be answered as before."""
    at_once: bool = False
    """Sent together with the step before it, without waiting for its answer."""
    also_breaks: tuple[tuple[str, str], ...] = ()
    """Rules that the request breaks beside the one it is about, each with the reason why that cannot be helped."""


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
    moment: str = ""
    """`start`, `half` or `end`: where in the run the case is sent; empty where it does not matter."""
    combination: tuple[tuple[str, str], ...] = ()
    """Of a row of a covering array: each dimension with the value that the request has."""
    endpoint: int = 0
    """Which of the run's endpoints the case is sent to, from 1; 0 where there is only one."""

    @property
    def sends_nothing(self) -> bool:
        """Whether the case stands for the run as a whole, and has no request of its own."""
        return all(step.expect.kind == WHOLE_RUN for step in self.steps)

    @property
    def name(self) -> str:
        """Id with its variant, as node ids show it; with `@2` behind it at the second of several endpoints."""
        return at_endpoint(f"{self.id}[{self.variant}]" if self.variant else self.id, self.endpoint)

    def at(self, endpoint: int) -> Case:
        """The same case at one of several endpoints: with the same contents and KIDs, and exchanges of its own."""
        if self.sends_nothing or not endpoint:
            return self
        return replace(
            self,
            endpoint=endpoint,
            identity=self.identity or self.name,
            group=at_endpoint(self.group or self.name, endpoint),
            steps=tuple(replace(step, use=_used_at(step.use, endpoint)) if step.use else step for step in self.steps),
        )


def _used_at(use: str, endpoint: int) -> str:
    case, _, step = use.rpartition("::")
    return f"{at_endpoint(case, endpoint)}::{step}"


def at_endpoint(name: str, endpoint: int) -> str:
    """The name of a case at one of several endpoints."""
    return f"{name}@{endpoint}" if endpoint else name


def endpoint_of(name: str) -> int:
    """The endpoint that the name of a case says; 0 where the run has only one."""
    number = name.rpartition("@")[2] if "@" in name else ""
    return int(number) if number.isdecimal() else 0


def without_endpoint(name: str) -> str:
    """The name that a case has where there is only one endpoint."""
    return name.rpartition("@")[0] if endpoint_of(name) else name
