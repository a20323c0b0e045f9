"""The JSON inside the pssh box of WisePlay (ChinaDRM), member by member and wherever the box stands."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.drm.carriers import box_data, boxes
from conformance.checks.drm.drm_payloads import (
    BOX_CARRIERS,
    DecodedValue,
    asks,
    byte_order_hint,
    derived,
    kid_listing,
    listing,
    of_each,
    of_system,
    undecodable,
)
from conformance.checks.drm.hls_payloads import boxes_in_tags, foreign_boxes, not_the_pssh, unreadable_boxes, uris
from conformance.checks.registry import NotApplicable, Untestable, check
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.drm import wiseplay
from conformance.drm.hls_values import DataUri
from conformance.drm.pssh import PsshBox
from conformance.drm.wiseplay import WisePlayHeader
from conformance.model import Finding
from conformance.model.quoted import excerpt

SYSTEM = "chinadrm"
Header = DecodedValue[WisePlayHeader]

_asked = asks(SYSTEM, *BOX_CARRIERS)
_in_hls = asks(SYSTEM, "hls")


def _header(item: DecodedValue[PsshBox]) -> WisePlayHeader:
    return wiseplay.read(box_data(item), base=item.value.data_offset)


headers = derived(of_system(boxes, SYSTEM), _header, "WisePlay data", "WisePlay data")
tag_boxes = boxes_in_tags(SYSTEM, "WisePlay data URI")


@check("wiseplay.data-parses", "DRM-WP01", applies=_asked)
def data_parses(ctx: Context) -> Iterator[Finding]:
    """The Data of each WisePlay box are one JSON object in UTF-8, and its members have their types."""
    return undecodable(headers(ctx), "a JSON object with kids and enschema", lambda code: code.startswith("wiseplay."))


@check("wiseplay.kids-readable", "DRM-WP02", applies=_asked)
@of_each(headers)
def kids_readable(ctx: Context, item: Header) -> Iterator[Finding]:
    """Each entry of kids in WisePlay data is base64 of the 16 bytes of a KID, or of its 32 hexadecimal digits."""
    for kid in _kids(item):
        if kid.uuid is None:
            yield item.finding("base64 of the 16 bytes of the KID in kids", kid.problem)


@check("wiseplay.names-its-kid", "DRM-WP03", "SPK20-DRM-015", applies=_asked)
@of_each(headers)
def names_its_kid(ctx: Context, item: Header) -> Iterator[Finding]:
    """WisePlay data that list KIDs list the one of their DRMSystem."""
    found = [kid.uuid for kid in _kids(item) if kid.uuid is not None]
    if not found:
        raise Untestable("no entry of kids can be read")
    if item.kid not in found:
        yield item.finding(f"{item.kid} in kids", kid_listing(ctx, found), byte_order_hint(item.kid, found))


def _kids(item: Header) -> tuple[wiseplay.ListedKid, ...]:
    if not item.value.kids:
        raise NotApplicable("no WisePlay data list kids")
    return item.value.kids


@check("wiseplay.kids-given", "DRM-WP04", applies=_asked)
@of_each(headers)
def kids_given(ctx: Context, item: Header) -> Iterator[Finding]:
    """WisePlay data list KIDs."""
    if not item.value.kids:
        yield item.finding("at least one entry in kids", "none")


@check("wiseplay.kids-as-bytes", "DRM-WP05", applies=_asked)
@of_each(headers)
def kids_as_bytes(ctx: Context, item: Header) -> Iterator[Finding]:
    """Each entry of kids in WisePlay data is made of the bytes of the KID and not of its hexadecimal digits."""
    for kid in _kids(item):
        if kid.as_digits:
            yield item.finding("base64 of the 16 bytes of the KID", "base64 of its 32 hexadecimal digits")


@check("wiseplay.scheme-defined", "DRM-WP06", applies=_asked)
@of_each(headers)
def scheme_defined(ctx: Context, item: Header) -> Iterator[Finding]:
    """The enschema of WisePlay data, where present, is cenc or cbcs, in either letter case."""
    if item.value.enschema is None:
        raise NotApplicable("no WisePlay data have an enschema")
    if item.value.scheme is None:
        yield item.finding("enschema cenc or cbcs", f"enschema {excerpt(item.value.enschema, 40)}")


@check("wiseplay.scheme-agrees", "DRM-WP07", "SPK20-DRM-016", applies=_asked)
@of_each(headers)
def scheme_agrees(ctx: Context, item: Header) -> Iterator[Finding]:
    """The enschema of WisePlay data, where present, is the scheme of the key."""
    if item.value.enschema is None:
        raise NotApplicable("no WisePlay data have an enschema")
    if item.value.scheme is None:
        raise Untestable("this enschema does not exist")
    if item.value.scheme != item.signal.scheme:
        yield item.finding(f"enschema {item.signal.scheme}", item.value.scheme)


@check("wiseplay.scheme-given", "DRM-WP08", applies=_asked)
@of_each(headers)
def scheme_given(ctx: Context, item: Header) -> Iterator[Finding]:
    """WisePlay data state their enschema."""
    if item.value.enschema is None:
        yield item.finding(f"enschema {item.signal.scheme}", "no enschema")


@check("wiseplay.version-known", "DRM-WP09", applies=_asked)
@of_each(headers)
def version_known(ctx: Context, item: Header) -> Iterator[Finding]:
    """WisePlay data have version V1.0."""
    if item.value.version != "V1.0":
        yield item.finding(
            "version V1.0", f"version {excerpt(item.value.version, 40)}" if item.value.version else "none"
        )


@check("wiseplay.content-id-is-base64", "DRM-WP10", applies=_asked)
@of_each(headers)
def content_id_is_base64(ctx: Context, item: Header) -> Iterator[Finding]:
    """The contentID of WisePlay data, where present, is base64."""
    if item.value.content_id is None:
        raise NotApplicable("no WisePlay data have a contentID")
    try:
        b64.decode(item.value.content_id)
    except DecodeError as error:
        yield item.finding("contentID in base64", error.message)


@check("wiseplay.members-known-and-once", "DRM-WP11", applies=_asked)
@of_each(headers)
def members_known_and_once(ctx: Context, item: Header) -> Iterator[Finding]:
    """WisePlay data have no other members than version, kids, contentID and enschema, and each of them once."""
    if item.value.unknown:
        yield item.finding(
            f"the members {listing(wiseplay.MEMBERS)}", listing(excerpt(name, 40) for name in item.value.unknown)
        )
    if item.value.repeated:
        yield item.finding("each member once", f"{listing(excerpt(name, 40) for name in item.value.repeated)} again")


@check("wiseplay.hls-uri-is-pssh", "DRM-WP12", applies=_in_hls)
def uri_is_pssh(ctx: Context) -> Iterator[Finding]:
    """The URI of each WisePlay key tag is a data URI with one pssh box of WisePlay."""
    yield from unreadable_boxes(ctx, tag_boxes)
    yield from foreign_boxes(ctx, tag_boxes)


@check(
    "wiseplay.hls-uri-equals-pssh", "DRM-WP12-SAME", applies=lambda shape: _in_hls(shape) and "pssh" in shape.signalling
)
@of_each(of_system(uris, SYSTEM))
def uri_equals_pssh(ctx: Context, item: DecodedValue[DataUri]) -> Iterator[Finding]:
    """The box in each WisePlay key tag is the PSSH of the DRMSystem, byte for byte."""
    return not_the_pssh(ctx, item)
