"""Finds out what a key server can do, one probe for each capability, for profiles that leave the claims open.

Beside each kind of capability something is asked for that does not exist: a DRM system, a scheme, a version. How the
server answers these controls tells a capability that it does not offer from one on which it breaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from conformance.cases.features import FEATURES, everything, pairs_asked
from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.http.denied import denial, is_denied
from conformance.checks.refusals.internals import internals
from conformance.checks.registry import Need, Untestable
from conformance.model import (
    CPIX_VERSION,
    VERSIONS,
    Case,
    Claims,
    Exchange,
    Expectation,
    HttpRequest,
    Plan,
    PlannedRule,
    Recipient,
    Step,
    TransportFailure,
    Unclaimed,
)
from conformance.model.headers import SPEKE_VERSION
from conformance.run.runner import BUDGET, RunContext, Runner
from conformance.run.unclaiming import Probe, ProbeTarget, ground
from conformance.run.wrong_place import wrong_place
from conformance.wire.failures import is_another_service

NO_SUCH_SCHEME = "zzzz"
"""A scheme that nobody defines."""
NO_SUCH_VERSION = "9.9"
"""A version that does not exist, in the header and in the document."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """The claims as found, and for each capability that is not claimed the answer that says so."""

    claims: Claims
    unclaimed: tuple[Unclaimed, ...] = ()
    failure: str = ""
    """Why nothing could be found out, in a sentence."""


def most_probes() -> int:
    """How many requests discovery sends at most: each capability, its controls, and one for each version again."""
    systems = {name for name, _ in pairs_asked()}
    schemes = {scheme for _, scheme in pairs_asked()}
    return len(VERSIONS) * len(pairs_asked()) + len(schemes) + len(systems) + len((NO_SUCH_VERSION, "key-encryption"))


def discover(setting: RunContext, versions: Sequence[str] = VERSIONS) -> Discovered:
    """Probe the server: each version, each DRM system with each scheme, key encryption, and the controls."""
    return _Discovery(replace(setting, claims=everything(), concurrency=1), tuple(versions)).run()


def preflight(setting: RunContext, versions: Sequence[str]) -> str:
    """Why no version gets an answer of a key server, in a sentence; empty where one does.

    For claims that a profile makes, before anything else is asked: a dead URL, a login page or a wrong path is one
    mistake, and not one of each question. Discovery finds it out by itself.
    """
    asked = _Discovery(replace(setting, claims=everything(), concurrency=1), tuple(versions))
    first = ""
    for version in asked.versions:
        why = asked.silence(version)
        if not why:
            return ""
        first = first or why
    return first


@dataclass
class _Discovery:
    setting: RunContext
    versions: tuple[str, ...]
    unclaimed: list[Unclaimed] = field(default_factory=list)
    _sent: dict[str, Context] = field(default_factory=dict)

    def run(self) -> Discovered:
        """Everything in order: what is answered at all, versions, systems with schemes, key encryption."""
        base = self._first_accepted()
        heard = [version for version in self.versions if not self.silence(version)]
        if not heard:
            # Nobody has said that anything is not supported: all of it stays open, and the run is incomplete.
            return Discovered(everything(), (), self.silence(self.versions[0]))
        claimed = self._claimed_versions(base)
        if claimed and not set(claimed) & set(heard):
            return self._nothing(self.silence(claimed[0]))
        if not claimed:
            told = "; ".join(one.answer for one in self.unclaimed)
            return self._nothing(f"the server supports neither SPEKE 2.0 nor 2.1: {told}")
        asked_of = next((version for version in claimed if self.accepts(version, *base)), claimed[0])
        pairs = self._claimed_pairs(asked_of)
        features = set(FEATURES)
        failure = ""
        if not pairs:
            failure = f"the server refuses every DRM system with every scheme: {self.unclaimed[-1].answer}"
        elif self._encrypts(asked_of, base if base in pairs else sorted(pairs)[-1]):
            features.add("key-encryption")
        claims = Claims(frozenset(claimed), frozenset(pairs), frozenset(features))
        return Discovered(claims, tuple(self.unclaimed), failure)

    def _nothing(self, failure: str) -> Discovered:
        return Discovered(Claims(frozenset(), frozenset(), FEATURES), tuple(self.unclaimed), failure)

    # --- what is answered at all

    def _first_accepted(self) -> tuple[str, str]:
        """The first DRM system and scheme that some version is answered with keys; the first of all where none is.

        Only beside a request that is accepted does the refusal of a version speak of the version.
        """
        first = pairs_asked()[0]
        for pair in pairs_asked():
            open_versions = [one for one in self.versions if not (self._refused_by_name(one) or self.silence(one))]
            if any(self.accepts(version, *pair) for version in (open_versions if pair != first else self.versions)):
                return pair
        return first

    def accepts(self, version: str, system: str, scheme: str) -> bool:
        """Whether the version answers that system and scheme with a 200."""
        return self._probe(_plan(version, system, scheme)).accepted

    def silence(self, version: str) -> str:
        """Why the first probe of a version says nothing about it, in a sentence; empty where it says something."""
        context = self._probe(_plan(version, *pairs_asked()[0]))
        if context.exchange.answer is None:
            return "" if _was_begun(context) else context.failure_sentence
        if is_denied(context.exchange):
            return f"The server answered {denial(context.exchange)}."
        return wrong_place(context.exchange.answer)

    def _refused_by_name(self, version: str) -> bool:
        asked = Probe(_of_version(version), self._probe(_plan(version, *pairs_asked()[0])))
        found = ground(asked, (), admitted=False)
        return found is not None

    @property
    def admitted(self) -> bool:
        """Whether anything was answered with keys."""
        return any(context.accepted for context in self._sent.values())

    # --- versions

    def _claimed_versions(self, base: tuple[str, str]) -> list[str]:
        control = Probe(_of_version(NO_SUCH_VERSION), self._probe(_plan_of_no_version(*base)))
        claimed = list(self.versions)
        for version in self.versions:
            asked = Probe(_of_version(version), self._probe(_plan(version, *base)))
            # Where nothing is accepted, everything is refused alike whatever the version; then only names count.
            found = ground(asked, (control,) if self.admitted else (), admitted=self.admitted)
            if found is not None:
                claimed.remove(version)
                self._note(f"version.{version}", asked.context, found.why, found.doubtful)
        others = {version: why for version in claimed if (why := self._other_version(version, base, control.context))}
        if claimed and len(others) == len(claimed):
            # A server that takes every version for its own has one at least: the oldest stays and is judged.
            del others[claimed[0]]
        for version, why in others.items():
            claimed.remove(version)
            self._note(f"version.{version}", self._probe(_plan(version, *base)), why)
        return claimed

    def _other_version(self, version: str, base: tuple[str, str], control: Context) -> str:
        """Why a 200 is none of that version: the answer names another one, or every version is answered alike."""
        context = self._probe(_plan(version, *base))
        if not context.accepted:
            return ""
        named = (context.answer.header(SPEKE_VERSION) or "").strip()
        if not named and context.document_error is None and context.document.version in CPIX_VERSION.values():
            named = next(speke for speke, cpix in CPIX_VERSION.items() if cpix == context.document.version)
            named = named if named != version else ""
        if named and named != version:
            return f"the answer is one of SPEKE {named}"
        if not control.accepted:
            return ""
        # A header that is only sent back says nothing: even the version that does not exist comes back in it.
        sent_back = (control.answer.header(SPEKE_VERSION) or "").strip() == NO_SUCH_VERSION
        return f"SPEKE {NO_SUCH_VERSION}, which does not exist, is answered as well" if not named or sent_back else ""

    # --- DRM systems with schemes

    def _claimed_pairs(self, version: str) -> set[tuple[str, str]]:
        claimed: set[tuple[str, str]] = set()
        offered = {name: scheme for name, scheme in pairs_asked() if self.accepts(version, name, scheme)}
        self._no_such_system(version, next(iter(offered.values()), pairs_asked()[0][1]))
        self._no_such_scheme(version, next(iter(offered), pairs_asked()[0][0]))
        for name, scheme in pairs_asked():
            asked = Probe(_of_pair(name, scheme), self._probe(_plan(version, name, scheme)))
            if not asked.context.refused:
                claimed.add((name, scheme))
                continue
            # Of a system that is offered with another scheme only the scheme is in question, and of one that is not
            # only the system: where a server breaks on it, it breaks on it with a scheme that does not exist, too.
            control = self._no_such_scheme(version, name) if name in offered else self._no_such_system(version, scheme)
            found = ground(asked, (control,), admitted=self.admitted)
            if found is None:
                claimed.add((name, scheme))
            else:
                self._note(f"{name}+{scheme}", asked.context, found.why, found.doubtful)
        return claimed

    def _no_such_system(self, version: str, scheme: str) -> Probe:
        """The control of a DRM system: a random systemId, the same for the whole run."""
        system_id = str(self.setting.seed.identity("DISCOVERY-no-such-system").kid(0))
        subject = ProbeTarget(f"DRM system {system_id}, which does not exist,", (system_id, system_id.replace("-", "")))
        return Probe(subject, self._probe(_plan(version, system_id, scheme)))

    def _no_such_scheme(self, version: str, name: str) -> Probe:
        """The control of a scheme: the same DRM system with one that nobody defines."""
        title = load_catalogue().system(name).title
        subject = ProbeTarget(f"{title} with the scheme {NO_SUCH_SCHEME}, which does not exist,", (NO_SUCH_SCHEME,))
        names = (*load_catalogue().system(name).names, *subject.names)
        return Probe(replace(subject, names=names), self._probe(_plan(version, name, NO_SUCH_SCHEME)))

    # --- key encryption

    def _encrypts(self, version: str, pair: tuple[str, str]) -> bool:
        context = self._probe(replace(_plan(version, *pair), recipients=(Recipient("rsa-2048"),)))
        answer = context.exchange.answer
        if (
            answer is not None
            and 400 <= answer.status <= 499
            and answer.status != 429
            and not internals(context.text.raw)
        ):
            self._note("key-encryption", context, "it refuses to encrypt for a certificate")
            return False
        if context.missing_for(Need.DOCUMENT) is None and not any(
            key.encrypted for key in context.document.content_keys
        ):
            self.unclaimed.append(
                Unclaimed("key-encryption", "answered with keys in the clear", "nothing is encrypted")
            )
            return False
        return True

    # --- sending

    def _note(self, claim: str, context: Context, why: str, doubtful: bool = False) -> None:
        answer = f"{context.answer.status} {context.excerpt}" if context.refused else str(context.answer.status)
        self.unclaimed.append(Unclaimed(claim, answer, why, doubtful))

    def _probe(self, plan: Plan) -> Context:
        """The exchange about a plan; sent once."""
        name = "-".join(_parts(plan))
        if name not in self._sent:
            self._sent[name] = _sent(self.setting, name, f"DISCOVERY-{len(self._sent)}", plan)
        return self._sent[name]


def _parts(plan: Plan) -> Iterator[str]:
    yield f"version-{plan.speke_version or plan.version}"
    yield from plan.systems
    yield plan.scheme
    if plan.recipients:
        yield "key-encryption"


def _of_version(version: str) -> ProbeTarget:
    names = (version, CPIX_VERSION.get(version, version))
    return ProbeTarget(f"SPEKE {version}", names, ("unsupported-speke-version", "unsupported-version"))


def _of_pair(name: str, scheme: str) -> ProbeTarget:
    system = load_catalogue().system(name)
    return ProbeTarget(
        f"{system.title} with {scheme}", (*system.names, scheme), ("scheme-not-for-system",), system.system_id
    )


def _was_begun(context: Context) -> bool:
    """Whether somebody is there who answers, though not completely: that is judged, and un-claims nothing.

    What does not speak HTTP (TLS at an http:// URL, another service) is a wrong port, and no answer was begun there.
    """
    failure = context.exchange.failure
    return failure is not None and failure.began and not is_another_service(failure)


def _plan(version: str, system: str, scheme: str) -> Plan:
    catalogue = load_catalogue()
    rules: tuple[PlannedRule, ...] = (*catalogue.contract("PRESET-VIDEO-1"), *catalogue.contract("PRESET-AUDIO-1"))
    return Plan(version, (scheme,), (system,), rules, systems_mode="asked")


def _plan_of_no_version(system: str, scheme: str) -> Plan:
    return replace(_plan(VERSIONS[0], system, scheme), speke_version=NO_SUCH_VERSION, cpix_version=NO_SUCH_VERSION)


_NOT_SENT = HttpRequest("POST", "", ())


def _sent(setting: RunContext, name: str, identity: str, plan: Plan) -> Context:
    """One probe. Its contentId names nothing of what is asked for: an error text that shows it says nothing by that."""
    step = Step("probe", plan, Expectation("free"), ())
    case = Case("DISCOVERY", f"Probe: {name}", "", plan.version, (step,), variant=name, identity=identity).at(
        setting.endpoint
    )
    performed = Runner(setting, [case]).performed(case, step)
    if isinstance(performed, Untestable):
        # The run may send no more: what was not asked stays open, and the run says why it is incomplete.
        return Context(
            case, step, Exchange(_NOT_SENT, None, TransportFailure(BUDGET, str(performed))), claims=setting.claims
        )
    if not isinstance(performed, Context):
        raise performed
    return performed
