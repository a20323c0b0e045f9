"""The encryption contract: it comes back as it was sent, and every track gets the key that was meant for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from uuid import UUID

from conformance.checks.context import Context
from conformance.checks.contract.rule_forms import (
    CPIX_FILTERS,
    disputed_of,
    filters_of,
    forms_of,
    keys_by_track,
    same_in_order,
    spoken,
    winning_rules,
    wrong_bounds,
)
from conformance.checks.keys.answered_keys import HALF_REPLACED
from conformance.checks.registry import NotApplicable, check
from conformance.cpix.reader import Rule, uuid_of
from conformance.model import Finding

RULES = "/CPIX/ContentKeyUsageRuleList"


@check("contract.rules-present", "SPK20-CON-001")
def rules_present(ctx: Context) -> Iterator[Finding]:
    """The answer holds at least one ContentKeyUsageRule."""
    if not ctx.document.rules:
        yield Finding(RULES, "at least one ContentKeyUsageRule", "none")


@check("contract.rule-per-asked", "SPK20-CON-011")
def rule_per_asked(ctx: Context) -> Iterator[Finding]:
    """Every usage rule of the request comes back."""
    if not ctx.document.rules:
        raise NotApplicable("the answer holds no rule at all, which contract.rules-present reports")
    for pair in ctx.pairs.rules:
        if pair.answered is None:
            yield Finding(RULES, f"the rule for {named(pair.asked)}", "no such rule")


def named(rule: Rule) -> str:
    """How a rule is called in a sentence."""
    period = f" in {', '.join(rule.period_ids)}" if rule.period_ids else ""
    return f"{rule.intended_track_type!r}{period}"


@check("contract.no-rule-added", "SPK20-CON-011")
def no_rule_added(ctx: Context) -> Iterator[Finding]:
    """The answer holds no usage rule that was not in the request."""
    for rule in ctx.pairs.extra_rules:
        yield Finding(rule.where, "only the rules of the request", f"an extra rule for {named(rule)}")


@check("contract.rule-names-key-and-track-type", "SPK20-CON-001")
def rule_names_key_and_track_type(ctx: Context) -> Iterator[Finding]:
    """Every usage rule carries a kid and an intendedTrackType."""
    for pair in ctx.pairs.rules:
        rule = pair.answered
        if rule is None:
            continue
        if not rule.kid and pair.asked.kid:
            yield Finding(f"{rule.where}/@kid", "a kid", "none" if rule.kid is None else "an empty one")
        if not rule.intended_track_type and pair.asked.intended_track_type:
            seen = "none" if rule.intended_track_type is None else "an empty one"
            yield Finding(f"{rule.where}/@intendedTrackType", "an intendedTrackType", seen)


@check("contract.track-types-unchanged", "SPK20-CON-011")
def track_types_unchanged(ctx: Context) -> Iterator[Finding]:
    """Every usage rule keeps its intendedTrackType, letter by letter.

    The value is free text of the encryptor and its only name for the key; `SD+HD` and `HD+SD` are two names.
    """
    for pair in ctx.pairs.rules:
        if pair.answered is None or not pair.answered.intended_track_type:
            continue
        asked, answered = pair.asked.intended_track_type, pair.answered.intended_track_type
        if asked != answered:
            yield Finding(f"{pair.answered.where}/@intendedTrackType", repr(asked), repr(answered))


@check("contract.filters-unchanged", "SPK20-CON-011")
def filters_unchanged(ctx: Context) -> Iterator[Finding]:
    """Every usage rule keeps its audio and video filters, each with the attributes it was sent with.

    Compared as a set for each rule: the order of filters is free. Their values are asked about separately.
    BitrateFilter and wcg need not come back, but none may be added.
    """
    for pair in ctx.pairs.rules:
        if pair.answered is None:
            continue
        asked, answered = filters_of(pair.asked), filters_of(pair.answered)
        if forms_of(asked) != forms_of(answered):
            yield Finding(pair.answered.where, spoken(asked), spoken(answered), _hint(asked.total(), answered.total()))
        added = disputed_of(pair.answered) - disputed_of(pair.asked)
        if added:
            yield Finding(pair.answered.where, "only the filters of the request", f"{spoken(added)} added")


def _hint(asked: int, answered: int) -> str:
    if not answered:
        return "Without a filter the rule applies to every track."
    return "A filter was dropped, or two were merged." if answered < asked else ""


@check("contract.bounds-unchanged", "SPK20-CON-017")
def bounds_unchanged(ctx: Context) -> Iterator[Finding]:
    """Every attribute of a filter keeps its value.

    Leading zeros, and `1` for `true`, are other spellings of the same value.
    """
    for pair in ctx.pairs.rules:
        if pair.answered is None:
            continue
        asked, answered = filters_of(pair.asked), filters_of(pair.answered)
        if asked != answered and forms_of(asked) == forms_of(answered):
            yield Finding(pair.answered.where, spoken(asked - answered), spoken(answered - asked))


@check("contract.period-filters-unchanged", "SPK20-PER-003", "SPK20-CON-011")
def period_filters_unchanged(ctx: Context) -> Iterator[Finding]:
    """Every usage rule stays attached to the key periods it was asked for, and to no other."""
    names = {pair.asked.id: pair.answered.id for pair in ctx.pairs.periods if pair.answered is not None}
    for pair in ctx.pairs.rules:
        if pair.answered is None:
            continue
        # A period that comes back under another id is reported once, by periods.id-unchanged.
        asked = sorted(names.get(one) or one for one in pair.asked.period_ids)
        answered = sorted(pair.answered.period_ids)
        if asked != answered:
            seen = ", ".join(answered) or "no KeyPeriodFilter"
            yield Finding(pair.answered.where, f"KeyPeriodFilter for {', '.join(asked) or 'no period'}", seen)


@check("contract.same-key-for-each-track", "SPK20-CON-P09")
def same_key_for_each_track(ctx: Context) -> Iterator[Finding]:
    """Every track gets the same key by the order and the KIDs of the answered rules as by the asked ones.

    Tracks on both sides of every bound in the request are tried; of several rules that match, the last one counts.
    So rules may change places only where no track notices. What was changed inside a rule is asked about elsewhere;
    here every answered rule counts with the filters that it was sent with.
    """
    kid_map = ctx.pairs.kid_map
    known = {uuid_of(key.kid) for key in ctx.document.content_keys}
    pairs = {id(pair.answered): pair.asked for pair in ctx.pairs.rules if pair.answered is not None}
    asked = [pair.asked for pair in ctx.pairs.rules if pair.answered is not None]
    answered = [replace(pairs[id(rule)], kid=rule.kid) for rule in ctx.document.rules if id(rule) in pairs]
    kids = [uuid_of(rule.kid) for rule in answered]
    if [_mapped(kid_map, rule.kid) for rule in asked] == kids and same_in_order(asked, answered):
        return
    told: set[tuple[UUID | None, UUID | None]] = set()
    for track, ours, theirs in winning_rules(asked, answered):
        wanted = _mapped(kid_map, ours.kid) if ours else None
        got = uuid_of(theirs.kid) if theirs else None
        # A rule without a usable KID, or with one that no ContentKey has, is reported by checks of its own.
        if got in known and wanted != got and (wanted, got) not in told:
            told.add((wanted, got))
            yield Finding(RULES, f"{track} is protected by {_key(wanted)}", f"by {_key(got)}")


def _mapped(kid_map: Mapping[UUID, UUID], kid: str | None) -> UUID | None:
    asked = uuid_of(kid)
    return kid_map.get(asked, asked) if asked is not None else None


def _key(kid: UUID | None) -> str:
    return f"KID {kid}" if kid else "no key"


@check("contract.rules-name-known-keys", "CPX-U01")
def rules_name_known_keys(ctx: Context) -> Iterator[Finding]:
    """Every usage rule names the KID of a ContentKey of the answer."""
    asked_known = {uuid_of(key.kid) for key in ctx.request.content_keys}
    known = {uuid_of(key.kid) for key in ctx.document.content_keys}
    dangling = {uuid_of(rule.kid) for rule in ctx.request.rules} - asked_known
    for rule in ctx.document.rules:
        kid = uuid_of(rule.kid)
        if rule.kid and kid not in known and kid not in dangling:
            hint = HALF_REPLACED if kid in asked_known else ""
            yield Finding(f"{rule.where}/@kid", "the KID of a ContentKey of the answer", f"KID {rule.kid}", hint)


@check("contract.rules-name-known-periods", "CPX-U02", applies=lambda shape: shape.periods > 0)
def rules_name_known_periods(ctx: Context) -> Iterator[Finding]:
    """Every KeyPeriodFilter names a ContentKeyPeriod of the answer."""
    known = {period.id for period in ctx.document.periods}
    dangling = {one for rule in ctx.request.rules for one in rule.period_ids} - {p.id for p in ctx.request.periods}
    for rule in ctx.document.rules:
        for period in rule.period_ids:
            if period not in known and period not in dangling:
                yield Finding(rule.where, "the id of a ContentKeyPeriod of the answer", repr(period))


@check("contract.rule-order-kept", "SPK20-CON-P10", applies=lambda shape: shape.keys > 1)
def rule_order_kept(ctx: Context) -> Iterator[Finding]:
    """The usage rules come back in the order in which they were sent.

    The last matching rule wins, so order can matter; where no track notices, a change is only noted.
    """
    place = {id(rule): number for number, rule in enumerate(ctx.document.rules)}
    numbers = [place[id(pair.answered)] for pair in ctx.pairs.rules if pair.answered is not None]
    if any(second < first for first, second in pairwise(numbers)):
        yield Finding(RULES, "the rules in the order of the request", "another order")


@check("contract.no-new-overlap", "CPX-U03")
def no_new_overlap(ctx: Context) -> Iterator[Finding]:
    """No track belongs to two keys that belonged to at most one in the request."""
    asked, answered = ctx.request.rules, ctx.document.rules
    if same_in_order(asked, answered):
        return
    for track, before, after in keys_by_track(asked, answered):
        if len(after) > max(1, len(before)):
            yield Finding(RULES, f"at most one key for {track}", f"{len(after)} keys")
            return


@check("contract.bounds-sane", "CPX-U04")
def bounds_sane(ctx: Context) -> Iterator[Finding]:
    """Filter bounds that are not those of the request are whole numbers with the minimum below the maximum."""
    known = {key for rule in ctx.request.rules for key in filters_of(rule)}
    for rule in ctx.document.rules:
        for kind, attributes in filters_of(rule):
            wrong = wrong_bounds(dict(attributes))
            if wrong and (kind, attributes) not in known:
                yield Finding(rule.where, "whole numbers, minimum not above maximum", f"{kind} {wrong}")


@check("contract.no-unknown-filter", "CPX-U06")
def no_unknown_filter(ctx: Context) -> Iterator[Finding]:
    """No rule gained a filter that CPIX does not define."""
    known = {one.kind for rule in ctx.request.rules for one in rule.filters}
    for rule in ctx.document.rules:
        for one in rule.filters:
            if one.kind not in CPIX_FILTERS and one.kind not in known and not one.kind.startswith("{"):
                yield Finding(rule.where, "filters that CPIX defines", one.kind)
