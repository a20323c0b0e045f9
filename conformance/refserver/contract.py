"""The encryption contract: which rules make it malformed, missing or not acceptable to this provider."""

from __future__ import annotations

import re
from collections import Counter

from conformance.refserver.config import RefusedContract
from conformance.refserver.reading import AskedFilter, AskedRule, uuid_of
from conformance.refserver.refusals import MALFORMED_CONTRACT, MISSING_CONTRACT, UNSUPPORTED_CONTRACT
from conformance.refserver.rules import Complaints, Rule, RuleInput

IGNORED_FILTER = "BitrateFilter"
IGNORED_ATTRIBUTE = "wcg"

_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
_BOOLEAN = re.compile(r"true|false|0|1", re.ASCII)
_VALUES = {
    "VideoFilter": {
        "minPixels": _NUMBER,
        "maxPixels": _NUMBER,
        "minFps": _NUMBER,
        "maxFps": _NUMBER,
        "hdr": _BOOLEAN,
        "wcg": _BOOLEAN,
    },
    "AudioFilter": {"minChannels": _NUMBER, "maxChannels": _NUMBER},
    "KeyPeriodFilter": {"periodId": re.compile(r".+", re.DOTALL)},
}


def contract_present(given: RuleInput) -> Complaints:
    """Some rule says by a video or audio filter which tracks it is for."""
    if not any(rule.media_filters for rule in given.asked.rules):
        yield MISSING_CONTRACT


def filters_supported(given: RuleInput) -> Complaints:
    """Only video, audio and period filters are used, with the attributes that SPEKE supports."""
    refuse_ignored = given.config.unsupported_filters == "refuse"
    for rule in given.asked.rules:
        for one in rule.filters:
            if one.ours and one.kind == IGNORED_FILTER and not refuse_ignored:
                continue
            if not _supported(one) or (refuse_ignored and IGNORED_ATTRIBUTE in one.attributes):
                yield MALFORMED_CONTRACT


def _supported(one: AskedFilter) -> bool:
    allowed = _VALUES.get(one.kind) if one.ours else None
    if allowed is None:
        return False
    if one.kind == "KeyPeriodFilter" and "periodId" not in one.attributes:
        return False
    return all(name in allowed and allowed[name].fullmatch(value) for name, value in one.attributes.items())


def rule_kids(given: RuleInput) -> Complaints:
    """Every rule is for a key of the document."""
    known = {one.uuid for one in given.asked.keys}
    if any(uuid_of(rule.kid) is None or uuid_of(rule.kid) not in known for rule in given.asked.rules):
        yield MALFORMED_CONTRACT


def key_has_rule(given: RuleInput) -> Complaints:
    """Every key has a rule."""
    ruled = {uuid_of(rule.kid) for rule in given.asked.rules}
    if any(one.uuid not in ruled for one in given.asked.keys):
        yield MALFORMED_CONTRACT


def track_type(given: RuleInput) -> Complaints:
    """Every rule has an intendedTrackType without an empty part."""
    if any(not all(part.strip() for part in (rule.track_type or "").split("+")) for rule in given.asked.rules):
        yield MALFORMED_CONTRACT


def track_type_unique(given: RuleInput) -> Complaints:
    """An intendedTrackType occurs once, or once in each period."""
    apart = given.config.same_track_type_in_periods
    seen = Counter((rule.track_type, rule.periods if apart else None) for rule in given.asked.rules)
    if any(count > 1 for count in seen.values()):
        yield MALFORMED_CONTRACT


def rule_has_filter(given: RuleInput) -> Complaints:
    """Every rule has a video or an audio filter."""
    if any(not rule.media_filters for rule in given.asked.rules):
        yield MALFORMED_CONTRACT


def all_shape(given: RuleInput) -> Complaints:
    """`ALL` stands with one bare video filter and one bare audio filter."""
    for rule in given.asked.rules:
        counts = (len(rule.named("VideoFilter")), len(rule.named("AudioFilter")))
        bare = not any(one.attributes for one in rule.media_filters)
        if rule.track_type == "ALL" and (counts != (1, 1) or not bare):
            yield MALFORMED_CONTRACT


def all_alone(given: RuleInput) -> Complaints:
    """`ALL` leaves nothing over for other rules of the same period."""
    if not given.config.refuse_all_beside_others:
        return
    for rule in given.asked.rules:
        if rule.track_type == "ALL" and any(
            other is not rule and other.periods == rule.periods for other in given.asked.rules
        ):
            yield MALFORMED_CONTRACT


def filter_count(given: RuleInput) -> Complaints:
    """A rule has as many filters as its intendedTrackType has parts."""
    for rule in given.asked.rules:
        if rule.track_type == "ALL":
            continue
        parts = len((rule.track_type or "").split("+"))
        forgiven = given.config.accept_one_filter_sd_hd1 and rule.track_type == "SD+HD1"
        if len(rule.media_filters) not in ((parts, 1) if forgiven else (parts,)):
            yield MALFORMED_CONTRACT


def policy(given: RuleInput) -> Complaints:
    """The contract respects what this provider demands for its security levels."""
    if any(_breaks(refused, given.asked.rules) for refused in given.config.refuses):
        yield UNSUPPORTED_CONTRACT


def _breaks(refused: RefusedContract, rules: tuple[AskedRule, ...]) -> bool:
    if refused.track_types is not None and {rule.track_type for rule in rules} == refused.track_types:
        return True
    if refused.shared_pixels is None:
        return False
    audio = {uuid_of(rule.kid) for rule in rules if rule.named("AudioFilter")}
    large = {
        uuid_of(rule.kid)
        for rule in rules
        for one in rule.named("VideoFilter")
        if int(one.attributes.get("maxPixels", 2**32 - 1)) >= refused.shared_pixels
    }
    return bool(audio & large)


CONTRACT_RULES: tuple[tuple[str, Rule], ...] = (
    ("contract-present", contract_present),
    ("filters-supported", filters_supported),
    ("rule-kids", rule_kids),
    ("key-has-rule", key_has_rule),
    ("track-type", track_type),
    ("track-type-unique", track_type_unique),
    ("rule-has-filter", rule_has_filter),
    ("all-shape", all_shape),
    ("all-alone", all_alone),
    ("filter-count", filter_count),
    ("policy", policy),
)
