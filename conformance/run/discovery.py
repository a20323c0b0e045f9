"""Finds out what a key server can do, one probe for each capability, for profiles that leave the claims open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from conformance.cases.features import FEATURES
from conformance.catalogue import load_catalogue
from conformance.checks.context import GATEWAY, SAYS_NOTHING, Context
from conformance.checks.http.denied import denial, is_denied
from conformance.checks.registry import Need, Untestable
from conformance.model import (
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
)
from conformance.run.runner import BUDGET, RunContext, Runner

PROBED = ("widevine", "playready", "fairplay", "clearkey-aes-128", "irdeto", "common-pssh")
"""DRM systems that are probed, each with the schemes that the catalogue lists for it."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """The claims as found, and for each capability that is not claimed the answer that says so."""

    claims: Claims
    refusals: tuple[tuple[str, str], ...] = ()
    failure: str = ""
    """Why nothing could be found out, in a sentence."""


def everything() -> Claims:
    """Claims that hold for whatever may be probed; what the cases are collected with before anything was sent."""
    systems = load_catalogue().systems
    pairs = frozenset((name, scheme) for name in PROBED for scheme in _schemes(name) if name in systems)
    return Claims(frozenset(VERSIONS), pairs, FEATURES | {"key-encryption"})


def discover(setting: RunContext, versions: Sequence[str] = VERSIONS) -> Discovered:
    """Probe the server; sends at most one request for each version, DRM system × scheme, and key encryption."""
    probing = replace(setting, claims=everything(), concurrency=1)
    refusals: list[tuple[str, str]] = []
    claimed_versions = []
    silent: dict[str, str] = {}
    for version in versions:
        context = _probe(probing, f"version-{version}", _plan(version, "widevine", "cenc"))
        if context.exchange.answer is None:
            silent[version] = context.failure_sentence
        elif is_denied(context.exchange):
            silent[version] = f"The server answered {denial(context.exchange)}."
        elif _unsupported_version(context):
            refusals.append((f"version.{version}", _quoted(context)))
        else:
            claimed_versions.append(version)
    failure = next(iter(silent.values()), "") if not claimed_versions else ""
    if failure and not refusals:
        # Nobody has said that anything is not supported: all of it stays open, and the run is incomplete.
        return Discovered(everything(), (), failure)
    if claimed_versions:
        # Only an answer can say that something is not supported; what did not answer is asked again and judged.
        claimed_versions = [version for version in versions if version in (*claimed_versions, *silent)]
    pairs = set()
    if claimed_versions:
        for name in PROBED:
            for scheme in _schemes(name):
                context = _probe(probing, f"{name}-{scheme}", _plan(claimed_versions[0], name, scheme))
                if _refuses(context):
                    refusals.append((f"{name}+{scheme}", _quoted(context)))
                else:
                    pairs.add((name, scheme))
    features = set(FEATURES)
    if pairs:
        name, scheme = sorted(pairs)[-1]
        plan = replace(_plan(claimed_versions[0], name, scheme), recipients=(Recipient("rsa-2048"),))
        context = _probe(probing, "key-encryption", plan)
        if _refuses(context):
            refusals.append(("key-encryption", _quoted(context)))
        elif context.missing_for(Need.DOCUMENT) is None and not any(
            key.encrypted for key in context.document.content_keys
        ):
            refusals.append(("key-encryption", "answered with keys in the clear"))
        else:
            features.add("key-encryption")
    if not failure and not claimed_versions:
        failure = "the server supports neither SPEKE 2.0 nor 2.1: " + "; ".join(text for _, text in refusals)
    elif not failure and not pairs:
        failure = "the server refuses every DRM system with every scheme: " + (refusals[-1][1] if refusals else "")
    claims = Claims(frozenset(claimed_versions), frozenset(pairs), frozenset(features))
    return Discovered(claims, tuple(refusals), "" if claimed_versions and pairs else failure)


_NOT_SENT = HttpRequest("POST", "", ())


def _schemes(name: str) -> tuple[str, ...]:
    system = load_catalogue().systems.get(name)
    return tuple(scheme for scheme in system.schemes if scheme in ("cenc", "cbcs", "cbc1")) if system else ()


def _plan(version: str, system: str, scheme: str) -> Plan:
    catalogue = load_catalogue()
    rules: tuple[PlannedRule, ...] = (*catalogue.contract("PRESET-VIDEO-1"), *catalogue.contract("PRESET-AUDIO-1"))
    return Plan(version, (scheme,), (system,), rules, systems_mode="asked")


def _probe(setting: RunContext, name: str, plan: Plan) -> Context:
    step = Step("probe", plan, Expectation("free"), ())
    case = Case("DISCOVERY", f"Probe: {name}", "", plan.version, (step,), variant=name, identity=f"DISCOVERY-{name}")
    performed = Runner(setting, [case]).performed(case, step)
    if isinstance(performed, Untestable):
        # The run may send no more: what was not asked stays open, and the run says why it is incomplete.
        return Context(
            case, step, Exchange(_NOT_SENT, None, TransportFailure(BUDGET, str(performed))), claims=setting.claims
        )
    if not isinstance(performed, Context):
        raise performed
    return performed


def _unsupported_version(context: Context) -> bool:
    catalogue = load_catalogue()
    texts = [catalogue.message_text(name) for name in ("unsupported-speke-version", "unsupported-version")]
    return context.refused and any(text in context.text for text in texts)


def _refuses(context: Context) -> bool:
    answer = context.exchange.answer
    return answer is not None and context.refused and answer.status not in SAYS_NOTHING | GATEWAY


def _quoted(context: Context) -> str:
    return f"{context.answer.status} {context.excerpt}"
