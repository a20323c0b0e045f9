"""What the URI of a Widevine or PlayReady key tag carries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID

from conformance.checks.context import Context
from conformance.checks.drm.carriers import bare_objects, pssh_payloads, tags
from conformance.checks.drm.drm_payloads import (
    DecodedValue,
    Source,
    asks,
    beside,
    byte_order_hint,
    derived,
    kid_listing,
    of_each,
    of_system,
    spread,
    undecodable,
)
from conformance.checks.drm.playready_header import Object, algorithm_findings, kid_findings
from conformance.checks.drm.which import which
from conformance.checks.registry import NotApplicable, check
from conformance.checks.shape import Shape
from conformance.cpix.errors import DecodeError
from conformance.drm import hls_values, playready, pssh
from conformance.drm import visible_kids as visible
from conformance.drm.hls import KeyTag
from conformance.drm.hls_values import DataUri
from conformance.model import Finding
from conformance.model.quoted import excerpt

PLAYREADY_HEAD = "text/plain;charset=UTF-16"

_of_widevine = asks("widevine", "hls")
_of_playready = asks("playready", "hls")


def _uri(item: DecodedValue[KeyTag]) -> DataUri:
    uri = item.value.text("URI")
    if not uri:
        raise DecodeError("absent.uri", "the key tag has no URI")
    return hls_values.data_uri(uri)


def _data_uri(item: DecodedValue[KeyTag]) -> Iterator[tuple[str, DataUri | DecodeError]]:
    """A data URI, of whatever DRM system; how one that cannot be read is wrong is said elsewhere."""
    uri = item.value.text("URI") or ""
    if uri[:5].lower() == "data:":
        with suppress(DecodeError):
            yield "URI", hls_values.data_uri(uri)


def _box(item: DecodedValue[DataUri]) -> pssh.PsshElement:
    return pssh.read(item.value.data)


def _object(item: DecodedValue[DataUri]) -> playready.PlayReadyObject:
    return playready.read_object(item.value.data)


data_uris: Source[DataUri] = spread(tags, _data_uri, "data URI in a key tag")
uris: Source[DataUri] = derived(tags, _uri, "data URI in a key tag", "URI")
"""The URI of every key tag, of systems whose URI is a data URI; ask it `of_system`."""


def boxes_in_tags(system: str, what: str) -> Source[pssh.PsshElement]:
    """The boxes in the key tags of a DRM system whose URI carries its box."""
    return derived(of_system(uris, system), _box, what, "URI")


widevine_boxes = boxes_in_tags("widevine", "Widevine data URI")
playready_uris: Source[playready.PlayReadyObject] = derived(
    of_system(uris, "playready"), _object, "PlayReady data URI", "URI"
)


def _mine(code: str) -> bool:
    return code.startswith(("hls.data-uri", "pssh.", "playready."))


def unreadable_boxes(ctx: Context, source: Source[pssh.PsshElement]) -> Iterator[Finding]:
    """What there is to say against URIs that are no data URI with a box."""
    return undecodable(source(ctx), "a data URI with a whole pssh box", _mine)


def foreign_boxes(ctx: Context, source: Source[pssh.PsshElement]) -> Iterator[Finding]:
    """What there is to say against boxes of another DRM system than that of their tag, and against more than one."""
    for item in source(ctx).items:
        first, *others = item.value.boxes
        if str(first.system_id) != (item.signal.asked.system_id or "").lower():
            yield item.finding(f"a box of {item.signal.title}", f"a box of {first.system_id}")
        if others or item.value.trailing:
            yield item.finding("one box", "more after it")


@check("widevine.hls-uri-is-pssh", "DRM-HLS13", applies=_of_widevine)
def uri_is_pssh(ctx: Context) -> Iterator[Finding]:
    """The URI of each Widevine key tag is a data URI with one pssh box of Widevine."""
    yield from unreadable_boxes(ctx, widevine_boxes)
    yield from foreign_boxes(ctx, widevine_boxes)


@check("widevine.hls-uri-names-its-kid", "DRM-HLS13", "SPK20-DRM-015", applies=_of_widevine)
@of_each(widevine_boxes)
def widevine_uri_kid(ctx: Context, item: DecodedValue[pssh.PsshElement]) -> Iterator[Finding]:
    """The box in each Widevine key tag that shows KIDs shows the one of its DRMSystem."""
    found = _kids(item.value)
    if not found:
        raise NotApplicable("no Widevine key tag shows a KID")
    if item.kid not in found:
        yield item.finding(f"KID {item.kid} in the box", kid_listing(ctx, found), byte_order_hint(item.kid, found))


def _kids(element: pssh.PsshElement) -> list[UUID]:
    found: list[UUID] = []
    for box in element.boxes:
        found += box.kids
        with suppress(DecodeError):
            found += [kid for _, kid in visible.in_data(box)]
    return found


def not_the_pssh(ctx: Context, item: DecodedValue[DataUri]) -> Iterator[Finding]:
    """What there is to say against a data URI that differs from the PSSH of its DRMSystem."""
    wanted = beside(ctx, item, pssh_payloads).value
    if item.value.data != wanted:
        yield item.finding("the bytes of the PSSH beside it", which(ctx, item, item.value.data, wanted, pssh_payloads))


def _both(shape: Shape) -> bool:
    return {"hls", "pssh"} <= shape.signalling


@check("widevine.hls-uri-equals-pssh", "DRM-HLS13-SAME", applies=lambda shape: _of_widevine(shape) and _both(shape))
@of_each(of_system(uris, "widevine"))
def widevine_uri_pssh(ctx: Context, item: DecodedValue[DataUri]) -> Iterator[Finding]:
    """The box in each Widevine key tag is the PSSH of the DRMSystem, byte for byte."""
    return not_the_pssh(ctx, item)


@check("playready.hls-uri-is-object", "DRM-HLS15", applies=_of_playready)
def uri_is_object(ctx: Context) -> Iterator[Finding]:
    """The URI of each PlayReady key tag is a data URI with a PlayReady object, not with a pssh box."""
    return undecodable(playready_uris(ctx), "a data URI with a PlayReady object", _mine)


@check("playready.hls-uri-names-its-kid", "DRM-HLS15", "SPK20-DRM-015", applies=_of_playready)
@of_each(playready_uris)
def playready_uri_kid(ctx: Context, item: Object) -> Iterator[Finding]:
    """The object in each PlayReady key tag names the KID of its DRMSystem."""
    return kid_findings(ctx, item)


@check("playready.hls-uri-algorithm-agrees", "DRM-HLS15", "SPK20-DRM-016", applies=_of_playready)
@of_each(playready_uris)
def playready_uri_algorithm(ctx: Context, item: Object) -> Iterator[Finding]:
    """The algorithm of the object in each PlayReady key tag fits the scheme."""
    return algorithm_findings(item)


@check("hls.data-uri-plain", "DRM-HLS13-PLAIN", applies=asks("", "hls"))
@of_each(data_uris)
def data_uri_plain(ctx: Context, item: DecodedValue[DataUri]) -> Iterator[Finding]:
    """The data URI of each key tag writes its base64 as it is, without percent escapes, which players do not undo."""
    if item.value.percent_encoded:
        yield item.finding("base64 as it is: + / =", "percent escapes such as %3D")


@check("playready.hls-media-type-usual", "DRM-HLS15-TYPE", applies=_of_playready)
@of_each(of_system(uris, "playready"))
def media_type(ctx: Context, item: DecodedValue[DataUri]) -> Iterator[Finding]:
    """The data URI of each PlayReady key tag begins as players expect it."""
    if item.value.head.lower() != PLAYREADY_HEAD.lower() or not item.value.base64:
        yield item.finding(f"data:{PLAYREADY_HEAD};base64,", excerpt(f"data:{item.value.head}", 80))


@check("playready.hls-media-equals-pssh", "DRM-HLS16", applies=lambda shape: _of_playready(shape) and _both(shape))
@of_each(playready_uris)
def media_object(ctx: Context, item: Object) -> Iterator[Finding]:
    """The object in the PlayReady tag of the media playlist is the one in the pssh box."""
    if (item.node.playlist or "media") != "media":
        return
    wanted = beside(ctx, item, bare_objects).value
    if item.value != wanted:
        yield item.finding("the object of the pssh box", which(ctx, item, item.value, wanted, bare_objects))
