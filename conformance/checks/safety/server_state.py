"""Questions about what one request leaves behind for the next: refused requests, CPIX@id, changing versions."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.http.answer import leave_redirects
from conformance.checks.registry import Need, Untestable, check
from conformance.checks.relations import after_refusals, without_cpix_id
from conformance.model import Finding


@check("state.control-still-answered", "SAFE-STATE-001", need=Need.ANSWER, partners=after_refusals)
def control_still_answered(ctx: Context) -> Iterator[Finding]:
    """After all the refused requests the good one is accepted as before."""
    leave_redirects(ctx.answer.status)
    if not ctx.accepted:
        yield Finding("status", "200, as before the refused requests", f"{ctx.answer.status}: {ctx.excerpt}")


@check("state.control-keys-unchanged", "SAFE-STATE-001", need=Need.KEYS, partners=after_refusals)
def control_keys_unchanged(ctx: Context) -> Iterator[Finding]:
    """After all the refused requests the good one gets the same content keys as before."""
    yield from _same_keys(ctx, after_refusals(ctx)[0], "before the refused requests")


@check("state.cpix-id-ignored", "SPK20-ROOT-004", need=Need.KEYS, partners=without_cpix_id)
def cpix_id_ignored(ctx: Context) -> Iterator[Finding]:
    """A CPIX@id in the request changes no content key: SPEKE v2 ignores it."""
    yield from _same_keys(ctx, without_cpix_id(ctx)[0], "without the CPIX@id")


def _same_keys(ctx: Context, other: Context, when: str) -> Iterator[Finding]:
    """Findings for the keys that differ from those of another exchange with the same KIDs."""
    lacking = other.missing_for(Need.KEYS)
    if lacking is not None:
        raise Untestable(f"the answer to compare with has no keys: {lacking}")
    if ctx.pairs.kid_map != other.pairs.kid_map:
        raise Untestable("the KIDs of the two answers differ, so their keys cannot be compared")
    for kid, value in ctx.keys.items():
        before = other.keys.get(kid)
        if before is not None and before != value:
            yield Finding(f"content key of KID {kid}", f"the same content key as {when}", "another content key")
