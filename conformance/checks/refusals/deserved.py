"""What a request deserves: accepted, refused and with which message, or either. From the request alone; pure.

The rules of the error cases, written once: a run holds the expectation of each shipped case against them, and what
judges somebody's capture has nothing else to go by. Each rule looks at one thing and knows nothing of the others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from conformance.catalogue import load_catalogue
from conformance.catalogue.lists import SCHEMES
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import Cpix, Filter, Rule, read, uuid_of
from conformance.model import CPIX_VERSION, VERSIONS
from conformance.model.headers import SPEKE_VERSION, header_values

ACCEPTED, REFUSED, EITHER = "accepted", "refused", "either"

_HLS_METHODS = ("AES-128", "SAMPLE-AES", "SAMPLE-AES-CTR")
_MANY_KEYS = 32
"""More than any preset asks for, three periods at once; a server may have a limit."""

_PLAIN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:-]{1,127}")
"""What no server has a reason to turn away; other ids it may, however little SPEKE says about their form."""

_ATTRIBUTES = {
    "VideoFilter": frozenset({"minPixels", "maxPixels", "minFps", "maxFps", "hdr", "wcg"}),
    "AudioFilter": frozenset({"minChannels", "maxChannels"}),
    "KeyPeriodFilter": frozenset({"periodId"}),
}
_IGNORED = frozenset({"BitrateFilter"})
_CONTRACT = ("missing-contract", "malformed-contract")
_UNREADABLE = frozenset({"xml.doctype", "xml.not-utf8", "xml.nul", "xml.declared-encoding", "xml.parser-peculiarity"})
_BEYOND = frozenset({"xml.too-large", "xml.too-deep", "xml.too-many-elements", "xml.too-many-attributes"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing about a request that decides what becomes of it."""

    kind: str
    """`refused`, or `either` where a server may accept it as well."""
    why: str
    """What is the matter, as the title of a case would say it."""
    requirement: str = ""
    messages: tuple[str, ...] = ()
    """Names of the standard messages that are right; none where any refusal is."""
    advised: bool = False
    """Of `either`: a careful server refuses it."""
    pair: bool = False
    """The two halves of the version do not belong together, which has questions of its own."""


@dataclass(frozen=True, slots=True)
class Deserved:
    """What a right server does with a request."""

    kind: str
    """`accepted`, `refused` or `either`."""
    faults: tuple[Fault, ...] = ()
    """Those that decide it."""

    @property
    def messages(self) -> tuple[str, ...]:
        """The standard messages that are right for a refusal; none where any words will do."""
        if not all(one.messages for one in self.faults):
            return ()
        return tuple(dict.fromkeys(name for one in self.faults for name in one.messages))

    @property
    def requirements(self) -> tuple[str, ...]:
        """The rules that are broken."""
        return tuple(dict.fromkeys(one.requirement for one in self.faults if one.requirement))

    @property
    def why(self) -> str:
        """What decides it, in words."""
        return "; ".join(dict.fromkeys(one.why for one in self.faults))

    @property
    def advised(self) -> bool:
        """Whether a careful server refuses it although it need not."""
        return any(one.advised for one in self.faults)

    @property
    def pair(self) -> bool:
        """Whether nothing but the pair of versions is wrong."""
        return bool(self.faults) and all(one.pair for one in self.faults)


def deserved(body: bytes, headers: Sequence[tuple[str, str]]) -> Deserved:
    """What the request of these bytes and headers deserves."""
    found = list(_faults(body, headers))
    for kind, wanted in ((REFUSED, REFUSED), (EITHER, EITHER)):
        deciding = tuple(one for one in found if one.kind == wanted)
        if deciding:
            return Deserved(kind, _only_strong(deciding))
    return Deserved(ACCEPTED)


def _only_strong(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """The faults without a crossed pair of versions where something else is wrong as well."""
    strong = tuple(one for one in faults if not one.pair)
    return strong or faults


def _faults(body: bytes, headers: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    versions = [value.strip() for value in header_values(headers, SPEKE_VERSION)]
    header = versions[0] if versions else None
    yield from _header_faults(header)
    try:
        request = read(body)
    except DecodeError as error:
        yield _unreadable(error)
        return
    version = header if header in VERSIONS else _speke_of(request) or VERSIONS[0]
    yield from _version_faults(request, header)
    for rule in _RULES:
        yield from rule(request, version)


def _header_faults(header: str | None) -> Iterator[Fault]:
    if header is None:
        yield Fault(EITHER, "the request has no X-Speke-Version", "SPK20-HTTP-017")
    elif header not in VERSIONS:
        why = "X-Speke-Version names a version that does not exist"
        yield Fault(REFUSED, why, "SPK20-HTTP-006", ("unsupported-speke-version",))


def _unreadable(error: DecodeError) -> Fault:
    if error.code in _UNREADABLE or error.code in _BEYOND:
        return Fault(EITHER, f"the request is not plain XML in UTF-8 ({error.message})", "SAFE-XML-003")
    return Fault(REFUSED, f"the body of the request is not a CPIX document ({error.message})", "SPK20-ROOT-017")


def _speke_of(request: Cpix) -> str | None:
    return next((speke for speke, cpix in CPIX_VERSION.items() if cpix == request.version), None)


def _version_faults(request: Cpix, header: str | None) -> Iterator[Fault]:
    if not request.version:
        yield Fault(REFUSED, "CPIX has no version", "SPK20-ROOT-005", ("missing-version",))
    elif _speke_of(request) is None:
        why = "CPIX has a version that SPEKE v2 does not know"
        yield Fault(REFUSED, why, "SPK20-ROOT-006", ("unsupported-version",))
    elif header in VERSIONS and _speke_of(request) != header:
        why = f"the header says SPEKE {header}, the document says CPIX {request.version}"
        yield Fault(REFUSED, why, "SPK20-HTTP-008", ("unsupported-version", "unsupported-speke-version"), pair=True)


# --- the document


def _content_id(request: Cpix, version: str) -> Iterator[Fault]:
    if not request.content_id:
        # An id, by which SPEKE v1 named the content, cannot stand in for it.
        rule, has = ("SPK20-ROOT-004", "an id and no contentId") if request.id else ("SPK20-ROOT-002", "no contentId")
        yield Fault(REFUSED, f"CPIX has {has}", rule, ("missing-content-id",))
    elif not _PLAIN_ID.fullmatch(request.content_id):
        yield Fault(EITHER, "the contentId has unusual characters, or is very short or long", "SPK20-ROOT-P01")
    if request.bom:
        yield Fault(EITHER, "the request begins with a byte order mark")


def _lists(request: Cpix, version: str) -> Iterator[Fault]:
    for name, held in (("ContentKeyList", request.content_keys), ("DRMSystemList", request.drm_systems)):
        if not held:
            yield Fault(REFUSED, f"the {name} is missing or empty", "SPK20-ROOT-P03")


def _kids(request: Cpix, version: str) -> Iterator[Fault]:
    kids = [key.kid for key in request.content_keys]
    if len(kids) > _MANY_KEYS:
        yield Fault(EITHER, f"the request asks for {len(kids)} keys")
    if not all(kids):
        yield Fault(REFUSED, "a content key has no kid", "SPK20-KEY-020")
    if any(kid and uuid_of(kid) is None for kid in kids):
        yield Fault(EITHER, "a kid is not a UUID")
    known = Counter(_id(kid) for kid in kids if kid)
    if any(count > 1 for count in known.values()):
        yield Fault(EITHER, "two content keys have the same kid", "SPK20-KEY-P04", advised=True)
    if any(key.explicit_iv == "" for key in request.content_keys):
        yield Fault(EITHER, "an explicitIV is empty")
    if not known:
        return
    if any(drm.kid and _id(drm.kid) not in known for drm in request.drm_systems):
        yield Fault(EITHER, "a DRMSystem is for a KID that no content key has", "SPK20-DRM-019", advised=True)
    if request.rules:
        ruled = {_id(rule.kid) for rule in request.rules if rule.kid}
        if ruled - known.keys():
            yield Fault(EITHER, "a rule is for a KID that no content key has", "SPK20-CON-018", advised=True)
        # A rule without its kid is a fault of its own; whose rule it was nobody knows.
        if known.keys() - ruled and all(rule.kid for rule in request.rules):
            yield Fault(EITHER, "a content key has no rule", "SPK20-CON-P06", advised=True)


def _schemes(request: Cpix, version: str) -> Iterator[Fault]:
    schemes = {key.scheme for key in request.content_keys if key.scheme}
    if any(not key.scheme for key in request.content_keys):
        why = "a content key has no commonEncryptionScheme"
        yield Fault(REFUSED, why, "SPK20-KEY-006", ("missing-scheme",))
    if any(scheme in _HLS_METHODS for scheme in schemes) and version == "2.1":
        yield Fault(EITHER, "an HLS method is the scheme", "SPK21-KEY-P01")
    defined = {*SCHEMES, *(_HLS_METHODS if version == "2.1" else ())}
    if schemes - defined:
        yield Fault(REFUSED, "a commonEncryptionScheme is not defined", "SPK20-KEY-P02")
    if len(schemes) > 1:
        why = "the content keys have different schemes"
        yield Fault(REFUSED, why, "SPK20-KEY-007", ("mixed-schemes",))


def _systems(request: Cpix, version: str) -> Iterator[Fault]:
    if any(not drm.kid for drm in request.drm_systems):
        yield Fault(REFUSED, "a DRMSystem has no kid", "SPK20-DRM-P01")
    if any(not drm.system_id for drm in request.drm_systems):
        yield Fault(REFUSED, "a DRMSystem has no systemId", "SPK20-DRM-P01")
    pairs = Counter((_id(drm.kid), _id(drm.system_id)) for drm in request.drm_systems)
    if any(count > 1 for count in pairs.values()):
        yield Fault(EITHER, "two DRMSystems are for the same key and system", "SPK20-DRM-P02", advised=True)
    catalogue = load_catalogue()
    schemes = {key.scheme for key in request.content_keys if key.scheme}
    asked = {drm.system_id: catalogue.system_by_id(drm.system_id) for drm in request.drm_systems if drm.system_id}
    for system in asked.values():
        if system is None or not system.schemes:
            yield Fault(EITHER, "a DRM system is one that few key servers know")
        elif system.name == "fairplay" and schemes & {"cenc", "cens"}:
            why = "FairPlay with a scheme that it cannot use"
            yield Fault(REFUSED, why, "SPK20-KEY-008", ("scheme-not-for-system",))
        elif system.name == "fairplay" and "cbc1" in schemes:
            yield Fault(EITHER, "FairPlay with the scheme cbc1", "SPK20-KEY-P01", advised=True)
        elif not schemes <= set(system.schemes):
            yield Fault(EITHER, f"{system.title} with a scheme that not every server offers")
    for drm in request.drm_systems:
        held = catalogue.system_by_id(drm.system_id or "")
        if held and held.signalling == ("hls",) and (drm.pssh or drm.content_protection):
            yield Fault(EITHER, f"{held.title} with placeholders that it has no data for")


def _encryption(request: Cpix, version: str) -> Iterator[Fault]:
    if request.delivery:
        yield Fault(EITHER, "the request asks for encrypted keys, which not every server offers")


# --- the contract


def _contract(request: Cpix, version: str) -> Iterator[Fault]:
    if not request.rules:
        why = "the ContentKeyUsageRuleList is missing or empty"
        yield Fault(REFUSED, why, "SPK20-CON-009", _CONTRACT)
        return
    if not any(rule.video or rule.audio for rule in request.rules):
        if any(_unknown(one) for rule in request.rules for one in rule.filters):
            yield _malformed("the rules have filters that SPEKE does not support, and no other", "SPK20-CON-008")
            return
        why = "no rule has a VideoFilter or an AudioFilter"
        yield Fault(REFUSED, why, "SPK20-CON-009", ("missing-contract",))
        return
    for rule in request.rules:
        yield from _rule(rule)
    seen = Counter((rule.intended_track_type, period) for rule in request.rules for period in rule.period_ids or ("",))
    if any(track and count > 1 for (track, _), count in seen.items()):
        yield _malformed("two rules have the same intendedTrackType", "SPK20-CON-P01")
    tracks = Counter(rule.intended_track_type for rule in request.rules if rule.period_ids)
    if any(track and count > 1 for track, count in tracks.items()):
        yield Fault(EITHER, "an intendedTrackType is in several periods", "SPK20-PER-P01")
    if "ALL" in {rule.intended_track_type for rule in request.rules} and len(request.rules) > 1:
        yield Fault(EITHER, "a rule ALL is beside other rules", "SPK20-CON-P12")


def _rule(rule: Rule) -> Iterator[Fault]:
    if not rule.intended_track_type:
        yield Fault(REFUSED, "a rule has no intendedTrackType", "SPK20-CON-P07")
    if not rule.kid:
        yield Fault(REFUSED, "a rule has no kid", "SPK20-CON-P07")
    for one in rule.filters:
        yield from _filter(one)
    track, media = rule.intended_track_type or "", (*rule.video, *rule.audio)
    parts = len(track.split("+"))
    if track == "ALL":
        bare = not any(name for one in media for name in one.attributes if not name.startswith("{"))
        if (len(rule.video), len(rule.audio)) != (1, 1) or not bare:
            yield _malformed("a rule ALL has other filters than one VideoFilter and one AudioFilter", "SPK20-CON-P03")
    elif not media:
        yield _malformed("a rule has no filter", "SPK20-CON-P04")
    elif track == "SD+HD1" and len(media) == 1:
        yield Fault(EITHER, "a rule SD+HD1 has one filter, as AWS's suite sends it", "SPK20-CON-P11")
    elif track and len(media) != parts:
        yield _malformed("a rule has more or fewer filters than its intendedTrackType has parts", "SPK20-CON-P02")


def _filter(one: Filter) -> Iterator[Fault]:
    if one.kind in _IGNORED or "wcg" in one.attributes:
        yield Fault(EITHER, "a filter whose meaning is in dispute (BitrateFilter, wcg)", "SPK20-CON-P08")
    if one.kind == "LabelFilter":
        yield _malformed("a rule has a LabelFilter, which SPEKE does not support", "SPK20-CON-008")
    elif _unknown(one):
        yield _malformed("a rule has a filter that CPIX does not define", "SPK20-CON-007")
    known = _ATTRIBUTES.get(one.kind)
    if known is not None and any(name not in known and not name.startswith("{") for name in one.attributes):
        yield _malformed("a filter has an attribute that it cannot have", "SPK20-CON-007")


def _unknown(one: Filter) -> bool:
    # Elements of another namespace are extensions, which a server may skip.
    return one.kind not in _ATTRIBUTES and one.kind not in _IGNORED and "{" not in one.kind and ":" not in one.kind


def _malformed(why: str, requirement: str) -> Fault:
    return Fault(REFUSED, why, requirement, ("malformed-contract",))


def _periods(request: Cpix, version: str) -> Iterator[Fault]:
    times = Counter(period.id for period in request.periods)
    if any(count > 1 for count in times.values()):
        yield Fault(EITHER, "a key period occurs twice", "SPK20-PER-P03", advised=True)
    known = set(times)
    for rule in request.rules:
        for one in rule.filters:
            if one.kind == "KeyPeriodFilter" and "periodId" not in one.attributes:
                yield Fault(REFUSED, "a KeyPeriodFilter has no periodId", "SPK20-PER-P02")
        if not set(rule.period_ids) <= known:
            yield Fault(EITHER, "a KeyPeriodFilter names a period that is not there", "SPK20-PER-007", advised=True)
    if any(period.index is None for period in request.periods):
        # The table of the specification calls the index mandatory; encryptors leave it out where times tell it all.
        yield Fault(EITHER, "a key period has no index")
    if version == "2.0" and any(period.start or period.end for period in request.periods):
        yield Fault(EITHER, "a SPEKE 2.0 period has times")


def _id(text: str | None) -> str:
    return (text or "").lower()


_RULES: tuple[Callable[[Cpix, str], Iterator[Fault]], ...] = (
    _content_id,
    _lists,
    _kids,
    _schemes,
    _systems,
    _encryption,
    _contract,
    _periods,
)
