"""From a plan to a target that can be asked: the built-in server, the way to the target, and what it claims."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace

from conformance.cases.certificates import KeyRing
from conformance.cases.defects import NOBODY
from conformance.cases.features import LOOPBACK, everything
from conformance.redaction.redactor import Redactor
from conformance.refserver import ServerProcess
from conformance.run.built_in import built_in_config, built_in_token
from conformance.run.discovery import discover, preflight
from conformance.run.observations import Observations
from conformance.run.run_plan import RunPlan
from conformance.run.runner import RunContext
from conformance.run.second_look import SecondLook
from conformance.run.settings import Settings
from conformance.run.worker_setup import Endpoint, WorkerSetup
from conformance.wire.auth import AuthScheme, Bearer
from conformance.wire.errors import OptionError
from conformance.wire.gate import Gate
from conformance.wire.listener import Listener
from conformance.wire.pacing import Pace
from conformance.wire.target import Target

Reached = Callable[[], Collection[str]]
"""Gives the faults that the built-in server has met so far."""


@dataclass(frozen=True)
class Transport:
    """The way of all that this process sends, discovery included."""

    ways: Mapping[int, Gate]
    """By the number of the endpoint; all of them through the same places."""
    pace: Pace
    second_looks: Mapping[int, SecondLook] = field(default_factory=lambda: defaultdict(SecondLook))
    """What discovery has seen accepted at an endpoint is a control for the cases there."""


def auth_of(settings: Settings, salt: bytes, target: Target | None = None) -> AuthScheme:
    """The user's credentials; the built-in server takes a token that is made for this run."""
    return Bearer(built_in_token(salt)) if settings.built_in else settings.auth_at(target)


def redactor_of(settings: Settings, salt: bytes) -> Redactor:
    """A redactor that knows the credentials, and no keys yet."""
    auth = auth_of(settings, salt)
    return Redactor(salt, auth.secrets(), headers=auth.headers)


@contextmanager
def hosted(plan: RunPlan) -> Iterator[tuple[WorkerSetup, Reached]]:
    """The set-up of a run that nobody has begun, and the faults that its built-in server meets.

    Of the claims it has what the profile says; `settled` finds out the rest.
    """
    settings, salt = plan.settings, secrets.token_bytes(16)
    claims = settings.profile.claims or everything()
    with _serving(settings, salt) as (urls, reached):
        endpoints = tuple(
            Endpoint(number, url, endpoint_name(number, Target.parse(url)), claims)
            for number, url in zip(settings.endpoints, urls, strict=True)
        )
        endpoints = tuple(_with_endpoint(settings, one) for one in endpoints)
        with _listening(settings, endpoints) as listener:
            seed = settings.seed.text
            shared = WorkerSetup(endpoints, seed, salt, started=plan.started, limits=plan.limits, listener=listener)
            yield shared, reached


def endpoint_name(number: int, target: Target) -> str:
    """An endpoint in texts: its number and its host, or the host alone where there is only one."""
    return f"endpoint {number} ({target.display})" if number else target.display


@contextmanager
def _serving(settings: Settings, salt: bytes) -> Iterator[tuple[Sequence[str], Reached]]:
    if not settings.built_in:
        yield [target.url for target in settings.targets], frozenset
        return
    config = replace(built_in_config(settings.profile), token=built_in_token(salt))
    try:
        begun = ServerProcess(config, settings.faults, settings.delay_ms)
    except OSError as error:
        raise OptionError(f"The built-in server cannot begin ({error}). Name a server with --server-url.") from None
    with begun as server:
        yield [server.url], server.reached


@contextmanager
def _listening(settings: Settings, endpoints: Sequence[Endpoint]) -> Iterator[str]:
    if not any(LOOPBACK in one.claims.features for one in endpoints):
        yield ""
        return
    with closing(Listener(settings.seed.text)) as listener:
        yield listener.url


def _with_endpoint(settings: Settings, endpoint: Endpoint) -> Endpoint:
    """The endpoint with what the way there adds to its claims."""
    held = settings.features_at(None if settings.built_in else Target.parse(endpoint.url))
    claims = replace(endpoint.claims, features=endpoint.claims.features | held)
    return replace(endpoint, claims=claims)


def context_of(
    settings: Settings,
    shared: WorkerSetup,
    endpoint: Endpoint,
    transport: Transport,
    observed: Observations,
    ring: KeyRing,
    concurrency: int = 1,
) -> RunContext:
    """What all steps at an endpoint share."""
    return RunContext(
        endpoint.url,
        transport.ways[endpoint.number],
        settings.seed,
        endpoint.claims,
        ring,
        concurrency,
        observed.observe,
        listener=shared.listener_at(endpoint) or NOBODY,
        second_look=transport.second_looks[endpoint.number],
        contracts_open=settings.profile.discovers,
        endpoint=endpoint.number,
    )


def settled(
    plan: RunPlan, shared: WorkerSetup, transport: Transport, observed: Observations, *, several: bool
) -> WorkerSetup:
    """The set-up with key pairs, and with what each endpoint was found to claim.

    Where there are `several` processes, all key pairs are made at once; else each when it is first needed.
    """
    settings = plan.settings
    ring = KeyRing()
    for name in plan.recipients() if several else ("rsa-2048",):
        ring.certificate_text(name)
    contexts = [(one, context_of(settings, shared, one, transport, observed, ring)) for one in shared.endpoints]
    found = tuple(_asked(settings, one, context, observed) for one, context in contexts)
    return replace(shared, endpoints=found, ring=ring.exported())


def _asked(settings: Settings, endpoint: Endpoint, context: RunContext, observed: Observations) -> Endpoint:
    """The endpoint with what it says of itself, or why it says nothing."""
    clean = observed.redactor.line
    if settings.profile.discovers:
        found = discover(context)
        unclaimed = (replace(one, answer=clean(one.answer), why=clean(one.why)) for one in found.unclaimed)
        settled = replace(endpoint, claims=found.claims, unclaimed=tuple(unclaimed), failure=clean(found.failure))
        return _with_endpoint(settings, settled)
    if settings.built_in:
        return endpoint
    unseen = replace(context, observe=lambda context: None)
    return replace(endpoint, failure=clean(preflight(unseen, sorted(endpoint.claims.versions))))
