"""Comparing content keys between the answers of one case."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from conformance.checks.context import Context
from conformance.checks.keys.answered_keys import asked_kids, is_distinctive, readable_keys
from conformance.checks.registry import Need, NotApplicable, Untestable
from conformance.model import Finding


def changed(ctx: Context, reference: Context) -> Iterator[tuple[UUID, str]]:
    """The KIDs that both steps ask for and that have another key here, each with the place of its ContentKey.

    Untestable where either answer has no readable keys, or where the server answers the same KID under different
    KIDs of its own: then it cannot be known which keys to compare.
    """
    mine, theirs = readable_keys(ctx), readable_keys(reference)
    shared = [kid for kid in asked_kids(ctx) if kid in set(asked_kids(reference))]
    if not shared:
        raise NotApplicable(f"this step and {reference.step.id} have no KID in common")
    places = {key.kid.lower(): key.where for key in ctx.document.content_keys if key.kid}
    compared = 0
    for asked in shared:
        here, there = ctx.pairs.kid_map.get(asked, asked), reference.pairs.kid_map.get(asked, asked)
        if here != there:
            raise Untestable(f"KID {asked} is answered as {here} here and as {there} in step {reference.step.id}")
        if here in mine and here in theirs:
            compared += 1
            if mine[here] != theirs[here]:
                yield here, places.get(str(here), "/CPIX/ContentKeyList")
    if not compared:
        raise Untestable("no content key can be read in both answers")


def as_in_reference(ctx: Context, reference: Context, what: str, hint: str = "") -> Iterator[Finding]:
    """Findings for keys that differ from those of an earlier step, provided that its plain repetition has the same."""
    _insist_on_repetition(ctx, reference)
    for kid, where in changed(ctx, reference):
        seen = f"{whose_key(ctx, reference, kid)} {what}".strip()
        yield Finding(where, f"the content key of KID {kid} as in step {reference.step.id}", seen, hint)


def whose_key(ctx: Context, reference: Context, kid: UUID) -> str:
    """The key that a KID has here, by whom it belonged to in another answer."""
    value = readable_keys(ctx).get(kid)
    owner = next(
        (other for other, theirs in readable_keys(reference).items() if theirs == value and other != kid), None
    )
    return f"the key that KID {owner} has there" if owner else "a key that no KID has there"


def _insist_on_repetition(ctx: Context, reference: Context) -> None:
    """One root cause for a server that makes up keys as it goes."""
    for again in ctx.earlier.values():
        same = again is not reference and again.exchange.request == reference.exchange.request
        if not same or again.missing_for(Need.KEYS) or not any(changed(again, reference)):
            continue
        raise Untestable("already the plain repetition gives other keys, which safety.same-key-on-repetition reports")


def shared_values(ctx: Context, other: Context) -> Iterator[tuple[UUID, UUID, str]]:
    """KIDs here whose value another answer has under another KID: the KID here, the KID there, the place here."""
    values = {value: kid for kid, value in readable_keys(other).items() if is_distinctive(value)}
    places = {key.kid.lower(): key.where for key in ctx.document.content_keys if key.kid}
    for kid, value in readable_keys(ctx).items():
        twin = values.get(value)
        if twin is not None and twin != kid:
            yield kid, twin, places.get(str(kid), "/CPIX/ContentKeyList")
