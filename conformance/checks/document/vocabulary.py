"""Which names CPIX defines and SPEKE supports, per version, and which parts of a document are outside of that.

Only what departs from the supported core is reported. Names that a check of another topic owns (filters, period
times, HDCP data, v1 leftovers) are known here and passed over, so that one fault has one finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from lxml import etree

from conformance.cpix.reader import uuid_of
from conformance.cpix.xml import CPIX, DS, ENC, PSKC, SPEKE, local_name, where


class Standing(Enum):
    """What a name is in a version of the protocol."""

    SUPPORTED = auto()
    """In SPEKE's tables, or judged by the checks of its own topic."""
    OPTIONAL = auto()
    """Legal, but nothing that a server adds without having been asked."""
    UNSUPPORTED = auto()
    """CPIX defines it, SPEKE lists it nowhere."""
    UNDEFINED = auto()
    """This version of CPIX does not know it."""
    FOREIGN = auto()
    """Of another namespace."""


@dataclass(frozen=True, slots=True)
class Names:
    """Child elements or attributes of one element, by standing; what is not listed is undefined."""

    supported: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    unsupported: frozenset[str] = frozenset()

    def standing(self, name: str) -> Standing:
        """The standing of a local name."""
        if name in self.supported:
            return Standing.SUPPORTED
        if name in self.optional:
            return Standing.OPTIONAL
        return Standing.UNSUPPORTED if name in self.unsupported else Standing.UNDEFINED


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """An element or attribute that is not in the supported core."""

    kind: tuple[str, str]
    """Where it is and what it is, coarsely: parts of one kind are one observation."""
    name: str
    standing: Standing
    element: etree._Element
    attribute: str | None = None
    at_the_end: bool = True
    """For foreign elements: last children of a DRMSystem or a rule, the only place that CPIX leaves to them."""
    hint: str = ""

    @property
    def where(self) -> str:
        """Its place as a readable XPath; made only where somebody wants to know."""
        return where(self.element, self.attribute)


def _names(supported: str = "", optional: str = "", unsupported: str = "") -> Names:
    return Names(frozenset(supported.split()), frozenset(optional.split()), frozenset(unsupported.split()))


_LIST = _names("", "id updateVersion")
_RFC6030 = "Issuer AlgorithmParameters KeyProfileId KeyReference FriendlyName UserId Policy Extensions"
_PERIOD = "id index start end startOffset endOffset duration"
_TRACK_FILTERS = "LabelFilter VideoFilter AudioFilter BitrateFilter"

_ATTRIBUTES: Mapping[str, Mapping[str, Names]] = {
    "2.3": {
        "CPIX": _names("contentId version", "id name"),
        "DeliveryData": _names("", "id updateVersion name"),
        "DocumentKey": _names("Algorithm", "id"),
        "MACMethod": _names("Algorithm"),
        "Key": _names("Algorithm", "id"),
        "ContentKey": _names("kid commonEncryptionScheme explicitIV dependsOnKey", "id Algorithm"),
        "DRMSystem": _names("kid systemId HLSAllowedCPC", "id name updateVersion"),
        "ContentProtectionData": _names("robustness"),
        "HLSSignalingData": _names("playlist"),
        "ContentKeyPeriod": _names(_PERIOD),
        "KeyPeriodFilter": _names("periodId"),
        "ContentKeyUsageRule": _names("kid intendedTrackType", "id"),
        "UpdateHistoryItem": _names("updateVersion index source date"),
    },
    "2.4": {
        "DocumentKey": _names("Algorithm encryptsKey", "id"),
        "ContentKey": _names("kid commonEncryptionScheme explicitIV dependsOnKey contentId", "id Algorithm"),
        "HLSSignalingData": _names("playlist allowedCPC"),
        "ContentKeyPeriod": _names(_PERIOD, "", "label"),
    },
}

_CHILDREN: Mapping[str, Mapping[str, Names]] = {
    "2.3": {
        "CPIX": _names(
            "ContentKeyList DRMSystemList ContentKeyUsageRuleList UpdateHistoryItemList",
            "DeliveryDataList ContentKeyPeriodList",
        ),
        "DeliveryDataList": _names("DeliveryData"),
        "DeliveryData": _names(
            "DeliveryKey DocumentKey MACMethod",
            "",
            "Description SendingEntity SenderPointOfContact ReceivingEntity",
        ),
        "DocumentKey": _names("Data"),
        "MACMethod": _names("Key"),
        "ContentKeyList": _names("ContentKey"),
        "ContentKey": _names("Data HDCPData", "", _RFC6030),
        "DRMSystemList": _names("DRMSystem"),
        "DRMSystem": _names(
            "URIExtXKey",
            "PSSH ContentProtectionData HLSSignalingData SmoothStreamingProtectionHeaderData",
            "HDSSignalingData",
        ),
        "ContentKeyPeriodList": _names("ContentKeyPeriod"),
        "ContentKeyUsageRuleList": _names("ContentKeyUsageRule"),
        "UpdateHistoryItemList": _names("UpdateHistoryItem"),
    },
    "2.4": {
        "ContentKey": _names("Data HDCPData"),
        "DRMSystem": _names(
            "URIExtXKey", "PSSH ContentProtectionData HLSSignalingData SmoothStreamingProtectionHeaderData"
        ),
    },
}

_PSKC = _names(
    "Secret PlainValue EncryptedValue ValueMAC MACKey",
    unsupported="Data MACKeyReference Counter Time TimeInterval TimeDrift",
)

_ELSEWHERE = frozenset({"ContentKeyUsageRule", "HDCPData"})
"""Elements whose children the checks of another topic judge."""

_OF_OTHERS = frozenset({"HDCPData", *_TRACK_FILTERS.split()})
"""Elements whose attributes the checks of another topic judge."""

_OTHERS = frozenset({PSKC, ENC, DS})
_MAY_HOLD_FOREIGN = frozenset({f"{{{CPIX}}}DRMSystem", f"{{{CPIX}}}ContentKeyUsageRule"})

ORDER: Mapping[str, tuple[str, ...]] = {
    "CPIX": (
        "DeliveryDataList",
        "ContentKeyList",
        "DRMSystemList",
        "ContentKeyPeriodList",
        "ContentKeyUsageRuleList",
        "UpdateHistoryItemList",
    ),
    "DeliveryData": ("DeliveryKey", "DocumentKey", "MACMethod"),
    "DRMSystem": (
        "PSSH",
        "ContentProtectionData",
        "URIExtXKey",
        "HLSSignalingData",
        "SmoothStreamingProtectionHeaderData",
        "HDSSignalingData",
    ),
    "ContentKeyUsageRule": ("KeyPeriodFilter", "LabelFilter", "VideoFilter", "AudioFilter", "BitrateFilter"),
}
"""The sequence of children that the CPIX schema prescribes, the same in all versions."""


def parts_of(root: etree._Element, version: str) -> tuple[DocumentPart, ...]:
    """The parts of a document outside the supported core of a CPIX version, one of each kind, in document order."""
    found: dict[tuple[str, str], DocumentPart] = {}
    ends = _Ends()
    for element in root.iter("*"):
        for part in _parts_at(element, version, ends):
            found.setdefault(part.kind, part)
    return tuple(found.values())


def misplaced(root: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
    """The first child of each kind of element that is after a later one of the schema: (child, name, later)."""
    told = set()
    for name, order in ORDER.items():
        for parent in root.iter(f"{{{CPIX}}}{name}"):
            latest = -1
            for child in parent.iterchildren(f"{{{CPIX}}}*"):
                local = local_name(child)
                position = order.index(local) if local in order else latest
                if position < latest and (name, local) not in told:
                    told.add((name, local))
                    yield child, f"{name}/{local}", order[latest]
                latest = max(latest, position)


class _Ends:
    """Knows, while a document is walked in its order, which elements have no child of CPIX left to come."""

    def __init__(self) -> None:
        self._last: dict[etree._Element, etree._Element | None] = {}

    def passed(self, child: etree._Element, parent: etree._Element) -> None:
        """The walk is at a child of CPIX."""
        if self._last_of(parent) is child:
            self._last[parent] = None

    def is_behind(self, parent: etree._Element) -> bool:
        """Whether the walk is behind all children of CPIX of this element."""
        return self._last_of(parent) is None

    def _last_of(self, parent: etree._Element) -> etree._Element | None:
        # Looked up once: with many siblings, a look at each of them takes the square of their number.
        if parent not in self._last:
            self._last[parent] = next(parent.iterchildren(f"{{{CPIX}}}*", reversed=True), None)
        return self._last[parent]


def _parts_at(element: etree._Element, version: str, ends: _Ends) -> Iterator[DocumentPart]:
    name = etree.QName(element)
    if name.namespace == CPIX:
        parent = element.getparent()
        if parent is not None:
            ends.passed(element, parent)
            yield from _element(element, parent, name.localname, version)
        yield from _attributes(element, name.localname, version)
    elif name.namespace == PSKC:
        standing = _PSKC.standing(name.localname)
        if standing is not Standing.SUPPORTED:
            yield _part(element, standing)
    elif name.namespace not in _OTHERS and name.namespace != SPEKE:
        yield from _stranger(element, ends)


def _element(element: etree._Element, parent: etree._Element, local: str, version: str) -> Iterator[DocumentPart]:
    above = etree.QName(parent)
    if above.namespace != CPIX or above.localname in _ELSEWHERE:
        return
    standing = _lookup(_CHILDREN, version, above.localname).standing(local)
    if standing is not Standing.SUPPORTED:
        yield _part(element, standing, _hint(local, version) if standing is Standing.UNDEFINED else "")


def _attributes(element: etree._Element, local: str, version: str) -> Iterator[DocumentPart]:
    if local in _OF_OTHERS:
        return
    names = _lookup(_ATTRIBUTES, version, local)
    for attribute in element.attrib:
        text = str(attribute)
        standing = Standing.FOREIGN if text.startswith("{") else names.standing(text)
        if standing is not Standing.SUPPORTED:
            spelled = f"{_above(element)}/@{text}"
            yield DocumentPart((_above(element), f"@{text}"), spelled, standing, element, text)


def _stranger(element: etree._Element, ends: _Ends) -> Iterator[DocumentPart]:
    """A foreign element; what is inside of one belongs to it. Without any namespace it is nobody's: undefined."""
    parent = element.getparent()
    if parent is None or etree.QName(parent).namespace not in (CPIX, *_OTHERS):
        return
    if _PSKC.standing(etree.QName(element).localname) is Standing.SUPPORTED:
        return  # key values in a wrong namespace: structure.key-values-in-pskc names it
    if etree.QName(element).namespace is None:
        yield _part(element, Standing.UNDEFINED, "the element has lost its namespace")
        return
    last = ends.is_behind(parent)
    yield _part(element, Standing.FOREIGN, at_the_end=last and parent.tag in _MAY_HOLD_FOREIGN)


def _part(element: etree._Element, standing: Standing, hint: str = "", *, at_the_end: bool = True) -> DocumentPart:
    parent = element.getparent()
    above = "" if parent is None else _above(parent)
    name = local_name(element)
    kind = (above, f"{name}{'' if at_the_end else ' early'}")
    return DocumentPart(kind, f"{above}/{name}", standing, element, None, at_the_end, hint)


def _above(element: etree._Element) -> str:
    """The name of an element, for a DRMSystem with its system: what one system was asked for excuses no other."""
    system = element.get("systemId") if element.tag == f"{{{CPIX}}}DRMSystem" else None
    # What is no UUID keeps its spelling: in lower case nobody would recognise a key.
    return local_name(element) + (f"[{uuid_of(system) or system}]" if system else "")


def _lookup(table: Mapping[str, Mapping[str, Names]], version: str, name: str) -> Names:
    own = table.get(version, {}).get(name) or table["2.3"].get(name)
    if own is not None:
        return own
    return _LIST if table is _ATTRIBUTES and name.endswith("List") else Names()


def _hint(local: str, version: str) -> str:
    if version == "2.4" and local in _RFC6030.split():
        return "CPIX 2.4 no longer has it"
    return ""
