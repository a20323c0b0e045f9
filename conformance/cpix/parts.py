"""The parts of a CPIX document that SPEKE uses, each as a small immutable object with the attributes it was given.

An attribute is None where it is absent and "" where it is empty. Element texts are stripped of XML white space.
Nothing is decoded here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lxml import etree

from conformance.cpix.xml import where as place_of

MacKeyLayout = Literal["pskc:MACKey", "cpix:Key/pskc:EncryptedValue", "cpix:Key/enc"]


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A part of the document that still knows its element; equal only to itself."""

    element: etree._Element = field(repr=False)

    @property
    def where(self) -> str:
        """The place of this part as an XPath."""
        return place_of(self.element)


@dataclass(frozen=True, slots=True, eq=False)
class Value(Node):
    """A child whose text is the value: PSSH, ContentProtectionData, HLSSignalingData and the like."""

    text: str = field(repr=False)

    @property
    def playlist(self) -> str | None:
        """HLSSignalingData@playlist."""
        return self.element.get("playlist")

    @property
    def robustness(self) -> str | None:
        """ContentProtectionData@robustness (CPIX 2.4)."""
        return self.element.get("robustness")


@dataclass(frozen=True, slots=True, eq=False)
class EncryptedValue(Node):
    """An element of the XML Encryption type EncryptedData: which algorithm, and the base64 text of the ciphertext."""

    algorithm: str | None
    digest_method: str | None
    cipher_value: str | None = field(repr=False)
    has_reference: bool


@dataclass(frozen=True, slots=True, eq=False)
class WrappedKey(Node):
    """A document key or a MAC key, wrapped for one recipient; ``layout`` says which elements hold it."""

    layout: Literal["cpix:DocumentKey"] | MacKeyLayout
    encrypted: EncryptedValue | None
    plain_value: str | None = field(repr=False)
    value_mac: str | None
    encrypts_key: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Hdcp(Node):
    """HDCPData of CPIX 2.4: the level for HLS, and base64 fragments for DASH."""

    level: str | None
    output_protection: tuple[Value, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ContentKey(Node):
    """One ContentKey; the values of all its Data/pskc:Secret children are listed in document order."""

    kid: str | None
    scheme: str | None
    explicit_iv: str | None
    id: str | None
    algorithm: str | None
    depends_on_key: str | None
    data_count: int
    secret_count: int
    plain_values: tuple[str, ...] = field(repr=False)
    encrypted: tuple[EncryptedValue, ...]
    value_mac: str | None
    hdcp: tuple[Hdcp, ...]

    @property
    def plain_value(self) -> str | None:
        """The base64 text of the first key in the clear."""
        return self.plain_values[0] if self.plain_values else None


@dataclass(frozen=True, slots=True, eq=False)
class DrmSystem(Node):
    """One DRMSystem: the signalling of one key for one DRM system."""

    kid: str | None
    system_id: str | None
    id: str | None
    name: str | None
    hls_allowed_cpc: str | None
    pssh: tuple[Value, ...]
    content_protection: tuple[Value, ...]
    smooth: tuple[Value, ...]
    hls: tuple[Value, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Period(Node):
    """One ContentKeyPeriod with its attributes as text."""

    id: str | None
    index: str | None
    start: str | None
    end: str | None
    start_offset: str | None
    end_offset: str | None
    label: str | None
    duration: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Filter(Node):
    """One child of a usage rule; ``kind`` is ``VideoFilter`` and so on, ``{uri}local`` outside the CPIX namespace."""

    kind: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Rule(Node):
    """One ContentKeyUsageRule with all its children in document order."""

    kid: str | None
    intended_track_type: str | None
    filters: tuple[Filter, ...]

    @property
    def video(self) -> tuple[Filter, ...]:
        """The VideoFilters."""
        return self._of("VideoFilter")

    @property
    def audio(self) -> tuple[Filter, ...]:
        """The AudioFilters."""
        return self._of("AudioFilter")

    @property
    def period_ids(self) -> tuple[str, ...]:
        """The periodId of each KeyPeriodFilter that has one."""
        return tuple(f.attributes["periodId"] for f in self._of("KeyPeriodFilter") if "periodId" in f.attributes)

    def _of(self, kind: str) -> tuple[Filter, ...]:
        return tuple(f for f in self.filters if f.kind == kind)


@dataclass(frozen=True, slots=True, eq=False)
class DeliveryData(Node):
    """What is meant for one recipient: certificates as base64 text, the document key and the MAC key wrapped."""

    id: str | None
    certificates: tuple[str, ...] = field(repr=False)
    document_keys: tuple[WrappedKey, ...]
    mac_method_count: int
    mac_method_algorithm: str | None
    mac_keys: tuple[WrappedKey, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Cpix(Node):
    """A whole document; ``list_counts`` says how often each child of the root whose name ends in List occurs."""

    bom: bool
    content_id: str | None
    version: str | None
    id: str | None
    name: str | None
    content_keys: tuple[ContentKey, ...]
    drm_systems: tuple[DrmSystem, ...]
    periods: tuple[Period, ...]
    rules: tuple[Rule, ...]
    delivery: tuple[DeliveryData, ...]
    list_counts: Mapping[str, int]
