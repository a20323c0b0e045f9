"""Where the data of a DRM system stand in an answer: the sources of boxes, Widevine headers and PlayReady objects.

One payload has five carriers: the PSSH, cenc:pssh and mspr:pro in ContentProtectionData, the data URI of every key tag
of the HLS lines, and the Smooth protection header. What holds for the bytes holds in each of them, so the checks of
the byte formats take the union; whether the carriers agree is asked by checks of its own, which take one source each.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.drm.drm_payloads import (
    HLS,
    PROTECTION,
    PSSH,
    SMOOTH,
    DecodedValue,
    DecodedValues,
    Source,
    derived,
    of_system,
    payloads,
    spread,
    together,
)
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.drm import content_protection as protection
from conformance.drm import hls, playready, pssh, widevine
from conformance.drm.hls import HlsSignalling, KeyTag

# --- one carrier each ---------------------------------------------------------------------------------------------

pssh_payloads = payloads(PSSH)
fragments = derived(payloads(PROTECTION), lambda item: protection.read(item.value), "filled ContentProtectionData")
lines = derived(payloads(HLS), lambda item: hls.read(item.value), "filled HLSSignalingData")


def _tags(item: DecodedValue[HlsSignalling]) -> Iterator[tuple[str, KeyTag | DecodeError]]:
    only = len(item.value.tags) + len(item.value.broken) == 1
    for tag in item.value.tags:
        yield "" if only else f"tag in line {tag.line}", tag
    for line, error in item.value.broken:
        yield f"tag in line {line}", error


tags: Source[KeyTag] = spread(lines, _tags, "key tag")
"""Every key tag of every HLSSignalingData, the first and those behind it."""


def _uri(item: DecodedValue[KeyTag]) -> Iterator[tuple[str, bytes | DecodeError]]:
    """The payload of a data URI; another check reports any other kind of URI."""
    uri = item.value.text("URI") or ""
    if uri[:5].lower() == "data:":
        try:
            yield "URI", hls.data_uri(uri).data
        except DecodeError as error:
            yield "URI", error


def _texts(name: str, texts: tuple[str, ...]) -> Iterator[tuple[str, bytes | DecodeError]]:
    for text in texts:
        try:
            yield name, b64.decode(text).data
        except DecodeError as error:
            yield name, error


manifest_boxes: Source[bytes] = spread(fragments, lambda item: _texts("cenc:pssh", item.value.pssh), "cenc:pssh")
manifest_objects: Source[bytes] = spread(
    of_system(fragments, "playready"), lambda item: _texts("mspr:pro", item.value.pro), "mspr:pro"
)
uri_payloads: Source[bytes] = spread(tags, _uri, "data URI in a key tag")


def _holds_a_box(item: DecodedValue[bytes] | DecodedValue[DecodeError]) -> bool:
    """A PlayReady tag carries a bare object and a Widevine tag a box; others, what they begin with."""
    if item.signal.system in ("widevine", "playready"):
        return item.signal.system == "widevine"
    return isinstance(item.value, DecodeError) or item.value[4:8] == b"pssh"


def uri_boxes(ctx: Context) -> DecodedValues[bytes]:
    """The data URIs that carry a pssh box."""
    gathered = uri_payloads(ctx)
    return DecodedValues(
        tuple(filter(_holds_a_box, gathered.items)), tuple(filter(_holds_a_box, gathered.failures)), gathered.what
    )


# --- boxes, in whatever carrier -------------------------------------------------------------------------------------


def _first_box(item: DecodedValue[pssh.PsshElement]) -> pssh.PsshBox:
    return item.value.boxes[0]


def _elements(source: Source[bytes], what: str) -> Source[pssh.PsshElement]:
    return derived(source, lambda item: pssh.read(item.value), what)


pssh_elements = _elements(together("pssh box", pssh_payloads, manifest_boxes, uri_boxes), "pssh box")
boxes = derived(pssh_elements, _first_box, "pssh box", "pssh box")
"""The first box of each payload; further ones are a finding of their own."""

bare_elements = _elements(pssh_payloads, "filled PSSH")
bare_boxes = derived(bare_elements, _first_box, "pssh box in a PSSH", "pssh box")
"""The boxes of the PSSH elements alone, with which the other carriers are compared."""


# --- what is inside the boxes, or stands without one ------------------------------------------------------------------


def box_data(item: DecodedValue[pssh.PsshBox]) -> bytes:
    """The Data of a box of the right system; a box of another one is a finding elsewhere."""
    system = load_catalogue().system_by_id(str(item.value.system_id))
    if system is None or system.name != item.signal.system:
        raise DecodeError("pssh.other-system", f"the box belongs to another DRM system ({item.value.system_id})")
    return item.value.data


def _widevine(item: DecodedValue[pssh.PsshBox]) -> widevine.WidevineHeader:
    return widevine.read(box_data(item), base=item.value.data_offset)


def _object(item: DecodedValue[bytes]) -> playready.PlayReadyObject:
    return playready.read_object(item.value)


widevine_headers = derived(of_system(boxes, "widevine"), _widevine, "Widevine header", "Widevine header")

smooth_payloads = of_system(payloads(SMOOTH), "playready")
smooth_objects = derived(smooth_payloads, _object, "PlayReady Smooth protection header", "PlayReady object")

playready_objects = derived(
    together(
        "PlayReady object",
        derived(of_system(boxes, "playready"), box_data, "Data of a PlayReady box"),
        manifest_objects,
        of_system(uri_payloads, "playready"),
        smooth_payloads,
    ),
    _object,
    "PlayReady object",
    "PlayReady object",
)
bare_objects = derived(
    derived(of_system(bare_boxes, "playready"), box_data, "Data of a PlayReady PSSH"),
    _object,
    "PlayReady object in a PSSH",
    "PlayReady object",
)
"""The objects of the PSSH elements alone, with which the other carriers are compared."""
