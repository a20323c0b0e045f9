"""The rules that a request must keep, apart from the contract; each has a name and can be dropped by a fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from conformance.refserver.config import Config
from conformance.refserver.names import CENC_SCHEMES, CPIX_VERSION_OF, HLS_METHODS
from conformance.refserver.reading import Asked, bytes_of, uuid_of
from conformance.refserver.refusals import (
    INCOMPATIBLE_SCHEME,
    MISSING_CONTENT_ID,
    MISSING_SCHEME,
    MISSING_VERSION,
    MIXED_SCHEMES,
    UNSUPPORTED_VERSION,
    Refusal,
)
from conformance.refserver.systems import name_of


@dataclass(frozen=True, slots=True)
class RuleInput:
    """A request together with what this provider offers; `speke` is the version of the header."""

    asked: Asked
    config: Config
    speke: str


Complaints: TypeAlias = Iterator[str]
Rule: TypeAlias = Callable[[RuleInput], Complaints]


def content_id(given: RuleInput) -> Complaints:
    """The document names its content."""
    if not given.asked.content_id:
        yield MISSING_CONTENT_ID


def cpix_version_present(given: RuleInput) -> Complaints:
    """The document names its CPIX version."""
    if not given.asked.version:
        yield MISSING_VERSION


def cpix_version(given: RuleInput) -> Complaints:
    """The CPIX version is one that belongs to a SPEKE version served here."""
    served = {CPIX_VERSION_OF[version] for version in given.config.versions}
    if given.asked.version and given.asked.version not in served:
        yield UNSUPPORTED_VERSION


def version_pair(given: RuleInput) -> Complaints:
    """SPEKE 2.0 goes with CPIX 2.3, SPEKE 2.1 with CPIX 2.4."""
    if given.asked.version and given.asked.version != CPIX_VERSION_OF.get(given.speke):
        yield UNSUPPORTED_VERSION


def lists(given: RuleInput) -> Complaints:
    """Key list and DRM list occur once and hold something; the other lists occur once at most."""
    counts = given.asked.lists
    for name, held in (("ContentKeyList", given.asked.keys), ("DRMSystemList", given.asked.systems)):
        if counts.get(name, 0) != 1 or not held:
            yield f"Exactly one {name} that is not empty is needed."
    for name in ("ContentKeyUsageRuleList", "ContentKeyPeriodList", "DeliveryDataList"):
        if counts.get(name, 0) > 1:
            yield f"At most one {name} is allowed."
    if counts.get("ContentKeyPeriodList") and not given.asked.periods:
        yield "The ContentKeyPeriodList is empty."


def kid(given: RuleInput) -> Complaints:
    """Every key has a KID that is a UUID and is not nil."""
    for one in given.asked.keys:
        if one.uuid is None or one.uuid.int == 0:
            yield "A ContentKey has no kid that is a UUID."


def kid_unique(given: RuleInput) -> Complaints:
    """No two keys have the same KID, whatever its letter case."""
    if any(count > 1 for count in Counter(one.uuid for one in given.asked.keys if one.uuid).values()):
        yield "A kid occurs in more than one ContentKey."


def system_id(given: RuleInput) -> Complaints:
    """Every DRMSystem names its system by a UUID."""
    if any(uuid_of(one.system_id) is None for one in given.asked.systems):
        yield "A DRMSystem has no systemId that is a UUID."


def system_known(given: RuleInput) -> Complaints:
    """Every DRM system that is asked for is one that this provider has."""
    for one in given.asked.systems:
        if one.system_id and name_of(one.system_id) not in given.config.systems:
            yield f"DRM system {one.system_id} is not available."


def system_kid(given: RuleInput) -> Complaints:
    """Every DRMSystem belongs to a key of the document."""
    known = {one.uuid for one in given.asked.keys}
    for one in given.asked.systems:
        if uuid_of(one.kid) is None:
            yield "A DRMSystem has no kid that is a UUID."
        elif uuid_of(one.kid) not in known:
            yield f"A DRMSystem refers to kid {one.kid}, which is not in the ContentKeyList."


def system_unique(given: RuleInput) -> Complaints:
    """A DRM system is asked for once for each key."""
    pairs = Counter((uuid_of(one.kid), (one.system_id or "").lower()) for one in given.asked.systems)
    if any(count > 1 for count in pairs.values()):
        yield "The same DRMSystem is asked for twice for one kid."


def scheme_present(given: RuleInput) -> Complaints:
    """Every key names its encryption scheme."""
    for one in given.asked.keys:
        if not one.scheme:
            yield MISSING_SCHEME.format(id=one.kid)


def scheme_mixed(given: RuleInput) -> Complaints:
    """All keys of a document have the same scheme."""
    if len({one.scheme for one in given.asked.keys if one.scheme}) > 1:
        yield MIXED_SCHEMES


def scheme_known(given: RuleInput) -> Complaints:
    """The scheme is one that this SPEKE version defines; HLS methods came with 2.1."""
    known = CENC_SCHEMES + (HLS_METHODS if given.speke == "2.1" else ())
    for one in given.asked.keys:
        if one.scheme and one.scheme not in known:
            yield f"The scheme {one.scheme} does not exist in SPEKE {given.speke}."


def scheme_fits_system(given: RuleInput) -> Complaints:
    """Each DRM system can work with the scheme of its key."""
    schemes = {one.uuid: one.scheme for one in given.asked.keys}
    for one in given.asked.systems:
        name = name_of(one.system_id)
        scheme = schemes.get(uuid_of(one.kid))
        if scheme and name and scheme not in given.config.schemes.get(name, ()):
            yield INCOMPATIBLE_SCHEME.format(id=one.system_id)


def explicit_iv(given: RuleInput) -> Complaints:
    """An explicitIV that is given has 16 bytes; an empty one is a placeholder."""
    for one in given.asked.keys:
        if one.explicit_iv and len(bytes_of(one.explicit_iv) or b"") != 16:
            yield f"The explicitIV of kid {one.kid} is not 16 bytes in base64."


def periods(given: RuleInput) -> Complaints:
    """Every period has an id of its own, and an index or, with 2.1, its times."""
    ids = [one.get("id", "") for one in given.asked.periods]
    if not all(ids) or len(set(ids)) < len(ids):
        yield "Every ContentKeyPeriod needs an id of its own."
    for one in given.asked.periods:
        timed = given.speke == "2.1" and bool({"start", "startOffset"} & set(one))
        if not one.get("index") and not timed:
            yield "A ContentKeyPeriod has no index."


def period_references(given: RuleInput) -> Complaints:
    """Every KeyPeriodFilter names a period of the document."""
    known = {one.get("id") for one in given.asked.periods}
    for rule in given.asked.rules:
        if not rule.periods <= known:
            yield "A KeyPeriodFilter refers to a period that is not in the ContentKeyPeriodList."


RULES: tuple[tuple[str, Rule], ...] = (
    ("content-id", content_id),
    ("cpix-version-present", cpix_version_present),
    ("cpix-version", cpix_version),
    ("version-pair", version_pair),
    ("lists", lists),
    ("kid", kid),
    ("kid-unique", kid_unique),
    ("system-id", system_id),
    ("system-known", system_known),
    ("system-kid", system_kid),
    ("system-unique", system_unique),
    ("scheme-present", scheme_present),
    ("scheme-mixed", scheme_mixed),
    ("scheme-known", scheme_known),
    ("scheme-fits-system", scheme_fits_system),
    ("explicit-iv", explicit_iv),
)
PERIOD_RULES: tuple[tuple[str, Rule], ...] = (
    ("periods", periods),
    ("period-references", period_references),
)


def insist(rules: tuple[tuple[str, Rule], ...], given: RuleInput, dropped: frozenset[str]) -> None:
    """Ask every rule in order, those in `dropped` excepted; raise Refusal at the first complaint."""
    for name, rule in rules:
        if name in dropped:
            continue
        complaint = next(rule(given), None)
        if complaint is not None:
            raise Refusal(name, complaint)
