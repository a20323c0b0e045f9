"""Reads a CPIX document into named parts: ``read`` from bytes, ``view`` from an element that was parsed before.

The view is total: once the root is CPIX, nothing raises, however odd the content.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from lxml import etree

from conformance.cpix.errors import DecodeError
from conformance.cpix.parts import (
    ContentKey,
    Cpix,
    DeliveryData,
    DrmSystem,
    EncryptedValue,
    Filter,
    Hdcp,
    MacKeyLayout,
    Node,
    Period,
    Rule,
    Value,
    WrappedKey,
)
from conformance.cpix.xml import CPIX, DS, ENC, PSKC, SPACE, local_name, parse

__all__ = [
    "ContentKey",
    "Cpix",
    "DeliveryData",
    "DrmSystem",
    "EncryptedValue",
    "Filter",
    "Hdcp",
    "MacKeyLayout",
    "Node",
    "Period",
    "Rule",
    "Value",
    "WrappedKey",
    "read",
    "same_uuid",
    "uuid_of",
    "view",
]

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_UUID_LENGTH = 36


def read(body: bytes) -> Cpix:
    """Parse an untrusted body and view it; raises DecodeError as ``xml.parse`` does, or ``cpix.wrong-root``."""
    parsed = parse(body)
    return view(parsed.root, bom=parsed.bom)


def view(root: etree._Element, *, bom: bool = False) -> Cpix:
    """View a parsed document; raises DecodeError ``cpix.wrong-root`` unless its root is CPIX."""
    if root.tag != f"{{{CPIX}}}CPIX":
        raise DecodeError(
            "cpix.wrong-root",
            f"the root element is {local_name(root)}, not CPIX in the namespace {CPIX}",
            expected=f"{{{CPIX}}}CPIX",
            found=str(root.tag),
        )
    return Cpix(
        element=root,
        bom=bom,
        content_id=root.get("contentId"),
        version=root.get("version"),
        id=root.get("id"),
        name=root.get("name"),
        content_keys=tuple(_content_key(e) for e in _nested(root, "ContentKeyList", "ContentKey")),
        drm_systems=tuple(_drm_system(e) for e in _nested(root, "DRMSystemList", "DRMSystem")),
        periods=tuple(_period(e) for e in _nested(root, "ContentKeyPeriodList", "ContentKeyPeriod")),
        rules=tuple(_rule(e) for e in _nested(root, "ContentKeyUsageRuleList", "ContentKeyUsageRule")),
        delivery=tuple(_delivery(e) for e in _nested(root, "DeliveryDataList", "DeliveryData")),
        list_counts=_count_lists(root),
    )


def uuid_of(text: str | None) -> uuid.UUID | None:
    """The UUID that a text spells in the form 8-4-4-4-12, in either letter case; None for anything else."""
    return _uuid(text) if text is not None and len(text) == _UUID_LENGTH else None


@lru_cache(maxsize=32768)
def _uuid(text: str) -> uuid.UUID | None:
    # A document names each KID a dozen times, and each check reads it again.
    return uuid.UUID(text) if _UUID.fullmatch(text) else None


def same_uuid(a: str | None, b: str | None) -> bool:
    """Whether both texts are UUIDs, and the same one."""
    first = uuid_of(a)
    return first is not None and first == uuid_of(b)


def _content_key(element: etree._Element) -> ContentKey:
    data = list(element.iterchildren(f"{{{CPIX}}}Data"))
    secrets = list(_nested(element, "Data", f"{{{PSKC}}}Secret"))
    return ContentKey(
        element=element,
        kid=element.get("kid"),
        scheme=element.get("commonEncryptionScheme"),
        explicit_iv=element.get("explicitIV"),
        id=element.get("id"),
        algorithm=element.get("Algorithm"),
        depends_on_key=element.get("dependsOnKey"),
        data_count=len(data),
        secret_count=len(secrets),
        plain_values=tuple(_text(e) for s in secrets for e in s.iterchildren(f"{{{PSKC}}}PlainValue")),
        encrypted=tuple(_encrypted(e) for s in secrets for e in s.iterchildren(f"{{{PSKC}}}EncryptedValue")),
        value_mac=_first_text(secrets, f"{{{PSKC}}}ValueMAC"),
        hdcp=tuple(
            Hdcp(element=e, level=e.get("HLSHDCPLevel"), output_protection=_values(e, "HDCPOutputProtectionData"))
            for e in element.iterchildren(f"{{{CPIX}}}HDCPData")
        ),
    )


def _encrypted(element: etree._Element) -> EncryptedValue:
    method = element.find(f"{{{ENC}}}EncryptionMethod")
    digest = None if method is None else method.find(f"{{{DS}}}DigestMethod")
    data = element.find(f"{{{ENC}}}CipherData")
    return EncryptedValue(
        element=element,
        algorithm=None if method is None else method.get("Algorithm"),
        digest_method=None if digest is None else digest.get("Algorithm"),
        cipher_value=None if data is None else _first_text([data], f"{{{ENC}}}CipherValue"),
        has_reference=next(element.iter(f"{{{ENC}}}CipherReference"), None) is not None,
    )


def _drm_system(element: etree._Element) -> DrmSystem:
    return DrmSystem(
        element=element,
        kid=element.get("kid"),
        system_id=element.get("systemId"),
        id=element.get("id"),
        name=element.get("name"),
        hls_allowed_cpc=element.get("HLSAllowedCPC"),
        pssh=_values(element, "PSSH"),
        content_protection=_values(element, "ContentProtectionData"),
        smooth=_values(element, "SmoothStreamingProtectionHeaderData"),
        hls=_values(element, "HLSSignalingData"),
    )


def _period(element: etree._Element) -> Period:
    return Period(
        element=element,
        id=element.get("id"),
        index=element.get("index"),
        start=element.get("start"),
        end=element.get("end"),
        start_offset=element.get("startOffset"),
        end_offset=element.get("endOffset"),
        label=element.get("label"),
        duration=element.get("duration"),
    )


def _rule(element: etree._Element) -> Rule:
    return Rule(
        element=element,
        kid=element.get("kid"),
        intended_track_type=element.get("intendedTrackType"),
        filters=tuple(
            Filter(
                element=child,
                kind=local_name(child),
                attributes=MappingProxyType({str(name): str(value) for name, value in child.items()}),
            )
            for child in element.iterchildren("*")
        ),
    )


def _delivery(element: etree._Element) -> DeliveryData:
    methods = list(element.iterchildren(f"{{{CPIX}}}MACMethod"))
    keys = element.iterchildren(f"{{{CPIX}}}DeliveryKey")
    return DeliveryData(
        element=element,
        id=element.get("id"),
        certificates=tuple(_text(e) for key in keys for e in key.iter(f"{{{DS}}}X509Certificate")),
        document_keys=tuple(_document_key(e) for e in element.iterchildren(f"{{{CPIX}}}DocumentKey")),
        mac_method_count=len(methods),
        mac_method_algorithm=methods[0].get("Algorithm") if methods else None,
        mac_keys=tuple(key for method in methods for key in _mac_keys(method)),
    )


def _document_key(element: etree._Element) -> WrappedKey:
    secrets = list(_nested(element, "Data", f"{{{PSKC}}}Secret"))
    values = [e for s in secrets for e in s.iterchildren(f"{{{PSKC}}}EncryptedValue")]
    return WrappedKey(
        element=element,
        layout="cpix:DocumentKey",
        encrypted=_encrypted(values[0]) if values else None,
        plain_value=_first_text(secrets, f"{{{PSKC}}}PlainValue"),
        value_mac=_first_text(secrets, f"{{{PSKC}}}ValueMAC"),
        encrypts_key=element.get("encryptsKey"),
    )


def _mac_keys(method: etree._Element) -> Iterator[WrappedKey]:
    """The MAC keys of a MACMethod: CPIX has pskc:MACKey, practice has cpix:Key in two shapes."""
    for key in method.iterchildren(f"{{{PSKC}}}MACKey", f"{{{CPIX}}}Key"):
        layout: MacKeyLayout
        if key.tag == f"{{{PSKC}}}MACKey":
            layout, holder = "pskc:MACKey", key
        elif (value := key.find(f"{{{PSKC}}}EncryptedValue")) is not None:
            layout, holder = "cpix:Key/pskc:EncryptedValue", value
        else:
            layout, holder = "cpix:Key/enc", key
        yield WrappedKey(
            element=key,
            layout=layout,
            encrypted=_encrypted(holder) if holder.find(f"{{{ENC}}}CipherData") is not None else None,
            plain_value=_first_text([key], f"{{{PSKC}}}PlainValue"),
            value_mac=_first_text([key], f"{{{PSKC}}}ValueMAC"),
            encrypts_key=None,
        )


def _nested(parent: etree._Element, outer: str, inner: str) -> Iterator[etree._Element]:
    """The children ``inner`` of all children ``outer``; bare names are CPIX names."""
    for middle in parent.iterchildren(f"{{{CPIX}}}{outer}"):
        yield from middle.iterchildren(inner if inner.startswith("{") else f"{{{CPIX}}}{inner}")


def _values(parent: etree._Element, name: str) -> tuple[Value, ...]:
    return tuple(Value(element=e, text=_text(e)) for e in parent.iterchildren(f"{{{CPIX}}}{name}"))


def _first_text(parents: list[etree._Element], tag: str) -> str | None:
    return next((_text(e) for parent in parents for e in parent.iterchildren(tag)), None)


def _text(element: etree._Element) -> str:
    return (element.text or "").strip(SPACE)


def _count_lists(root: etree._Element) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for child in root.iterchildren(f"{{{CPIX}}}*"):
        name = local_name(child)
        if name.endswith("List"):
            counts[name] = counts.get(name, 0) + 1
    return MappingProxyType(counts)
