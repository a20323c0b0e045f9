"""DRM payloads in a few words each, for people: which boxes, headers and playlist lines came, and what they say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from conformance.checks.context import Context
from conformance.checks.drm.carriers import (
    bare_boxes,
    bare_elements,
    fragments,
    lines,
    playready_objects,
    smooth_objects,
    widevine_headers,
)
from conformance.checks.drm.drm_payloads import DecodedValue, DecodedValues
from conformance.checks.registry import Untestable
from conformance.cpix.errors import DecodeError
from conformance.drm import hls
from conformance.drm.content_protection import Protection
from conformance.drm.hls import HlsSignalling
from conformance.drm.playready import PlayReadyObject
from conformance.drm.pssh import PsshBox
from conformance.drm.widevine import WidevineHeader

Parts = list[tuple[str, str]]
"""(kind of element, what it holds)."""


def described(context: Context) -> Mapping[int, Parts]:
    """What each answered DRMSystem holds, by the `id()` of its part of the document; empty where nothing aligns."""
    found: defaultdict[int, Parts] = defaultdict(list)

    def add(item: DecodedValue[Any], kind: str, text: str) -> None:
        found[id(item.signal.answered)].append((kind, text))

    def unreadable(gathered: DecodedValues[Any], kind: str) -> None:
        for failure in gathered.failures:
            error: DecodeError = failure.value
            add(failure, kind, f"cannot be read: {error.message}")

    try:
        inside = _inside(context)
        for one in bare_boxes(context).items:
            add(one, "PSSH", _box(one, inside.get(id(one.node), "")))
        unreadable(bare_elements(context), "PSSH")
        for fragment in fragments(context).items:
            add(fragment, "MPD", _fragment(fragment.value))
        unreadable(fragments(context), "MPD")
        for line in lines(context).items:
            add(line, f"HLS {line.node.element.get('playlist') or ''}".strip(), _line(line))
        unreadable(lines(context), "HLS")
        for smooth in smooth_objects(context).items:
            add(smooth, "Smooth", _playready(smooth.value, smooth.signal.kid))
        unreadable(smooth_objects(context), "Smooth")
    except Untestable:
        return {}
    return found


def _inside(context: Context) -> dict[int, str]:
    """What the boxes of the DRM systems hold whose header can be read, by the `id()` of the PSSH element."""
    found: dict[int, str] = {}
    for header in widevine_headers(context).items:
        found[id(header.node)] = _widevine(header.value, header.signal.kid)
    for other in playready_objects(context).items:
        found[id(other.node)] = _playready(other.value, other.signal.kid)
    for gathered in (widevine_headers(context), playready_objects(context)):
        for failure in gathered.failures:
            found.setdefault(id(failure.node), f"its data cannot be read: {failure.value.message}")
    return found


def _box(item: DecodedValue[PsshBox], inside: str) -> str:
    box = item.value
    kids = _kids([kid.bytes for kid in box.kids], item.signal.kid) if box.version else ""
    parts = (f"box version {box.version}", kids, inside or f"{len(box.data)} bytes of data")
    return " · ".join(part for part in parts if part)


def _widevine(header: WidevineHeader, kid: UUID | None) -> str:
    return f"Widevine header: {_kids(header.key_ids, kid)}, scheme {header.scheme or header.protection_scheme}"


def _playready(value: PlayReadyObject, kid: UUID | None) -> str:
    header = value.header
    algid = "/".join(sorted(name or "none" for name in header.algids)) or header.algid or "none"
    checksums = [one.checksum_text for one in header.kids if one.checksum_text]
    return (
        f"PlayReady header {header.version}: {_kids([one.uuid.bytes for one in header.kids if one.uuid], kid)}, "
        f"ALGID {algid}, {'with' if checksums else 'no'} CHECKSUM"
    )


def _kids(found: Any, kid: UUID | None) -> str:
    """The key ids of a payload, told by whether they are the one that is due."""
    raw = [bytes(one) for one in found]
    if not raw:
        return "no KID"
    if kid is not None and raw == [kid.bytes]:
        return "this KID"
    if kid is not None and raw == [kid.bytes_le]:
        return "this KID in the wrong byte order"
    if kid is not None and kid.bytes in raw:
        return f"this KID and {len(raw) - 1} more"
    shown = str(UUID(bytes=raw[0])) if len(raw[0]) == 16 else f"{len(raw[0])} bytes"
    return f"KID {shown}" + (f" and {len(raw) - 1} more" if len(raw) > 1 else "")


def _fragment(value: Protection) -> str:
    counts = ((len(value.pssh), "cenc:pssh"), (len(value.pro), "mspr:pro"))
    parts = [f"{name} × {count}" if count > 1 else name for count, name in counts if count]
    others = [name for _, name in value.roots if name not in ("pssh", "pro")]
    wrapped = "wrapped in " if value.wrapped else ""
    return wrapped + (", ".join([*parts, *dict.fromkeys(others)]) or "no element")


def _line(item: DecodedValue[HlsSignalling]) -> str:
    value = item.value
    shown = ", ".join(
        f"{name}={_uri(attribute.text) if name == 'URI' else attribute.text}"
        for name, attribute in value.attributes.items()
    )
    return f"{value.tag}: {shown}"


def _uri(text: str) -> str:
    """A URI, with the content of a data URI as its size."""
    if not text.startswith("data:"):
        return text
    try:
        uri = hls.data_uri(text)
    except DecodeError:
        return f"data: URI of {len(text)} characters that cannot be read"
    return f"data:{uri.head} ({len(uri.data)} bytes)"
