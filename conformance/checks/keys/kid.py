"""KID mapping: a key provider may answer with KIDs of its own, if it does so one to one and everywhere alike."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from uuid import UUID

from conformance.checks.context import Context
from conformance.checks.contract.rule_forms import filters_of
from conformance.checks.registry import Need, NotApplicable, check
from conformance.checks.relations import identical
from conformance.cpix.align import DrmPair, RulePair
from conformance.cpix.reader import ContentKey, DrmSystem, Rule, uuid_of
from conformance.model import Finding


@check("kid.as-asked", "SPK20-KID-001")
def as_asked(ctx: Context) -> Iterator[Finding]:
    """The content keys are answered under the KIDs that were asked for.

    Other KIDs are legal; the report says where a server uses them, because then all comparisons go by them.
    """
    changed = [pair for pair in key_kids(ctx) if pair[0] != pair[1]]
    if changed:
        asked, answered, where = changed[0]
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        yield Finding(f"{where}/@kid", f"KID {asked}", f"KID {answered}{more}")


def key_kids(ctx: Context) -> Iterator[tuple[UUID, UUID, str]]:
    """Asked KID, answered KID and place, for each ContentKey that is answered under a usable KID."""
    for pair in ctx.pairs.keys:
        asked = uuid_of(pair.asked.kid)
        answered = uuid_of(pair.answered.kid) if pair.answered else None
        if asked is not None and answered is not None and pair.answered is not None:
            yield asked, answered, pair.answered.where


@check("kid.override-one-to-one", "SPK20-KID-002", "SPK20-KID-004")
def one_to_one(ctx: Context) -> Iterator[Finding]:
    """No two KIDs of the request become one KID in the answer."""
    sources: dict[UUID, set[UUID]] = defaultdict(set)
    for asked, answered, where in key_kids(ctx):
        sources[answered].add(asked)
        if len(sources[answered]) > 1:
            others = sorted(str(kid) for kid in sources[answered] - {asked})
            yield Finding(
                f"{where}/@kid",
                f"a KID of its own in place of {asked}",
                f"KID {answered}, which also stands for {others[0]}",
            )


@check("kid.same-in-drm-systems", "SPK20-KID-002")
def same_in_drm_systems(ctx: Context) -> Iterator[Finding]:
    """Every DRMSystem names the KID under which its content key is answered."""
    yield from _disagreeing(ctx, ctx.pairs.drm)


@check("kid.same-in-rules", "SPK20-KID-002")
def same_in_rules(ctx: Context) -> Iterator[Finding]:
    """Every ContentKeyUsageRule names the KID under which its content key is answered."""
    yield from _disagreeing(ctx, ctx.pairs.rules)


def _disagreeing(ctx: Context, pairs: tuple[DrmPair, ...] | tuple[RulePair, ...]) -> Iterator[Finding]:
    shared = Counter(answered for _, answered, _ in key_kids(ctx))
    for pair in pairs:
        if pair.answered is None or pair.key is None or pair.key.answered is None or not pair.answered.kid:
            continue
        wanted = uuid_of(pair.key.answered.kid)
        # Where two KIDs became one, kid.override-one-to-one says so, and there is nothing to agree with.
        if wanted is not None and shared[wanted] == 1 and uuid_of(pair.answered.kid) != wanted:
            asked = uuid_of(pair.asked.kid)
            hint = "Here the KID of the request was left in place." if uuid_of(pair.answered.kid) == asked else ""
            yield Finding(
                f"{pair.answered.where}/@kid", f"KID {wanted}, as in ContentKey", f"KID {pair.answered.kid}", hint
            )


@check("kid.override-changes-nothing-else", "SPK20-KID-003")
def changes_nothing_else(ctx: Context) -> Iterator[Finding]:
    """An answer with other KIDs keeps contentId, scheme, period ids, track types and filters as they were asked."""
    if all(asked == answered for asked, answered, _ in key_kids(ctx)):
        raise NotApplicable("the KIDs are the ones that were asked for")
    asked, answered = ctx.request, ctx.document
    if asked.content_id != answered.content_id:
        yield Finding("/CPIX/@contentId", repr(asked.content_id), repr(answered.content_id))
    for pair in ctx.pairs.keys:
        if pair.answered is not None and pair.answered.scheme != pair.asked.scheme:
            where = f"{pair.answered.where}/@commonEncryptionScheme"
            yield Finding(where, repr(pair.asked.scheme), repr(pair.answered.scheme))
    if {one.id for one in asked.periods} != {one.id for one in answered.periods}:
        yield Finding("/CPIX/ContentKeyPeriodList", "the period ids of the request", "other period ids")
    for rule in ctx.pairs.rules:
        if rule.answered is None:
            continue
        if rule.answered.intended_track_type != rule.asked.intended_track_type or filters_of(
            rule.answered
        ) != filters_of(rule.asked):
            yield Finding(
                rule.answered.where, "the rule of the request with another kid", "a rule that differs in more"
            )


@check("kid.override-deterministic", "SPK20-KID-005", need=Need.DOCUMENT, partners=identical)
def deterministic(ctx: Context) -> Iterator[Finding]:
    """The same request is answered with the same KIDs when it is repeated.

    Compared with the first answer to the same request.
    """
    before = identical(ctx)[0].pairs.kid_map
    for asked, answered, where in key_kids(ctx):
        if asked in before and before[asked] != answered:
            yield Finding(f"{where}/@kid", f"KID {before[asked]} for {asked}, as before", f"KID {answered}")


@check("kid.letter-case-kept", "SPK20-KID-P01")
def letter_case_kept(ctx: Context) -> Iterator[Finding]:
    """KIDs and system IDs come back in the letter case in which they were sent."""
    parts: list[tuple[ContentKey | DrmSystem | Rule, ContentKey | DrmSystem | Rule | None]] = [
        *((pair.asked, pair.answered) for pair in ctx.pairs.keys),
        *((pair.asked, pair.answered) for pair in ctx.pairs.drm),
        *((pair.asked, pair.answered) for pair in ctx.pairs.rules),
    ]
    for asked, answered in parts:
        if answered is not None and _recased(asked.kid, answered.kid):
            yield Finding(f"{answered.where}/@kid", str(asked.kid), str(answered.kid))
    for drm in ctx.pairs.drm:
        if drm.answered is not None and _recased(drm.asked.system_id, drm.answered.system_id):
            yield Finding(f"{drm.answered.where}/@systemId", str(drm.asked.system_id), str(drm.answered.system_id))


def _recased(asked: str | None, answered: str | None) -> bool:
    return asked is not None and answered is not None and asked != answered and asked.lower() == answered.lower()
