"""What the ledger keeps of an exchange: no key, no body, only names and keyed digests by which things compare.

Digests are made with the salt of the run, so those of several processes of one run compare, and nothing else does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from conformance.model import endpoint_of

ValueDigest = bytes


@dataclass(frozen=True, slots=True)
class KeyFact:
    """One answered ContentKey."""

    kid: str
    """The answered KID."""
    asked: str
    """The KID that was asked for; another one where the server overrides KIDs, empty for a key nobody asked for."""
    indexes: tuple[str, ...]
    """Indices of the key periods to which the request attaches the key."""
    scheme: str
    value: ValueDigest
    """Empty where the key cannot be read."""
    telling: bool
    """Whether it means something that the value stands in two places: neither one repeated byte nor the KID itself."""
    iv: ValueDigest = b""
    """The explicitIV, where the server gave one that was not asked for."""


@dataclass(frozen=True, slots=True)
class PayloadFact:
    """One DRM payload of an answer."""

    where: str
    system: str
    kind: str
    """The element, with the playlist where there are two."""
    value: ValueDigest
    owner: str
    """The KID of the DRMSystem."""
    shown: tuple[str, ...]
    """The KIDs that can be seen in it."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A value in an answer, outside any PlainValue, that is a content key or could be one."""

    value: ValueDigest
    where: str


@dataclass(frozen=True, slots=True)
class ExchangeFacts:
    """One exchange of the run."""

    place: str
    """`case::step`, with the endpoint in the name of the case where there are several."""
    request: ValueDigest
    """The request without what differs from sending to sending."""
    content: str
    """The contentId that was asked for; empty where the request is no CPIX document."""
    kids: tuple[str, ...]
    """The KIDs that were asked for."""
    answered_content: str = ""
    answered_kids: tuple[str, ...] = ()
    keys: tuple[KeyFact, ...] = ()
    payloads: tuple[PayloadFact, ...] = ()
    sightings: tuple[Sighting, ...] = ()

    @property
    def endpoint(self) -> int:
        """The endpoint that was asked; 0 where the run has only one."""
        return endpoint_of(self.place.rpartition("::")[0])

    def packed(self) -> dict[str, Any]:
        """As plain data that a worker's pipe can carry."""
        return asdict(self)


def unpacked(data: Mapping[str, Any]) -> ExchangeFacts:
    """The inverse of `ExchangeFacts.packed`."""
    return ExchangeFacts(
        data["place"],
        data["request"],
        data["content"],
        tuple(data["kids"]),
        data["answered_content"],
        tuple(data["answered_kids"]),
        tuple(KeyFact(**{**one, "indexes": tuple(one["indexes"])}) for one in data["keys"]),
        tuple(PayloadFact(**{**one, "shown": tuple(one["shown"])}) for one in data["payloads"]),
        tuple(Sighting(**one) for one in data["sightings"]),
    )
