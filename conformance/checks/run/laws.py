"""The laws of the ledger as checks: asked once, at the end of a run, of all exchanges that took place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from conformance.checks.context import Context
from conformance.checks.registry import Need, NotApplicable, Untestable, check
from conformance.ledger import laws
from conformance.ledger.facts import ExchangeFacts
from conformance.model import WHOLE_RUN, Case, Claims, Exchange, Finding, HttpRequest, Step

SHOWN = 3
"""Violations of one law that are shown; the rest are counted, since one cause brings about many."""


class WholeRun(Context):
    """What a law sees: no exchange of its own, but the facts of all."""

    def __init__(
        self,
        case: Case,
        step: Step,
        facts: Sequence[ExchangeFacts],
        claims: Claims,
        left_out: int = 0,
        found: Mapping[str, Claims] | None = None,
    ):
        super().__init__(case, step, Exchange(HttpRequest("", "", (), b""), None), claims=claims)
        self.facts = facts
        self.left_out = left_out
        """Exchanges that the ledger had no room for."""
        self.found = found or {}
        """Endpoint -> what it was found to claim, where there are several and the claims are discovered."""


def _asked(ctx: Context, law: laws.Law) -> Iterator[Finding]:
    if not isinstance(ctx, WholeRun):
        raise Untestable("a law is about all exchanges of a run")
    if len(ctx.facts) < 2:
        raise NotApplicable("there are no two exchanges to compare")
    try:
        found = list(law(ctx.facts))
    except laws.NotDecided as reason:
        raise Untestable(str(reason)) from None
    if not found and ctx.left_out:
        raise Untestable(f"{ctx.left_out} exchanges came after the ledger was full")
    for place, one in enumerate(found[:SHOWN]):
        more = f"; {len(found) - SHOWN} more pairs of exchanges" if place == SHOWN - 1 and len(found) > SHOWN else ""
        yield Finding(f"{one.later}: {one.what}", one.expected, f"{one.seen}{more}", one.hint)


@check("run.keys-repeat", "SAFE-KEY-007", need=Need.EXCHANGE, expects=(WHOLE_RUN,))
def keys_repeat(ctx: Context) -> Iterator[Finding]:
    """The same request gets the same content keys wherever in the run it is sent."""
    yield from _asked(ctx, laws.keys_repeat)


@check("run.one-key-for-one-kid", "SAFE-KEY-013", need=Need.EXCHANGE, expects=(WHOLE_RUN,))
def one_key_for_one_kid(ctx: Context) -> Iterator[Finding]:
    """One content, KID, period index and scheme has one content key in all answers of the run.

    Whatever else the requests differ in: DRM systems, number and place of the keys, IV, id and times of the period,
    version, recipients, spelling, history, connection, endpoint.
    """
    yield from _asked(ctx, laws.one_key_for_one_kid)


@check("run.kids-have-own-keys", "SAFE-KEY-014", need=Need.EXCHANGE, expects=(WHOLE_RUN,))
def kids_have_own_keys(ctx: Context) -> Iterator[Finding]:
    """Different KIDs have different content keys in all answers of the run.

    The same KID under two contents is not looked at: deriving a key from the KID alone is legal.
    """
    yield from _asked(ctx, laws.kids_have_own_keys)


@check("run.no-key-elsewhere", "SAFE-LEAK-003", need=Need.EXCHANGE, expects=(WHOLE_RUN,))
def no_key_elsewhere(ctx: Context) -> Iterator[Finding]:
    """No content key of the run is outside its own PlainValue, in any answer.

    As an IV, in DRM signalling, HLS lines, URLs, headers or error bodies; only Clear Key's own key tag is left out.
    What an answer shows of its own keys is reported there.
    """
    yield from _asked(ctx, laws.no_key_elsewhere)


@check("run.payloads-made-for-their-key", "SAFE-MIX-002", need=Need.EXCHANGE, expects=(WHOLE_RUN,))
def payloads_made_for_their_key(ctx: Context) -> Iterator[Finding]:
    """No DRM payload that is made for one KID is handed out for others.

    A payload that lists all KIDs of its document is free.
    """
    yield from _asked(ctx, laws.payloads_own)


@check("run.answers-belong-to-requests", "SAFE-MIX-001", need=Need.EXCHANGE, expects=(WHOLE_RUN,))
def answers_belong_to_requests(ctx: Context) -> Iterator[Finding]:
    """No answer of the run has the contentId or the KIDs of another request."""
    yield from _asked(ctx, laws.answers_own)


@check("run.ivs-repeat", "SAFE-IV-001", need=Need.EXCHANGE, expects=(WHOLE_RUN,))
def ivs_repeat(ctx: Context) -> Iterator[Finding]:
    """An explicitIV that was not asked for is the same when the request is repeated."""
    yield from _asked(ctx, laws.ivs_repeat)
