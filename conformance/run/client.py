"""The HTTP client of a run, a proxy or a load test, made of their settings in one place."""

from __future__ import annotations

from conformance.run.settings import Settings
from conformance.wire.auth import AuthScheme
from conformance.wire.client import Client
from conformance.wire.pacing import Pace
from conformance.wire.target import Target


def client_for(
    settings: Settings,
    target: Target,
    *,
    auth: AuthScheme | None = None,
    pace: Pace | None = None,
    pool: int | None = None,
) -> Client:
    """A client for the target by these settings; raises OptionError for what only shows when it is made."""
    more = {} if pool is None else {"pool": pool}
    return Client(
        target,
        settings.auth if auth is None else auth,
        timeout=settings.timeout,
        ca_bundle=settings.ca_bundle,
        client_cert=settings.client_cert,
        insecure=settings.insecure,
        proxy_from_env=settings.proxy,
        pace=pace,
        **more,
    )
