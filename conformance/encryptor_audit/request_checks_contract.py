"""Questions about the encryption contract of a request: rules, track types, filters, and the periods they name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from conformance.checks.registry import NotApplicable, Untestable
from conformance.cpix.reader import Filter, Rule, uuid_of
from conformance.cpix.xml import where
from conformance.encryptor_audit.observed_exchange import ObservedExchange
from conformance.encryptor_audit.registry import request_check
from conformance.model import Finding

_ATTRIBUTES = {
    "VideoFilter": frozenset({"minPixels", "maxPixels", "minFps", "maxFps", "hdr", "wcg"}),
    "AudioFilter": frozenset({"minChannels", "maxChannels"}),
    "KeyPeriodFilter": frozenset({"periodId"}),
}


@request_check("contract.rule-for-each-key", "SPK20-CON-002")
def rule_for_each_key(ctx: ObservedExchange) -> Iterator[Finding]:
    """Each content key has one rule."""
    rules = Counter(uuid_of(rule.kid) for rule in _rules(ctx))
    for key in ctx.request.content_keys:
        kid = uuid_of(key.kid)
        if kid is not None and rules[kid] != 1:
            yield Finding(key.where, "one ContentKeyUsageRule for its kid", f"{rules[kid] or 'none'}")


@request_check("contract.rules-complete", "SPK20-CON-E01")
def rules_complete(ctx: ObservedExchange) -> Iterator[Finding]:
    """Each rule has an intendedTrackType and the kid of one of the content keys."""
    known = {uuid_of(key.kid) for key in ctx.request.content_keys} - {None}
    for rule in _rules(ctx):
        parts = (rule.intended_track_type or "").split("+")
        if not all(part.strip() for part in parts):
            seen = repr((rule.intended_track_type or "")[:60])
            yield Finding(where(rule.element, "intendedTrackType"), "a value without empty parts", seen)
        if uuid_of(rule.kid) not in known:
            yield Finding(where(rule.element, "kid"), "the kid of a ContentKey", repr((rule.kid or "")[:60]))


@request_check("contract.track-types-unique", "SPK20-CON-003")
def track_types_unique(ctx: ObservedExchange) -> Iterator[Finding]:
    """No two rules of one key period have the same intendedTrackType."""
    seen = Counter((rule.intended_track_type, period) for rule in _rules(ctx) for period in rule.period_ids or ("",))
    for (track, _), count in seen.items():
        if count > 1:
            yield Finding("/CPIX/ContentKeyUsageRuleList", f"one rule for {track!r}", f"{count} rules")


@request_check("contract.filter-in-each-rule", "SPK20-CON-004")
def filter_in_each_rule(ctx: ObservedExchange) -> Iterator[Finding]:
    """Each rule has at least one AudioFilter or VideoFilter."""
    for rule in _rules(ctx):
        if not rule.video and not rule.audio:
            hint = (
                "a filter outside the CPIX namespace does not count"
                if any("{" in one.kind for one in rule.filters)
                else ""
            )
            yield Finding(rule.where, "an AudioFilter or a VideoFilter", "neither", hint)


@request_check("contract.all-is-bare", "SPK20-CON-005")
def all_is_bare(ctx: ObservedExchange) -> Iterator[Finding]:
    """A rule for ALL has one bare AudioFilter and one bare VideoFilter."""
    shared = [rule for rule in _rules(ctx) if rule.intended_track_type == "ALL"]
    if not shared:
        raise NotApplicable("no rule is for ALL")
    for rule in shared:
        media = (*rule.video, *rule.audio)
        if (len(rule.video), len(rule.audio)) != (1, 1) or any(one.attributes for one in media):
            yield Finding(rule.where, "one VideoFilter and one AudioFilter without attributes", _spoken(media))


@request_check("contract.filters-as-many-as-parts", "SPK20-CON-006")
def filters_as_many_as_parts(ctx: ObservedExchange) -> Iterator[Finding]:
    """A rule has as many filters as its intendedTrackType has parts."""
    for rule in _rules(ctx):
        media = (*rule.video, *rule.audio)
        track = rule.intended_track_type or ""
        parts = len(track.split("+"))
        if media and track and track != "ALL" and len(media) != parts:
            expected = f"{parts} filter{'' if parts == 1 else 's'} for {track[:60]}"
            yield Finding(rule.where, expected, f"{len(media)}: {_spoken(media)}")


@request_check("contract.filters-supported", "SPK20-CON-E02")
def filters_supported(ctx: ObservedExchange) -> Iterator[Finding]:
    """The rules use VideoFilter, AudioFilter and KeyPeriodFilter with supported attributes only."""
    for rule in _rules(ctx):
        for one in rule.filters:
            allowed = _ATTRIBUTES.get(one.kind)
            if allowed is None and one.kind != "BitrateFilter" and not one.kind.startswith("{http"):
                yield Finding(one.where, "a filter that SPEKE supports", one.kind[:80])
            for name in one.attributes if allowed is not None else ():
                if name not in (allowed or ()) and not name.startswith("{"):
                    yield Finding(where(one.element, name), "an attribute that SPEKE supports", name[:80])


@request_check("contract.no-disputed-filters", "SPK20-CON-E03")
def no_disputed_filters(ctx: ObservedExchange) -> Iterator[Finding]:
    """The rules have no BitrateFilter and no wcg."""
    for rule in _rules(ctx):
        for one in rule.filters:
            if one.kind == "BitrateFilter" or "wcg" in one.attributes:
                yield Finding(one.where, "filters whose meaning is not in dispute", _spoken((one,)))


@request_check("contract.two-keys", "SPK20-CON-019")
def two_keys(ctx: ObservedExchange) -> Iterator[Finding]:
    """Audio and video have keys of their own."""
    rules = _rules(ctx)
    shared = [rule for rule in rules if rule.video and rule.audio]
    if shared:
        yield Finding(shared[0].where, "a key for audio and another one for video", "one key for both")


@request_check("contract.rules-name-their-period", "SPK20-PER-E02")
def rules_name_their_period(ctx: ObservedExchange) -> Iterator[Finding]:
    """Where the request has key periods each rule names one of them, and else none does."""
    known = {period.id for period in ctx.request.periods}
    for rule in _rules(ctx):
        if known and not rule.period_ids:
            yield Finding(rule.where, "a KeyPeriodFilter", "no KeyPeriodFilter")
        for name in rule.period_ids:
            if name not in known:
                yield Finding(rule.where, "the id of a ContentKeyPeriod of the request", repr(name[:60]))


def _rules(ctx: ObservedExchange) -> tuple[Rule, ...]:
    if not ctx.request.rules:
        raise Untestable("the request has no rules")
    return ctx.request.rules


def _spoken(filters: tuple[Filter, ...]) -> str:
    words = (" ".join([one.kind, *(f"{name}={value}" for name, value in one.attributes.items())]) for one in filters)
    return ", ".join(words)[:200] or "no filter"
