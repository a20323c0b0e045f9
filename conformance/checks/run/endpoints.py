"""What several endpoints of one key server have to have in common, beside their keys."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.registry import Need, NotApplicable, Untestable, check
from conformance.checks.run.laws import WholeRun
from conformance.model import WHOLE_RUN, Claims, Finding


@check("run.endpoints-offer-the-same", "SAFE-ENDPOINT-001", need=Need.EXCHANGE, expects=(WHOLE_RUN,))
def endpoints_offer_the_same(ctx: Context) -> Iterator[Finding]:
    """Every endpoint of the key server offers the same versions, DRM systems with their schemes, and key encryption.

    Asked where a run has several endpoints and finds out by asking what each of them offers.
    """
    if not isinstance(ctx, WholeRun):
        raise Untestable("this is about all exchanges of a run")
    if len(ctx.found) < 2:
        raise NotApplicable("there are no two endpoints that were asked what they offer")
    (first, base), *others = ctx.found.items()
    for name, claims in others:
        if lacking := sorted(_names(base) - _names(claims)):
            yield Finding(name, f"what {first} offers", f"it does not offer {', '.join(lacking)}", _HINT)
        if extra := sorted(_names(claims) - _names(base)):
            yield Finding(first, f"what {name} offers", f"it does not offer {', '.join(extra)}", _HINT)


_HINT = "another release or another configuration there?"


def _names(claims: Claims) -> set[str]:
    pairs = {f"{system} with {scheme}" for system, scheme in claims.schemes}
    features = {"key encryption"} if "key-encryption" in claims.features else set()
    return {*(f"SPEKE {version}" for version in claims.versions), *pairs, *features}
