"""Questions about the endpoint itself, where authentication is configured: who gets keys, and over what connection."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from conformance.checks.context import Context
from conformance.checks.registry import Need, Subject, Untestable, check
from conformance.model import Finding, TlsSession

NOTICE = timedelta(days=14)
"""How long before its end a certificate should be renewed: two weeks leave time for a second attempt."""

_DOOR_CLOSED = frozenset({"refused", "dns", "tls", "tls-certificate", "no-answer", "timeout", "bad-http", "incomplete"})
"""Failures that are a way of not handing out keys; a proxy or a budget of our own says nothing about the server."""


@check("endpoint.no-keys-without-credentials", "SAFE-AUTH-001", need=Need.EXCHANGE, subject=Subject.EXPECTATION)
def no_keys_without_credentials(ctx: Context) -> Iterator[Finding]:
    """A request without credentials gets no content keys.

    The same request with credentials is accepted in the same run.
    """
    yield from _keys_for_nobody(ctx, "a request without credentials")


@check("endpoint.no-keys-with-wrong-credentials", "SAFE-AUTH-002", need=Need.EXCHANGE, subject=Subject.EXPECTATION)
def no_keys_with_wrong_credentials(ctx: Context) -> Iterator[Finding]:
    """A request with a wrong secret, or signed with a wrong key, gets no content keys.

    Everything else about it is right, the user name or access key included.
    """
    yield from _keys_for_nobody(ctx, "a request with a wrong secret")


@check(
    "endpoint.no-keys-over-plain-http",
    "SAFE-AUTH-001",
    "SPK20-AUTH-P01",
    need=Need.EXCHANGE,
    subject=Subject.EXPECTATION,
)
def no_keys_over_plain_http(ctx: Context) -> Iterator[Finding]:
    """A server with an https address gives no content keys over plain http.

    It is asked without credentials for a content that exists for this question only. A port that is closed, says
    nothing or redirects is as good an answer as a refusal.
    """
    yield from _keys_for_nobody(ctx, "a request over plain http without credentials")


@check("endpoint.certificate-in-force", "SAFE-TLS-001", need=Need.EXCHANGE, subject=Subject.EXPECTATION)
def certificate_in_force(ctx: Context) -> Iterator[Finding]:
    """The certificate of the endpoint is trusted, names its host and has not expired."""
    failure = ctx.exchange.failure
    if failure is not None and failure.kind == "tls-certificate":
        yield Finding("certificate", "one that an encryptor trusts", ctx.failure_sentence)
        return
    session = _session(ctx)
    left = _left(ctx, session)
    if left < timedelta():
        yield Finding("certificate", "one that has not expired", f"valid until {session.valid_until}")
    elif not session.verified:
        raise Untestable("the certificate was not verified (--speke-insecure); give --speke-ca-bundle instead")


@check("endpoint.certificate-lasts", "ADV-TLS-001", need=Need.EXCHANGE, subject=Subject.EXPECTATION)
def certificate_lasts(ctx: Context) -> Iterator[Finding]:
    """The certificate of the endpoint does not expire within two weeks."""
    session = _session(ctx)
    if timedelta() <= _left(ctx, session) < NOTICE:
        yield Finding("certificate", f"at least {NOTICE.days} days left", f"valid until {session.valid_until}")


@check("endpoint.tls-recorded", "SAFE-TLS-002", need=Need.EXCHANGE, subject=Subject.EXPECTATION)
def tls_recorded(ctx: Context) -> Iterator[Finding]:
    """The TLS version and the end of the certificate are recorded."""
    session = _session(ctx)
    yield Finding("TLS connection", "(silent)", f"{session.version}, certificate valid until {session.valid_until}")


def _keys_for_nobody(ctx: Context, what: str) -> Iterator[Finding]:
    control = ctx.before("control")
    if not control.accepted:
        raise Untestable(f"the same request with credentials is not accepted ({control.missing_for(Need.SUCCESS)})")
    failure = ctx.exchange.failure
    if failure is not None:
        if failure.kind not in _DOOR_CLOSED:
            raise Untestable(ctx.failure_sentence)
        return
    if ctx.document_error is None and ctx.keys:
        seen = f"{ctx.answer.status} with {len(ctx.keys)} content keys"
        yield Finding("HTTP answer", f"no content keys in answer to {what}", seen)


def _session(ctx: Context) -> TlsSession:
    if ctx.exchange.tls is None:
        raise Untestable(ctx.failure_sentence if ctx.exchange.failure else "nothing is known about the TLS connection")
    return ctx.exchange.tls


def _left(ctx: Context, session: TlsSession) -> timedelta:
    """How long the certificate was still valid when the exchange began."""
    try:
        end, begin = (_moment(text) for text in (session.valid_until, ctx.exchange.started))
    except ValueError:
        raise Untestable("the end of the certificate cannot be read") from None
    return end - begin


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
