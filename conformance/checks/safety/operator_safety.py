"""What no operator can accept: keys that protect nothing, keys that change by themselves, answers mixed up."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.keys.answered_keys import asked_kids, is_distinctive, values
from conformance.checks.keys.key_comparison import as_in_reference, changed, shared_values, whose_key
from conformance.checks.registry import Need, check
from conformance.checks.relations import (
    after_others,
    other_answers,
    other_contents,
    other_spelling,
    other_systems,
    repetition,
    same_kids_elsewhere,
)
from conformance.cpix.reader import uuid_of
from conformance.model import Finding


@check("keys.not-zero", "SAFE-KEY-001", need=Need.KEYS)
def not_zero(ctx: Context) -> Iterator[Finding]:
    """No content key is all zeros."""
    for key, value in values(ctx):
        if value and not any(value):
            yield Finding(key.where, f"a random key for {key.name}", "zeros only")


@check("keys.not-constant", "SAFE-KEY-001", need=Need.KEYS)
def not_constant(ctx: Context) -> Iterator[Finding]:
    """No content key is one byte repeated."""
    for key, value in values(ctx):
        if any(value) and len(set(value)) == 1:
            yield Finding(key.where, f"a random key for {key.name}", "one byte repeated")


@check("keys.differ-from-kid", "SAFE-KEY-002", need=Need.KEYS)
def differ_from_kid(ctx: Context) -> Iterator[Finding]:
    """No content key equals its KID, in either byte order.

    The KID is public: every manifest and every file names it.
    """
    public = {kid.bytes: kid for kid in asked_kids(ctx)} | {kid.bytes_le: kid for kid in asked_kids(ctx)}
    for key, value in values(ctx):
        kids = {**public, **({key.kid.bytes: key.kid, key.kid.bytes_le: key.kid} if key.kid else {})}
        if value in kids:
            kid = kids[value]
            order = "in GUID byte order" if value == kid.bytes_le else "in plain byte order"
            yield Finding(key.where, f"a secret key for {key.name}", f"the bytes of KID {kid} {order}")


@check("keys.values-distinct", "SAFE-KEY-004", need=Need.KEYS, applies=lambda shape: shape.keys > 1)
def values_distinct(ctx: Context) -> Iterator[Finding]:
    """Different KIDs have different content keys.

    All pairs of the document are compared. A viewer who may watch SD only must not hold the key of UHD.
    """
    first: dict[bytes, str] = {}
    for key, value in values(ctx):
        name = str(key.kid or key.where)
        other = first.setdefault(value, name)
        if other != name and is_distinctive(value):
            yield Finding(key.where, f"a key of its own for {key.name}", f"the same value as KID {other}")


@check("safety.same-key-on-repetition", "SAFE-KEY-007", "AWS-MP2-005", need=Need.KEYS, partners=repetition)
def same_key_on_repetition(ctx: Context) -> Iterator[Finding]:
    """The same request gets the same content keys when it is repeated.

    Two encryptors that work on one channel, or one after a restart, need the key the other has used.
    """
    for kid, where in changed(ctx, repetition(ctx)[0]):
        seen = whose_key(ctx, repetition(ctx)[0], kid)
        yield Finding(where, f"the content key of KID {kid} as before", seen)


@check("safety.key-independent-of-systems", "SAFE-KEY-008", need=Need.KEYS, partners=other_systems)
def key_independent_of_systems(ctx: Context) -> Iterator[Finding]:
    """A content key does not depend on which DRM systems are asked for."""
    yield from as_in_reference(
        ctx,
        other_systems(ctx)[0],
        "for another choice of DRM systems",
        "One track has one key; all DRM systems have to license the same.",
    )


@check("safety.key-independent-of-style", "SAFE-KEY-010", need=Need.KEYS, partners=other_spelling)
def key_independent_of_style(ctx: Context) -> Iterator[Finding]:
    """A content key does not depend on how the request is written.

    Prefixes, white space, letter case of UUIDs, order of attributes and elements: the same document in other clothes.
    """
    yield from as_in_reference(ctx, other_spelling(ctx)[0], "for the same document in another spelling")


@check("safety.key-independent-of-history", "SAFE-KEY-011", need=Need.KEYS, partners=after_others)
def key_independent_of_history(ctx: Context) -> Iterator[Finding]:
    """A content key does not depend on the requests in between."""
    yield from as_in_reference(ctx, after_others(ctx)[0], "after other requests")


@check("safety.keys-distinct-across-contents", "SAFE-KEY-006", need=Need.KEYS, partners=other_contents)
def keys_distinct_across_contents(ctx: Context) -> Iterator[Finding]:
    """Different contents with different KIDs have different content keys."""
    for other in other_contents(ctx):
        for kid, twin, where in shared_values(ctx, other):
            seen = f"the same value as KID {twin} of another content (step {other.step.id})"
            yield Finding(where, f"a key of its own for KID {kid}", seen)


@check("safety.same-kid-in-two-contents", "SAFE-KEY-012", need=Need.KEYS, partners=same_kids_elsewhere)
def same_kid_in_two_contents(ctx: Context) -> Iterator[Finding]:
    """What one KID gets under two contents is recorded.

    A key that is derived from the KID alone is legal.
    """
    other = same_kids_elsewhere(ctx)[0]
    if ctx.pairs.kid_map != other.pairs.kid_map:
        seen = "KIDs of the server's own, others under another contentId"
    elif any(changed(ctx, other)):
        seen = "another key under another contentId"
    else:
        seen = "the same key under both contentIds"
    yield Finding("/CPIX/ContentKeyList", "(silent)", seen)


@check("safety.answers-not-mixed", "SAFE-MIX-001", partners=other_answers)
def answers_not_mixed(ctx: Context) -> Iterator[Finding]:
    """The answer belongs to its own request, also when several are under way.

    Its contentId is compared with that of the request that it answers, its KIDs with those of the other requests.
    A contentId that is lost or merely altered is reported elsewhere.
    """
    mine, answered_id = ctx.request.content_id or "", ctx.document.content_id or ""
    others = {other.request.content_id for other in other_answers(ctx)} - {mine}
    if answered_id in others or (answered_id and not _altered(mine, answered_id)):
        yield Finding("/CPIX/@contentId", repr(mine), repr(answered_id))
    own, answered = set(asked_kids(ctx)), {uuid_of(key.kid) for key in ctx.document.content_keys}
    for other in other_answers(ctx):
        if (set(asked_kids(other)) - own) & answered:
            yield Finding("/CPIX/ContentKeyList", "the KIDs of the request", f"KIDs of step {other.step.id}")


def _altered(mine: str, other: str) -> bool:
    """Whether one contentId is recognisably made from the other."""
    first, second = mine.lower(), other.lower()
    return first in second or second in first
