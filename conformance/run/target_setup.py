"""From a plan to a target that can be asked: the built-in server, the way to the target, and what it claims."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace

from conformance.cases.certificates import KeyRing
from conformance.cases.defects import NOBODY
from conformance.cases.features import LOOPBACK, everything
from conformance.model import Claims
from conformance.redaction.redactor import Redactor
from conformance.refserver import Server, load_faults
from conformance.run.built_in import built_in_config, built_in_token
from conformance.run.discovery import discover, preflight
from conformance.run.observations import Observations
from conformance.run.run_plan import RunPlan
from conformance.run.runner import RunContext
from conformance.run.second_look import SecondLook
from conformance.run.settings import Settings
from conformance.run.worker_setup import WorkerSetup
from conformance.wire.auth import AuthScheme, Bearer
from conformance.wire.gate import Gate
from conformance.wire.listener import Listener
from conformance.wire.pacing import Pace


@dataclass(frozen=True)
class Transport:
    """The way of all that this process sends, discovery included."""

    gate: Gate
    pace: Pace
    second_look: SecondLook = field(default_factory=SecondLook)
    """What discovery has seen accepted is a control for the cases."""


def auth_of(settings: Settings, salt: bytes) -> AuthScheme:
    """The user's credentials; the built-in server takes a token that is made for this run."""
    return Bearer(built_in_token(salt)) if settings.built_in else settings.auth


def redactor_of(settings: Settings, salt: bytes) -> Redactor:
    """A redactor that knows the credentials, and no keys yet."""
    auth = auth_of(settings, salt)
    return Redactor(salt, auth.secrets(), headers=auth.headers)


@contextmanager
def hosted(plan: RunPlan) -> Iterator[tuple[WorkerSetup, Collection[str]]]:
    """The set-up of a run that nobody has begun, and the faults that its built-in server comes upon.

    Of the claims it has what the profile says; `settled` finds out the rest.
    """
    settings, salt = plan.settings, secrets.token_bytes(16)
    claims = _with_endpoint(settings, settings.profile.claims or everything())
    with _listening(settings, claims) as listener, _serving(settings, salt) as (url, reached):
        shared = WorkerSetup(
            url, settings.seed.text, salt, {}, claims, started=plan.started, limits=plan.limits, listener=listener
        )
        yield shared, reached


@contextmanager
def _serving(settings: Settings, salt: bytes) -> Iterator[tuple[str, Collection[str]]]:
    if settings.target is not None:
        yield settings.target.url, ()
        return
    known = load_faults()
    config = replace(built_in_config(settings.profile), token=built_in_token(salt))
    with Server(config, [known[name] for name in settings.faults], delay_ms=settings.delay_ms) as server:
        yield server.url, server.state.reached


@contextmanager
def _listening(settings: Settings, claims: Claims) -> Iterator[str]:
    if LOOPBACK not in claims.features:
        yield ""
        return
    with closing(Listener(settings.seed.text)) as listener:
        yield listener.url


def _with_endpoint(settings: Settings, claims: Claims) -> Claims:
    return replace(claims, features=claims.features | settings.endpoint_features)


def context_of(
    settings: Settings,
    shared: WorkerSetup,
    transport: Transport,
    observed: Observations,
    ring: KeyRing,
    concurrency: int = 1,
) -> RunContext:
    """What all steps of the run share."""
    return RunContext(
        shared.url,
        transport.gate,
        settings.seed,
        shared.claims,
        ring,
        concurrency,
        observed.observe,
        listener=shared.listener or NOBODY,
        second_look=transport.second_look,
        contracts_open=settings.profile.discovers,
    )


def settled(
    plan: RunPlan, shared: WorkerSetup, transport: Transport, observed: Observations, *, several: bool
) -> WorkerSetup:
    """The set-up with key pairs, and with what the target was found to claim.

    Where there are `several` processes, all key pairs are made at once; else each when it is first needed.
    """
    settings, clean = plan.settings, observed.redactor.line
    ring = KeyRing()
    for name in plan.recipients() if several else ("rsa-2048",):
        ring.certificate_text(name)
    setting = context_of(settings, shared, transport, observed, ring)
    if settings.profile.discovers:
        found = discover(setting)
        unclaimed = (replace(one, answer=clean(one.answer), why=clean(one.why)) for one in found.unclaimed)
        shared = replace(
            shared,
            claims=_with_endpoint(settings, found.claims),
            unclaimed=tuple(unclaimed),
            failure=clean(found.failure),
        )
    elif settings.target is not None:
        unseen = replace(setting, observe=lambda context: None)
        shared = replace(shared, failure=clean(preflight(unseen, sorted(shared.claims.versions))))
    return replace(shared, ring=ring.exported())
