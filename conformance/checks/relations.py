"""How an earlier request of a case stands to this one: read from the two requests, never from the names of steps.

Each relation gives the earlier exchanges to compare with, those that were answered with a document; none where the
request has no partner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from conformance.checks.context import Context
from conformance.checks.needs import Need
from conformance.cpix.reader import Rule, uuid_of
from conformance.model import Step

_SIGNALLING = ("pssh", "content_protection", "hls", "smooth")


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What a request asks for, without the way in which it is written."""

    version: str
    content_id: str
    cpix_id: str | None
    kids: frozenset[UUID]
    schemes: frozenset[str]
    periods: tuple[tuple[str, str, str, str, str], ...]
    """Id, index and times of each key period, as written."""
    indexes: tuple[str, ...]
    rules: tuple[tuple[str, str, str], ...]
    """The contract: KID, intendedTrackType and filters of each rule, in the order of the KIDs."""
    systems: tuple[tuple[str, tuple[int, ...]], ...]
    """Each DRMSystem in document order, with how many placeholders of each kind it holds."""
    encrypted: bool

    @property
    def period_ids(self) -> frozenset[str]:
        """The ids of the key periods."""
        return frozenset(period[0] for period in self.periods)


def asked_for(ctx: Context) -> AskedFor | None:
    """What the request of an exchange asks for; None where it is not a CPIX document."""
    return ctx.memo("asked-for", lambda: _asked_for(ctx))


def _asked_for(ctx: Context) -> AskedFor | None:
    if not ctx.request_readable:
        return None
    request = ctx.request
    return AskedFor(
        version=ctx.version,
        content_id=request.content_id or "",
        cpix_id=request.id,
        kids=frozenset(kid for key in request.content_keys if (kid := uuid_of(key.kid)) is not None),
        schemes=frozenset(key.scheme or "" for key in request.content_keys),
        periods=tuple(
            (one.id or "", one.index or "", one.start or "", one.end or "", f"{one.start_offset} {one.end_offset}")
            for one in request.periods
        ),
        indexes=tuple(one.index or "" for one in request.periods),
        rules=tuple(sorted(_rule(rule) for rule in request.rules)),
        systems=tuple(
            ((drm.system_id or "").lower(), tuple(len(getattr(drm, kind)) for kind in _SIGNALLING))
            for drm in request.drm_systems
        ),
        encrypted=bool(request.delivery),
    )


def _rule(rule: Rule) -> tuple[str, str, str]:
    filters = [(one.kind, sorted(one.attributes.items())) for one in rule.filters]
    return (rule.kid or "").lower(), rule.intended_track_type or "", repr(filters)


Pair = Callable[[AskedFor, AskedFor], bool]


def _answered(ctx: Context) -> Iterator[Context]:
    """The earlier exchanges of the case, each once, that were answered with a document."""
    seen: set[int] = set()
    for other in ctx.earlier.values():
        if id(other) not in seen and other.missing_for(Need.DOCUMENT) is None:
            seen.add(id(other))
            yield other


def _partners(ctx: Context, name: str, fits: Pair) -> tuple[Context, ...]:
    def found() -> tuple[Context, ...]:
        mine = asked_for(ctx)
        if mine is None:
            return ()
        pairs = ((other, asked_for(other)) for other in _answered(ctx))
        return tuple(other for other, theirs in pairs if theirs is not None and fits(mine, theirs))

    return ctx.memo(("partners", name), found)


def identical(ctx: Context) -> tuple[Context, ...]:
    """Earlier exchanges whose request is the same byte for byte."""
    return ctx.memo(("partners", "identical"), lambda: tuple(one for one in _answered(ctx) if _same_request(one, ctx)))


def _same_request(one: Context, other: Context) -> bool:
    return one.exchange.request == other.exchange.request


def _undisturbed(ctx: Context, other: Context) -> bool:
    """Whether nothing but the same request was sent between the two."""
    between = list(ctx.earlier.values())
    at = next(place for place, one in enumerate(between) if one is other)
    return all(_same_request(one, ctx) for one in between[at:])


def repetition(ctx: Context) -> tuple[Context, ...]:
    """The same request before, with nothing else in between."""
    return () if ctx.step.last else tuple(one for one in identical(ctx)[:1] if _undisturbed(ctx, one))


def after_others(ctx: Context) -> tuple[Context, ...]:
    """The same request before, with other requests of the case in between."""
    return () if ctx.step.last else tuple(one for one in identical(ctx)[:1] if not _undisturbed(ctx, one))


def after_refusals(ctx: Context) -> tuple[Context, ...]:
    """The same request before the refused ones that share it as their control."""
    return identical(ctx)[:1] if ctx.step.last else ()


def can_arise(partners: object, step: Step, *, first: bool) -> bool:
    """Whether a request of that step can have such partners at all: known before anything is sent."""
    if first:
        return False
    return step.last if partners is after_refusals else not (step.last and partners in (repetition, after_others))


def _same_question(mine: AskedFor, theirs: AskedFor) -> bool:
    """Whether both ask for the same content, scheme and period index, and have KIDs in common."""
    same = mine.content_id == theirs.content_id and mine.schemes == theirs.schemes
    return same and mine.indexes == theirs.indexes and bool(mine.kids & theirs.kids)


def _only_systems_differ(mine: AskedFor, theirs: AskedFor) -> bool:
    return _same_question(mine, theirs) and _alike(mine, theirs) and mine.systems != theirs.systems


def _alike(mine: AskedFor, theirs: AskedFor) -> bool:
    return (mine.version, mine.cpix_id, mine.kids, mine.periods, mine.encrypted) == (
        theirs.version,
        theirs.cpix_id,
        theirs.kids,
        theirs.periods,
        theirs.encrypted,
    )


def other_systems(ctx: Context) -> tuple[Context, ...]:
    """Requests that differ from this one in DRM systems, their order or their placeholders, and in nothing else."""
    return _partners(ctx, "systems", _only_systems_differ)[:1]


def other_spelling(ctx: Context) -> tuple[Context, ...]:
    """Requests that ask for the same and are written otherwise."""
    same = _partners(ctx, "spelling", lambda mine, theirs: mine == theirs)
    body = ctx.exchange.request.body
    return tuple(one for one in same if one.exchange.request.body != body)[:1]


def without_cpix_id(ctx: Context) -> tuple[Context, ...]:
    """Requests that differ from this one in having no CPIX@id."""

    def fits(mine: AskedFor, theirs: AskedFor) -> bool:
        return mine.cpix_id is not None and theirs.cpix_id is None and _same_question(mine, theirs)

    return _partners(ctx, "cpix-id", fits)[:1]


def in_the_clear_before(ctx: Context) -> tuple[Context, ...]:
    """Requests for the same without key encryption, where this one asks for it."""

    def fits(mine: AskedFor, theirs: AskedFor) -> bool:
        same = _same_question(mine, theirs) and mine.kids == theirs.kids
        return same and mine.encrypted and not theirs.encrypted

    return _partners(ctx, "clear", fits)


def encrypted_before(ctx: Context) -> tuple[Context, ...]:
    """The same request for encrypted keys before."""
    mine = asked_for(ctx)
    return identical(ctx)[:1] if mine is not None and mine.encrypted else ()


def other_periods(ctx: Context) -> tuple[Context, ...]:
    """Requests for other key periods of the same content."""

    def fits(mine: AskedFor, theirs: AskedFor) -> bool:
        both = bool(mine.periods) and bool(theirs.periods) and mine.content_id == theirs.content_id
        return both and not mine.period_ids & theirs.period_ids

    return _partners(ctx, "periods", fits)


def other_contents(ctx: Context) -> tuple[Context, ...]:
    """Requests for other contents with other KIDs."""
    return _partners(ctx, "contents", lambda a, b: a.content_id != b.content_id and not a.kids & b.kids)


def same_kids_elsewhere(ctx: Context) -> tuple[Context, ...]:
    """Requests for the same KIDs under another contentId."""
    return _partners(ctx, "kids", lambda a, b: a.content_id != b.content_id and bool(a.kids & b.kids))[:1]


def other_answers(ctx: Context) -> tuple[Context, ...]:
    """Requests for something else, whose answers could be mixed up with this one."""
    return _partners(ctx, "others", lambda a, b: a.content_id != b.content_id or not a.kids <= b.kids)


def other_version(ctx: Context) -> tuple[Context, ...]:
    """Requests of another SPEKE version."""
    return _partners(ctx, "version", lambda a, b: a.version != b.version)
