"""The PlayReady object: its container, and how the header inside is written."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.drm.carriers import playready_objects
from conformance.checks.drm.drm_payloads import OBJECT_CARRIERS, DecodedValue, asks, listing, of_each, undecodable
from conformance.checks.registry import check
from conformance.drm.playready import ADVISED_BYTES, PlayReadyObject
from conformance.drm.playready_header import NAMESPACE, VERSIONS
from conformance.model import Finding

Object = DecodedValue[PlayReadyObject]

RECORD_CODES = frozenset(
    {"playready.truncated", "playready.leftover", "playready.no-header", "playready.several-headers"}
)
CONTAINER_CODES = frozenset(
    {
        "playready.empty",
        "playready.too-large",
        "playready.length",
        "playready.length-big-endian",
        "playready.nested-box",
        "playready.aws-guide-layout",
        "playready.bare-header",
        "playready.text",
    }
)
ROOT_CODES = frozenset({"playready.wrong-root"})
NOT_TEXT_CODES = RECORD_CODES | CONTAINER_CODES | ROOT_CODES

_asked = asks("playready", *OBJECT_CARRIERS)


@check("playready.object-framed", "DRM-PR01", applies=_asked)
def object_framed(ctx: Context) -> Iterator[Finding]:
    """The Data of each PlayReady box, and each payload without a box, is a PlayReady object of the right length."""
    return undecodable(
        playready_objects(ctx),
        "a PlayReady object: length (4 bytes), number of records (2), then type (2), length (2) and value of each",
        lambda code: code in CONTAINER_CODES,
    )


@check("playready.records-fit", "DRM-PR02", applies=_asked)
def records_fit(ctx: Context) -> Iterator[Finding]:
    """The records of each PlayReady object fill it exactly, and one of them is the header."""
    return undecodable(
        playready_objects(ctx),
        "records that fill the object, one of them of type 1",
        lambda code: code in RECORD_CODES,
    )


@check("playready.header-is-utf16-xml", "DRM-PR04", applies=_asked)
def header_is_xml(ctx: Context) -> Iterator[Finding]:
    """The header of each PlayReady object is well-formed XML in UTF-16LE without a DOCTYPE."""
    return undecodable(
        playready_objects(ctx),
        "well-formed XML in UTF-16LE",
        lambda code: code.startswith("playready.") and code not in NOT_TEXT_CODES,
    )


@check("playready.header-version-known", "DRM-PR06", applies=_asked)
def header_version(ctx: Context) -> Iterator[Finding]:
    """Each PlayReady header is a WRMHEADER of version 4.0 to 4.3."""
    gathered = playready_objects(ctx)
    yield from undecodable(gathered, f"WRMHEADER in the namespace {NAMESPACE}", lambda code: code in ROOT_CODES)
    for item in gathered.items:
        if item.value.header.version not in VERSIONS:
            yield item.finding(f"version {' or '.join(VERSIONS)}", f"{item.value.header.version}")


@check("playready.object-plain", "DRM-PR03", applies=_asked)
@of_each(playready_objects)
def object_plain(ctx: Context, item: Object) -> Iterator[Finding]:
    """Each PlayReady object has records of type 1 and 3 only, and at most 15 KiB."""
    types = sorted({record.type for record in item.value.records} - {1, 3})
    if types:
        yield item.finding("record types 1 and 3", f"type {listing(types)}")
    if item.value.length > ADVISED_BYTES:
        yield item.finding(f"at most {ADVISED_BYTES} bytes", f"{item.value.length} bytes")


@check("playready.header-canonical", "DRM-PR05", applies=_asked)
@of_each(playready_objects)
def header_canonical(ctx: Context, item: Object) -> Iterator[Finding]:
    """Each PlayReady header is written in the plain form that all clients read.

    No byte order mark, XML declaration, trailing NUL, comment or self-closing tag; xmlns first, attributes in order.
    """
    if item.value.header.style:
        yield item.finding("the canonical form", listing(item.value.header.style))


@check("playready.header-layout-of-its-version", "DRM-PR07", applies=_asked)
@of_each(playready_objects)
def header_layout(ctx: Context, item: Object) -> Iterator[Finding]:
    """Each PlayReady header has KID, ALGID and KEYLEN where its version has them."""
    header = item.value.header
    if not header.has_data:
        yield item.finding("a DATA element", "none")
    for what, places in (
        ("not at this place", header.misplaced),
        ("missing", header.missing),
        ("more than once", header.repeated),
    ):
        if places:
            yield item.finding(f"the layout of version {header.version}", f"{what}: {listing(places)}")


@check("playready.header-within-schema", "DRM-PR19", applies=_asked)
@of_each(playready_objects)
def within_schema(ctx: Context, item: Object) -> Iterator[Finding]:
    """Each PlayReady header keeps elements of its maker's own inside CUSTOMATTRIBUTES, and that below 1 KiB."""
    header = item.value.header
    if header.foreign:
        yield item.finding("elements of the header's schema", listing(header.foreign))
    if header.custom_attributes_size > 1024:
        yield item.finding("at most 1024 bytes of CUSTOMATTRIBUTES", f"{header.custom_attributes_size} bytes")
