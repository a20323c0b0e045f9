"""What holds for the DRM payloads of every system: their base64, the KIDs that show in them, whose they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from conformance.checks.context import Context
from conformance.checks.drm.carriers import manifest_boxes, manifest_objects, uri_payloads
from conformance.checks.drm.drm_payloads import (
    HLS,
    PROTECTION,
    PSSH,
    SMOOTH,
    DecodedValue,
    DecodedValues,
    byte_order_hint,
    kid_listing,
    payloads,
)
from conformance.checks.drm.which import which_bytes
from conformance.checks.registry import Need, NotApplicable, Untestable, check
from conformance.checks.relations import identical
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import uuid_of
from conformance.drm import visible_kids as visible
from conformance.model import Finding

_KINDS: dict[str, visible.Kind] = {PSSH: "pssh", PROTECTION: "protection", HLS: "hls", SMOOTH: "pro"}
_IN_A_URI = "HLS URI"
_INSIDE = (manifest_boxes, manifest_objects, uri_payloads)


def _is_base64(code: str) -> bool:
    return code.startswith("base64.") or code == "hls.data-uri-base64"


_NIL = UUID(int=0)


def every_payload(ctx: Context) -> DecodedValues[bytes]:
    """All filled payloads of an answer, whatever their kind."""
    parts = [payloads(kind)(ctx) for kind in _KINDS]
    return DecodedValues(
        tuple(item for part in parts for item in part.items),
        tuple(failure for part in parts for failure in part.failures),
        "DRM payload",
    )


def visible_kids(ctx: Context, item: DecodedValue[bytes], kind: str) -> visible.Visible:
    """The KIDs that can be seen in a payload."""
    if kind == SMOOTH and item.signal.system != "playready":
        return visible.Visible((), ())
    return ctx.memo(("visible", kind, item.value), lambda: visible.kids(_KINDS[kind], item.value))


def every_payload_with_kids(ctx: Context) -> Iterator[tuple[str, DecodedValue[bytes], tuple[visible.SeenKid, ...]]]:
    """All filled payloads with their kind and the KIDs that show in them."""
    for kind in _KINDS:
        for item in payloads(kind)(ctx).items:
            yield kind, item, visible_kids(ctx, item, kind).seen


@check("drm.payloads-base64", "DRM-G01", "SPK20-ROOT-014")
def payloads_base64(ctx: Context) -> Iterator[Finding]:
    """Every DRM payload is strict base64, and so is the base64 inside it: standard alphabet, right padding.

    White space inside the text is allowed. Inside are cenc:pssh, mspr:pro and the data URIs of key tags.
    """
    gathered = every_payload(ctx)
    if not gathered.items and not gathered.failures:
        raise NotApplicable("the answer holds no DRM payload")
    inside = [failure for source in _INSIDE for failure in source(ctx).failures if _is_base64(failure.value.code)]
    for failure in dict.fromkeys((*gathered.failures, *inside)):
        error = failure.value
        yield failure.finding("base64 (RFC 4648, section 4)", f"{error.message}", _base64_hint(error))


def _base64_hint(error: DecodeError) -> str:
    if error.code == "base64.url-safe-alphabet":
        return "the url-safe alphabet is for URLs; XML carries the standard one with + and /"
    return ""


@check("drm.base64-pad-bits-zero", "CPX-D14")
def pad_bits(ctx: Context) -> Iterator[Finding]:
    """The base64 of every DRM payload leaves no stray bits in its last character."""
    items = every_payload(ctx).items
    if not items:
        raise NotApplicable("the answer holds no DRM payload")
    for item in items:
        if not b64.decode(item.node.text).canonical:
            yield item.finding("unused bits of the last base64 character set to zero", "bits that are not zero")


@check("drm.kids-not-nil", "DRM-G08")
def kids_not_nil(ctx: Context) -> Iterator[Finding]:
    """No KID of the answer is the nil UUID, neither in an attribute nor in a payload."""
    keys, systems = ctx.document.content_keys, ctx.document.drm_systems
    nil = [key.where for key in keys if uuid_of(key.kid) == _NIL]
    nil += [drm.where for drm in systems if uuid_of(drm.kid) == _NIL]
    for place in nil:
        yield Finding(f"{place}/@kid", "a KID", "the nil UUID")
    for _, item, kids in every_payload_with_kids(ctx):
        for kid in kids:
            if kid.uuid == _NIL:
                yield item.finding("a KID", f"the nil UUID in {kid.where}")


@check("drm.kids-not-text", "ADV-KID-001")
def kids_not_text(ctx: Context) -> Iterator[Finding]:
    """No KID in a payload reads as text, which is a sign that a string was written into the field."""
    known = {uuid_of(key.kid) for key in (*ctx.request.content_keys, *ctx.document.content_keys)}
    for _, item, kids in every_payload_with_kids(ctx):
        for kid in kids:
            if kid.uuid not in known and all(0x20 <= byte < 0x7F for byte in kid.uuid.bytes):
                yield item.finding("16 bytes of a KID", f"16 printable characters in {kid.where}")


@check("drm.extra-kids-known", "DRM-G07")
def extra_kids_known(ctx: Context) -> Iterator[Finding]:
    """Each KID that shows in a payload is the KID of a ContentKey of the document.

    A payload may list all keys of the document; a KID that is none of them usually comes from a copied payload. Only a
    payload that names its own KID too is looked at: one that does not is a finding of another check.
    """
    known = {uuid_of(key.kid) for key in ctx.document.content_keys}
    asked = 0
    for _, item, kids in every_payload_with_kids(ctx):
        own = item.signal.kid
        inside = [kid for kid in kids if not kid.where.endswith(_IN_A_URI)]
        if own is None or own not in {kid.uuid for kid in inside}:
            continue
        asked += 1
        for kid in inside:
            if kid.uuid not in known and kid.uuid != _NIL:
                yield item.finding(
                    "only KIDs of the document", f"{kid_listing(ctx, [kid.uuid])} in {kid.where}", _order(ctx, kid.uuid)
                )
    if not asked:
        raise NotApplicable("no payload shows its KID")


def _order(ctx: Context, kid: UUID) -> str:
    known = {found for key in ctx.document.content_keys if (found := uuid_of(key.kid))}
    return byte_order_hint(kid, known)


@check("drm.payloads-differ-by-key", "SPK20-DRM-015", applies=lambda shape: shape.keys > 1)
def payloads_differ(ctx: Context) -> Iterator[Finding]:
    """Two keys do not share one payload that shows a single KID.

    A server that answers with the same ready-made payload for every key cannot be right for more than one.
    """
    first: dict[tuple[str, str, str | None, bytes], DecodedValue[bytes]] = {}
    asked = 0
    for kind, item, kids in every_payload_with_kids(ctx):
        asked += 1
        other = first.setdefault((kind, item.signal.system, item.node.playlist, item.value), item)
        if other.signal.kid != item.signal.kid and len({kid.uuid for kid in kids}) == 1:
            yield item.finding(
                f"a {kind} of its own", f"the same bytes as for KID {other.signal.kid}", "a ready-made payload?"
            )
    if not asked:
        raise NotApplicable("the answer holds no DRM payload")


@check("drm.signalling-repeats", "DRM-G12", need=Need.KEYS, partners=identical)
def signalling_repeats(ctx: Context) -> Iterator[Finding]:
    """The same request asked again gets the same DRM signalling, byte for byte, and the same additions of SPEKE 2.1."""
    before = identical(ctx)[0]
    if dict(before.keys) != dict(ctx.keys):
        raise Untestable("the content keys or KIDs differ already, and the signalling with them")
    was = dict(_by_place(before))
    for place, item in _by_place(ctx):
        old = was.get(place)
        if old is not None and old.value != item.value:
            yield item.finding("the same bytes as the first time", which_bytes(item.value, old.value))
    added = _additions(ctx)
    for name, value in _additions(before).items():
        now = added.get(name)
        if now is None or now[1] != value[1]:
            where = (now or value)[0]
            yield Finding(where, "the same value as the first time", "none" if now is None else "another value")
    for name in added.keys() - _additions(before).keys():
        yield Finding(added[name][0], "nothing, as the first time", "a value")


def _additions(ctx: Context) -> dict[tuple[object, ...], tuple[str, str]]:
    """What SPEKE 2.1 lets a provider add, by what it is of: its place and its value."""
    found: dict[tuple[object, ...], tuple[str, str]] = {}
    for key in ctx.document.content_keys:
        for hdcp in key.hdcp:
            if hdcp.level is not None:
                found["level", uuid_of(key.kid)] = (f"{hdcp.where}/@HLSHDCPLevel", hdcp.level)
            for value in hdcp.output_protection:
                found["fragment", uuid_of(key.kid)] = (value.where, "".join(value.text.split()))
    for drm in ctx.document.drm_systems:
        of = (uuid_of(drm.system_id), uuid_of(drm.kid))
        if drm.hls_allowed_cpc is not None:
            found["cpc", *of] = (f"{drm.where}/@HLSAllowedCPC", drm.hls_allowed_cpc)
        for one in drm.content_protection:
            if one.robustness is not None:
                found["robustness", *of] = (f"{one.where}/@robustness", one.robustness)
    return found


def _by_place(ctx: Context) -> Iterator[tuple[tuple[object, ...], DecodedValue[bytes]]]:
    count: Counter[tuple[object, ...]] = Counter()
    for kind in _KINDS:
        for item in payloads(kind)(ctx).items:
            place = (kind, item.signal.system, item.signal.kid, item.node.playlist)
            count[place] += 1
            yield (*place, count[place]), item
