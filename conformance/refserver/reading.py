"""The request as this server understands it: a plain view of the tree, before any rule is applied."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from lxml import etree

from conformance.refserver.names import cpix, dsig

UUID_TEXT = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_SPACE = re.compile(r"[ \t\r\n]+")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class AskedKey:
    """One ContentKey of the request; texts are as they were written."""

    kid: str | None
    scheme: str | None
    explicit_iv: str | None
    attributes: Mapping[str, str]

    @property
    def uuid(self) -> UUID | None:
        """Give the KID as a number, or None where it is not a UUID."""
        return uuid_of(self.kid)


@dataclass(frozen=True, slots=True)
class AskedSystem:
    """One DRMSystem of the request: for which key, and which placeholders are to be filled."""

    kid: str | None
    system_id: str | None
    attributes: Mapping[str, str]
    pssh: bool
    content_protection: bool
    smooth: bool
    playlists: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class AskedFilter:
    """One filter of a rule: the local name of its element and its attributes."""

    kind: str
    attributes: Mapping[str, str]
    ours: bool


@dataclass(frozen=True, slots=True)
class AskedRule:
    """One ContentKeyUsageRule of the request."""

    kid: str | None
    track_type: str | None
    attributes: Mapping[str, str]
    filters: tuple[AskedFilter, ...]

    def named(self, kind: str) -> tuple[AskedFilter, ...]:
        """Give the filters of one kind, such as `VideoFilter`."""
        return tuple(one for one in self.filters if one.ours and one.kind == kind)

    @property
    def media_filters(self) -> tuple[AskedFilter, ...]:
        """Give the filters that say which tracks: video and audio."""
        return self.named("VideoFilter") + self.named("AudioFilter")

    @property
    def periods(self) -> frozenset[str]:
        """Give the ids of the periods that the rule is limited to."""
        return frozenset(one.attributes.get("periodId", "") for one in self.named("KeyPeriodFilter"))


@dataclass(frozen=True, slots=True)
class AskedRecipient:
    """One DeliveryData of the request: who is to be able to read the keys."""

    attributes: Mapping[str, str]
    certificates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A whole request document; `lists` counts each list element of the root."""

    content_id: str | None
    version: str | None
    attributes: Mapping[str, str]
    lists: Mapping[str, int]
    list_ids: Mapping[str, str]
    keys: tuple[AskedKey, ...]
    systems: tuple[AskedSystem, ...]
    periods: tuple[Mapping[str, str], ...]
    rules: tuple[AskedRule, ...]
    recipients: tuple[AskedRecipient, ...]

    @property
    def encrypted(self) -> bool:
        """Say whether encrypted keys are asked for."""
        return bool(self.lists.get("DeliveryDataList"))


@lru_cache(maxsize=8192)
def uuid_of(text: str | None) -> UUID | None:
    """Read a UUID in its 8-4-4-4-12 form, in either case; None for anything else."""
    if text is None or not UUID_TEXT.fullmatch(text):
        return None
    return UUID(text)


def bytes_of(text: str | None) -> bytes | None:
    """Decode base64 with XML white space left out; None where it is not base64. Stray low bits are forgiven."""
    packed = _SPACE.sub("", text or "")
    if not packed or not _BASE64.fullmatch(packed):
        return None
    return base64.b64decode(packed)


_SEEN: dict[bytes, Asked] = {}
"""What was read of the trees of late, by their text: a request is read before and after a fault had its turn."""
_MOST_SEEN, _LONGEST_SEEN = 1024, 1 << 16


def read(root: etree._Element) -> Asked:
    """View a CPIX tree; nothing is refused here, what is absent is None."""
    text = etree.tostring(root)
    found = _SEEN.get(text)
    if found is None:
        found = _view(root)
        if len(_SEEN) >= _MOST_SEEN:
            _SEEN.clear()
        if len(text) <= _LONGEST_SEEN:
            _SEEN[text] = found
    return found


def _view(root: etree._Element) -> Asked:
    lists: dict[str, int] = {}
    list_ids: dict[str, str] = {}
    for child in root:
        name = _local(child)
        if name is not None:
            lists[name] = lists.get(name, 0) + 1
            if "id" in child.attrib:
                list_ids.setdefault(name, str(child.get("id")))
    return Asked(
        content_id=root.get("contentId"),
        version=root.get("version"),
        attributes=_plain(root),
        lists=lists,
        list_ids=list_ids,
        keys=tuple(_key(one) for one in _items(root, "ContentKeyList", "ContentKey")),
        systems=tuple(_system(one) for one in _items(root, "DRMSystemList", "DRMSystem")),
        periods=tuple(_plain(one) for one in _items(root, "ContentKeyPeriodList", "ContentKeyPeriod")),
        rules=tuple(_rule(one) for one in _items(root, "ContentKeyUsageRuleList", "ContentKeyUsageRule")),
        recipients=tuple(_recipient(one) for one in _items(root, "DeliveryDataList", "DeliveryData")),
    )


def _local(element: etree._Element) -> str | None:
    name = etree.QName(element)
    return name.localname if name.namespace == etree.QName(cpix("CPIX")).namespace else None


def _items(root: etree._Element, holder: str, item: str) -> Iterator[etree._Element]:
    for one in root.iterchildren(cpix(holder)):
        yield from one.iterchildren(cpix(item))


def _plain(element: etree._Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.attrib.items() if not str(name).startswith("{")}


def _key(element: etree._Element) -> AskedKey:
    return AskedKey(
        kid=element.get("kid"),
        scheme=element.get("commonEncryptionScheme"),
        explicit_iv=element.get("explicitIV"),
        attributes=_plain(element),
    )


def _system(element: etree._Element) -> AskedSystem:
    return AskedSystem(
        kid=element.get("kid"),
        system_id=element.get("systemId"),
        attributes=_plain(element),
        pssh=element.find(cpix("PSSH")) is not None,
        content_protection=element.find(cpix("ContentProtectionData")) is not None,
        smooth=element.find(cpix("SmoothStreamingProtectionHeaderData")) is not None,
        playlists=tuple(one.get("playlist") for one in element.iterchildren(cpix("HLSSignalingData"))),
    )


def _rule(element: etree._Element) -> AskedRule:
    filters = tuple(
        AskedFilter(etree.QName(child).localname, _plain(child), _local(child) is not None) for child in element
    )
    return AskedRule(element.get("kid"), element.get("intendedTrackType"), _plain(element), filters)


def _recipient(element: etree._Element) -> AskedRecipient:
    certificates = tuple("".join(str(text) for text in one.itertext()) for one in element.iter(dsig("X509Certificate")))
    return AskedRecipient(_plain(element), certificates)
