"""Questions about being answered at all, and over any connection: what the second look of the run has found."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.registry import Need, NotApplicable, Subject, Untestable, check
from conformance.model import Finding
from conformance.model.exchange import (
    AFTER_REFUSAL,
    HUNG_UP_WHEN_REUSED,
    IN_COMMON,
    REUSED,
    UNANSWERED,
    WRONG_AFTER_REFUSAL,
    WRONG_WHEN_REUSED,
)


@check("http.request-answered", "SPK20-HTTP-P10", need=Need.EXCHANGE, subject=Subject.EXCHANGE)
def request_answered(ctx: Context) -> Iterator[Finding]:
    """An ordinary request is answered, while others are.

    A request that got no byte of an answer is sent again on a fresh connection two seconds later, with a request that
    was accepted before and after it. Only where both of those are accepted is it the server that hangs up. On broken
    framing, oversized bodies and DOCTYPEs a gateway may hang up, so they are not asked again.
    """
    failure = ctx.exchange.failure
    seen = _noted(ctx, UNANSWERED)
    if seen:
        expected = "an answer: a document, or an error with a status of 4XX or 5XX"
        what, _, common = seen.partition(IN_COMMON)
        hint = f"such requests have in common: {common}; requests that were accepted before are accepted meanwhile"
        yield Finding("HTTP answer", expected, what, hint)
    elif failure is not None:
        raise Untestable(ctx.failure_sentence)


@check("http.right-on-reused-connection", "SPK20-HTTP-P11", need=Need.EXCHANGE, subject=Subject.EXCHANGE)
def right_on_reused_connection(ctx: Context) -> Iterator[Finding]:
    """A request on a connection that has carried an accepted one is answered as on a connection of its own.

    Encryptors keep their connections open. An unexpected answer on a reused connection is asked for again on a fresh
    one; the other checks look at the fresh answer, and this one tells the difference.
    """
    seen = _noted(ctx, WRONG_WHEN_REUSED)
    if seen:
        yield Finding("HTTP answer", "on a reused connection the same answer as on a fresh one", seen)
    elif ctx.exchange.failure is not None:
        raise Untestable(ctx.failure_sentence)
    elif REUSED not in ctx.exchange.notes:
        raise NotApplicable("the request went over a fresh connection")


@check("http.right-after-refusal", "SPK20-HTTP-P12", need=Need.EXCHANGE, subject=Subject.EXCHANGE)
def right_after_refusal(ctx: Context) -> Iterator[Finding]:
    """A request on a connection that has carried a refused one is answered as on a connection of its own.

    A server that refuses a request before it has read its body finds the rest of it where the next request should
    begin, unless it reads it or closes the connection.
    """
    seen = _noted(ctx, WRONG_AFTER_REFUSAL)
    if seen:
        yield Finding("HTTP answer", "after a refusal the same answer as on a fresh connection", seen)
    elif ctx.exchange.failure is not None:
        raise Untestable(ctx.failure_sentence)
    elif AFTER_REFUSAL not in ctx.exchange.notes or HUNG_UP_WHEN_REUSED in ctx.exchange.notes:
        raise NotApplicable("the server closes the connection after a refusal, which it may")


def _noted(ctx: Context, begin: str) -> str:
    """What a note of the second look says; empty where there is none."""
    return next((note.removeprefix(begin) for note in ctx.exchange.notes if note.startswith(begin)), "")
