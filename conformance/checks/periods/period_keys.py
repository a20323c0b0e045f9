"""Content keys and key periods: each key belongs to a period, and each period has keys of its own."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from conformance.checks.context import Context
from conformance.checks.keys.answered_keys import answered_keys, is_distinctive, readable_keys, values
from conformance.checks.registry import Need, check
from conformance.checks.relations import other_periods
from conformance.checks.shape import Shape
from conformance.cpix.reader import uuid_of
from conformance.model import Finding


def _has_periods(shape: Shape) -> bool:
    return shape.periods > 0


@check("periods.keys-attached", "SPK20-PER-003", applies=_has_periods)
def keys_attached(ctx: Context) -> Iterator[Finding]:
    """With key periods, every content key is attached to one of them by a KeyPeriodFilter."""
    named = {uuid_of(rule.kid) for rule in ctx.document.rules}
    attached = {uuid_of(rule.kid) for rule in ctx.document.rules if rule.period_ids}
    free = {uuid_of(rule.kid) for rule in ctx.request.rules if not rule.period_ids}
    for key in answered_keys(ctx):
        asked = uuid_of(key.asked.kid) if key.asked else None
        if key.kid in named - attached and asked not in free and asked is not None:
            yield Finding(key.where, f"a rule with a KeyPeriodFilter for {key.name}", "none")


@check("periods.keys-differ", "SAFE-KEY-005", "CPX-P08", need=Need.KEYS, applies=lambda shape: shape.periods > 1)
def keys_differ(ctx: Context) -> Iterator[Finding]:
    """Key periods of one document have different content keys."""
    periods_of: dict[UUID | None, frozenset[str]] = {}
    for rule in ctx.document.rules:
        kid = uuid_of(rule.kid)
        periods_of[kid] = periods_of.get(kid, frozenset()) | set(rule.period_ids)
    first: dict[bytes, tuple[UUID | None, frozenset[str]]] = {}
    for key, value in values(ctx):
        mine = periods_of.get(key.kid, frozenset())
        kid, theirs = first.setdefault(value, (key.kid, mine))
        if kid != key.kid and mine and theirs and not mine & theirs and is_distinctive(value):
            yield Finding(key.where, f"a key of its own for {key.name} in its period", f"the same value as KID {kid}")


@check(
    "periods.keys-differ-after-rotation",
    "SAFE-KEY-005",
    "CPX-P08",
    need=Need.KEYS,
    applies=lambda shape: shape.periods > 0,
    partners=other_periods,
)
def keys_differ_after_rotation(ctx: Context) -> Iterator[Finding]:
    """A new key period brings content keys that no earlier period had.

    Compared with all earlier steps of the case that asked for other periods of the same content.
    """
    for other in other_periods(ctx):
        before = {value: kid for kid, value in readable_keys(other).items() if is_distinctive(value)}
        for key, value in values(ctx):
            if value in before and before[value] != key.kid:
                yield Finding(
                    key.where,
                    f"a new key for {key.name}",
                    f"the same value as KID {before[value]} of step {other.step.id}",
                )
