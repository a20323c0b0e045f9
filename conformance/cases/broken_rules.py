"""Which rules of SPEKE a request breaks: what a negative is about, and what else it would be refused for.

A negative proves something only where it carries one defect: a server that lacks the validation in question would
otherwise refuse it by another one, and be green. What is read here is the request as it goes over the wire; nothing
is shared with the reference server, which refuses by rules of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from conformance.catalogue import load_catalogue
from conformance.catalogue.lists import SCHEMES
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.parts import Filter, Rule
from conformance.cpix.reader import Cpix, read, uuid_of
from conformance.model import CPIX_VERSION, VERSIONS, HttpRequest
from conformance.model.headers import SPEKE_VERSION, header_values

RULES: Mapping[str, str] = {
    "post": "the method is POST",
    "plain-http": "the request comes by https where the target has https",
    "credentials": "the request is authenticated",
    "cpix": "the body is a CPIX document",
    "speke-version": "X-Speke-Version names a version that exists",
    "content-id": "CPIX has a contentId",
    "version-given": "CPIX has a version",
    "version": "the CPIX version is one that exists",
    "pair": "X-Speke-Version and the CPIX version belong together",
    "keys": "there is one ContentKeyList, and it is not empty",
    "systems": "there is one DRMSystemList, and it is not empty",
    "key-kid": "each content key has a kid",
    "kid-uuid": "each kid of a content key is a UUID",
    "kid-once": "each kid is on one content key",
    "scheme-given": "each content key has a scheme",
    "scheme-same": "all content keys have the same scheme",
    "scheme-known": "the scheme is one that the version defines",
    "scheme-fits": "each DRM system can use the scheme of its key",
    "explicit-iv": "an explicitIV is 16 bytes in base64",
    "system-kid": "each DRMSystem has a kid",
    "system-id": "each DRMSystem has a systemId",
    "system-known": "each DRM system is one that is registered",
    "system-of-key": "each DRMSystem is for a content key of the document",
    "system-once": "each DRM system is asked for once for a kid",
    "contract": "there are rules with a VideoFilter or an AudioFilter",
    "rule-kid": "each rule has a kid",
    "rule-of-key": "each rule is for a content key of the document",
    "key-ruled": "each content key has a rule",
    "track-type": "each rule has an intendedTrackType",
    "track-type-once": "each intendedTrackType occurs once in a period",
    "filters-supported": "filters and their attributes are those that SPEKE supports",
    "rule-filtered": "each rule has a VideoFilter or an AudioFilter",
    "filter-count": "a rule has as many filters as its intendedTrackType has parts",
    "all-form": "the rule ALL has one VideoFilter and one AudioFilter, both bare",
    "all-alone": "the rule ALL is the only rule",
    "period-id": "each key period has an id of its own",
    "period-index": "each key period has an index or, in SPEKE 2.1, its times",
    "period-named": "each KeyPeriodFilter has a periodId",
    "period-known": "each KeyPeriodFilter names a key period of the document",
}
"""Every rule that is looked at here: its name, and what holds where it is kept."""

_ATTRIBUTES = {
    "VideoFilter": {"minPixels", "maxPixels", "hdr", "wcg", "minFps", "maxFps"},
    "AudioFilter": {"minChannels", "maxChannels"},
    "KeyPeriodFilter": {"periodId"},
    # Whether it is ignored or refused is free, so it breaks nothing.
    "BitrateFilter": {"minBitrate", "maxBitrate"},
}
_MEDIA = ("VideoFilter", "AudioFilter")
_ONE_FILTER_IS_FREE = "SD+HD1"
"""AWS's suite sends it with one filter, and whether that is accepted is free."""


def broken_rules(request: HttpRequest) -> tuple[str, ...]:
    """The names of the rules that a request breaks, in the order of RULES."""
    found = set(_of_the_request(request))
    document = _document(request)
    if document is None:
        return tuple(name for name in RULES if name in found | {"cpix"})
    header = next(iter(header_values(request.headers, SPEKE_VERSION)), "")
    asked = _Asked(document, header)
    found.update(name for look in _LOOKS for name in look(asked))
    return tuple(name for name in RULES if name in found)


@dataclass(frozen=True, slots=True)
class _Asked:
    document: Cpix
    speke: str

    @property
    def kids(self) -> set[str]:
        """The kids of the content keys, whatever their letter case; a kid that is no UUID is one all the same."""
        return {key.kid.lower() for key in self.document.content_keys if key.kid}


def _document(request: HttpRequest) -> Cpix | None:
    try:
        return read(request.body)
    except DecodeError:
        return None


def _of_the_request(request: HttpRequest) -> Iterator[str]:
    if request.method != "POST":
        yield "post"
    if request.credentials != "configured":
        yield "credentials"
    given = header_values(request.headers, SPEKE_VERSION)
    if len(given) > 1 or not set(given) <= set(VERSIONS):
        yield "speke-version"


def _root(asked: _Asked) -> Iterator[str]:
    version = asked.document.version
    if not asked.document.content_id:
        yield "content-id"
    if not version:
        yield "version-given"
    elif version not in CPIX_VERSION.values():
        yield "version"
    elif asked.speke in CPIX_VERSION and CPIX_VERSION[asked.speke] != version:
        yield "pair"


def _lists(asked: _Asked) -> Iterator[str]:
    counts = asked.document.list_counts
    if counts.get("ContentKeyList") != 1 or not asked.document.content_keys:
        yield "keys"
    if counts.get("DRMSystemList") != 1 or not asked.document.drm_systems:
        yield "systems"


def _content_keys(asked: _Asked) -> Iterator[str]:
    keys = asked.document.content_keys
    if any(not key.kid for key in keys):
        yield "key-kid"
    if any(key.kid and uuid_of(key.kid) is None for key in keys):
        yield "kid-uuid"
    if len(asked.kids) < len([key for key in keys if key.kid]):
        yield "kid-once"
    if any(key.explicit_iv and not _is_iv(key.explicit_iv) for key in keys):
        yield "explicit-iv"


def _is_iv(text: str) -> bool:
    try:
        return len(b64.decode(text).data) == 16
    except DecodeError:
        return False


def _schemes(asked: _Asked) -> Iterator[str]:
    schemes = [key.scheme for key in asked.document.content_keys]
    if not all(schemes):
        yield "scheme-given"
    given = {scheme for scheme in schemes if scheme}
    if len(given) > 1:
        yield "scheme-same"
    methods = {name for one in load_catalogue().systems.values() for name in one.hls_schemes}
    defined = {*SCHEMES, *(methods | {"SAMPLE-AES-CTR"} if asked.speke == "2.1" else ())}
    if not given <= defined:
        yield "scheme-known"
    of_kid = {(key.kid or "").lower(): key.scheme for key in asked.document.content_keys}
    for drm in asked.document.drm_systems:
        system = load_catalogue().system_by_id(drm.system_id or "")
        scheme = of_kid.get((drm.kid or "").lower())
        if system and scheme in defined and system.schemes and scheme not in (*system.schemes, *system.hls_schemes):
            yield "scheme-fits"


def _systems(asked: _Asked) -> Iterator[str]:
    systems = asked.document.drm_systems
    for drm in systems:
        if not drm.kid:
            yield "system-kid"
        elif drm.kid.lower() not in asked.kids:
            yield "system-of-key"
        if not drm.system_id:
            yield "system-id"
        elif load_catalogue().system_by_id(drm.system_id) is None:
            yield "system-known"
    pairs = Counter((drm.kid.lower(), drm.system_id.lower()) for drm in systems if drm.kid and drm.system_id)
    if any(count > 1 for count in pairs.values()):
        yield "system-once"


def _rules(asked: _Asked) -> Iterator[str]:
    rules = asked.document.rules
    for rule in rules:
        if not rule.kid:
            yield "rule-kid"
        elif rule.kid.lower() not in asked.kids:
            yield "rule-of-key"
        if not rule.intended_track_type:
            yield "track-type"
    if not asked.kids <= {(rule.kid or "").lower() for rule in rules}:
        yield "key-ruled"
    seen = Counter((rule.intended_track_type, _periods_of(rule)) for rule in rules if rule.intended_track_type)
    if any(count > 1 for count in seen.values()):
        yield "track-type-once"


def _filters(asked: _Asked) -> Iterator[str]:
    rules = asked.document.rules
    if any(not _is_supported(one) for rule in rules for one in rule.filters):
        yield "filters-supported"
    if not any(_media(rule) for rule in rules):
        # Without any filter each rule lacks its own: that is the same defect, and it has a message of its own.
        yield "contract"
        return
    for rule in rules:
        if not _media(rule):
            yield "rule-filtered"
        elif rule.intended_track_type == "ALL":
            yield from _all(rule, rules)
        elif rule.intended_track_type and not _counts(rule):
            yield "filter-count"


def _all(rule: Rule, rules: tuple[Rule, ...]) -> Iterator[str]:
    media = _media(rule)
    if sorted(one.kind for one in media) != sorted(_MEDIA) or any(one.attributes for one in media):
        yield "all-form"
    if any(other is not rule and _periods_of(other) == _periods_of(rule) for other in rules):
        yield "all-alone"


def _counts(rule: Rule) -> bool:
    parts = len((rule.intended_track_type or "").split("+"))
    media = len(_media(rule))
    return media == parts or (rule.intended_track_type == _ONE_FILTER_IS_FREE and media == 1)


def _media(rule: Rule) -> list[Filter]:
    return [one for one in rule.filters if one.kind in _MEDIA]


def _is_supported(one: Filter) -> bool:
    return one.kind in _ATTRIBUTES and set(one.attributes) <= _ATTRIBUTES[one.kind]


def _periods_of(rule: Rule) -> frozenset[str]:
    return frozenset(one.attributes.get("periodId", "") for one in rule.filters if one.kind == "KeyPeriodFilter")


def _key_periods(asked: _Asked) -> Iterator[str]:
    periods = asked.document.periods
    ids = [period.id for period in periods]
    if not all(ids) or len(set(ids)) < len(ids):
        yield "period-id"
    for period in periods:
        if not period.index and not (asked.speke == "2.1" and (period.start or period.start_offset)):
            yield "period-index"
    named = [name for rule in asked.document.rules for name in _periods_of(rule)]
    if not all(named):
        yield "period-named"
    if any(name and name not in ids for name in named):
        yield "period-known"


_LOOKS: tuple[Callable[[_Asked], Iterator[str]], ...] = (
    _root,
    _lists,
    _content_keys,
    _schemes,
    _systems,
    _rules,
    _filters,
    _key_periods,
)
