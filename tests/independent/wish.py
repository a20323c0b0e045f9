"""What a request wishes for, read with the parser of the standard library."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from uuid import UUID

C = "{urn:dashif:org:cpix}"
X509 = ".//{http://www.w3.org/2000/09/xmldsig#}X509Certificate"

Attributes = dict[str, str]


class Refusal(Exception):
    """The request cannot be answered; its text is what the encryptor is told."""


@dataclass
class Key:
    """One wished content key; `number` is the KID as a value, whatever its letter case."""

    attributes: Attributes
    number: UUID
    scheme: str


@dataclass
class System:
    """One DRM system for one key, with the names of its placeholders in their order."""

    attributes: Attributes
    number: UUID
    system: UUID
    wants: list[str]


@dataclass
class Rule:
    """One usage rule: its filters in order, each with its attributes."""

    attributes: Attributes
    number: UUID
    track: str
    filters: list[tuple[str, Attributes]]

    @property
    def tracks(self) -> list[tuple[str, Attributes]]:
        """The filters that select tracks."""
        return [one for one in self.filters if one[0] in ("VideoFilter", "AudioFilter")]

    @property
    def period(self) -> str:
        """Id of the key period, empty where there is none."""
        return next((values.get("periodId", "") for kind, values in self.filters if kind == "KeyPeriodFilter"), "")


@dataclass
class Recipient:
    """One receiver of encrypted keys."""

    attributes: Attributes
    certificate: str


@dataclass
class Wish:
    """A whole request."""

    version: str
    """SPEKE version."""
    root: Attributes
    keys: list[Key]
    systems: list[System]
    rules: list[Rule]
    periods: list[Attributes] | None
    recipients: list[Recipient] | None
    lists: dict[str, Attributes]
    """Attributes of the lists, by the name of the list."""


def plain(element: ET.Element) -> Attributes:
    """The attributes without those of other namespaces."""
    return {name: value for name, value in element.attrib.items() if not name.startswith("{")}


def local(element: ET.Element) -> str:
    """The name of a CPIX element; for others the whole name in Clark's notation."""
    return element.tag.removeprefix(C)


def number_of(text: str | None, what: str) -> UUID:
    """A UUID of the request; raises Refusal."""
    try:
        return UUID(text or "")
    except ValueError:
        raise Refusal(f"{what} is not a UUID") from None


def parse(body: bytes) -> ET.Element:
    """The root of a CPIX document; raises Refusal."""
    try:
        root = ET.fromstring(body)
    except (ET.ParseError, ValueError):
        raise Refusal("The request is not well-formed XML.") from None
    if root.tag != f"{C}CPIX":
        raise Refusal("The request is not a CPIX document.")
    return root


def children(root: ET.Element, name: str, child: str, *, needed: bool = True) -> list[ET.Element] | None:
    """The entries of a list, None where an optional list is absent; raises Refusal for a mandatory one."""
    found = root.findall(f"{C}{name}")
    if len(found) > 1 or (needed and not found):
        raise Refusal(f"A request has exactly one {name}.")
    if not found:
        return None
    entries = found[0].findall(f"{C}{child}")
    if not entries:
        raise Refusal(f"{name} has no {child}.")
    return entries


def keys_of(root: ET.Element) -> list[Key]:
    """The wished keys."""
    return [
        Key(plain(one), number_of(one.get("kid"), "ContentKey@kid"), one.get("commonEncryptionScheme") or "")
        for one in children(root, "ContentKeyList", "ContentKey") or ()
    ]


def systems_of(root: ET.Element) -> list[System]:
    """The wished DRM systems."""
    return [
        System(
            plain(one),
            number_of(one.get("kid"), "DRMSystem@kid"),
            number_of(one.get("systemId"), "DRMSystem@systemId"),
            [f"{local(child)}{child.get('playlist') or ''}" for child in one],
        )
        for one in children(root, "DRMSystemList", "DRMSystem") or ()
    ]


def rules_of(root: ET.Element) -> list[Rule]:
    """The encryption contract."""
    return [
        Rule(
            plain(one),
            number_of(one.get("kid"), "ContentKeyUsageRule@kid"),
            one.get("intendedTrackType") or "",
            [(local(child), plain(child)) for child in one],
        )
        for one in children(root, "ContentKeyUsageRuleList", "ContentKeyUsageRule") or ()
    ]


def recipients_of(root: ET.Element) -> list[Recipient] | None:
    """Who is to get encrypted keys; None where they are wished for in the clear."""
    entries = children(root, "DeliveryDataList", "DeliveryData", needed=False)
    if entries is None:
        return None
    return [Recipient(plain(one), one.findtext(X509) or "") for one in entries]
