"""The questions about answers that pass by: those of the suite that need one exchange only, and one over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.checks import load_checks
from conformance.checks.registry import Check, Need, NotApplicable, Subject
from conformance.cpix.reader import uuid_of
from conformance.encryptor_audit.history import periods_by_kid
from conformance.encryptor_audit.observed_exchange import ObservedExchange
from conformance.encryptor_audit.registry import make_check
from conformance.model import EITHER, Finding

SUBJECTS = (Subject.EXCHANGE, Subject.ACCEPTED, Subject.REFUSAL)
"""Whether a request has to be accepted or refused is for a case to say: a key server may have reasons that we cannot
see. What compares two requests of a case needs the case."""


def load_answer_checks() -> Mapping[str, Check]:
    """The shipped questions that may be asked of an answer by id; each decides itself whether it applies."""
    return {
        name: check for name, check in load_checks().items() if check.subject in SUBJECTS or EITHER in check.expects
    }


def key_places(ctx: ObservedExchange) -> Iterator[tuple[tuple[str, str, str], bytes]]:
    """(scheme, key period, asked KID) and the key, for each key of an answer that can be read."""
    periods = periods_by_kid(ctx.request)
    for key in ctx.request.content_keys:
        kid = uuid_of(key.kid)
        value = ctx.key_asked(kid) if kid is not None else None
        if kid is not None and value:
            yield (key.scheme or "", periods.get(str(kid), ""), str(kid)), value


def same_key_again(ctx: ObservedExchange) -> Iterator[Finding]:
    """Content, KID and period that were asked for before have the key that they had then."""
    held = ctx.memory.content(ctx.request.content_id or "").keys
    known = [(place, value) for place, value in key_places(ctx) if place in held]
    if not known:
        raise NotApplicable("none of these keys was asked for before")
    for place, value in known:
        now = ctx.memory.fingerprint(value)
        if now != held[place]:
            yield Finding("/CPIX/ContentKeyList", f"{held[place]} again for {place[2]}", now)


SAME_KEY = make_check(
    "passing.same-key-again", same_key_again.__doc__ or "", ("SAFE-KEY-007",), same_key_again, Need.KEYS
)
