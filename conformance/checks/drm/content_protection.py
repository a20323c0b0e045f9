"""ContentProtectionData: the fragment that ends up in the DASH manifest."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.drm.carriers import bare_boxes, bare_objects, fragments, pssh_payloads
from conformance.checks.drm.drm_payloads import (
    PROTECTION,
    DecodedValue,
    DecodedValues,
    asks,
    beside,
    byte_order_hint,
    kid_listing,
    listing,
    of_each,
    of_system,
    payloads,
    signals,
    undecodable,
)
from conformance.checks.drm.drm_systems import FREE
from conformance.checks.drm.which import which, which_bytes
from conformance.checks.registry import NotApplicable, Untestable, check
from conformance.checks.shape import Shape
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.drm import playready
from conformance.drm.content_protection import CENC, MSPR, Protection
from conformance.drm.hls_values import uuids_in
from conformance.model import Finding
from conformance.model.quoted import excerpt

ProtectionValue = DecodedValue[Protection]

ENCODING_CODES = frozenset({"fragment.not-utf8", "fragment.nul", "fragment.declared-encoding"})

_asked = asks("", "content-protection")
_of_widevine = asks("widevine", "content-protection")
_of_playready = asks("playready", "content-protection")


def _with_box(shape: Shape) -> bool:
    return {"pssh", "content-protection"} <= shape.signalling


@check("protection.utf8", "SPK20-DRM-008", applies=_asked)
def utf8(ctx: Context) -> Iterator[Finding]:
    """Each ContentProtectionData is UTF-8 without a byte order mark."""
    gathered = fragments(ctx)
    yield from undecodable(gathered, "UTF-8", lambda code: code in ENCODING_CODES)
    for item in gathered.items:
        if item.value.bom:
            yield item.finding("no byte order mark", "a byte order mark")


@check("protection.well-formed", "SPK20-DRM-008", applies=_asked)
def well_formed(ctx: Context) -> Iterator[Finding]:
    """Each ContentProtectionData holds one or several whole elements that declare their prefixes themselves."""
    return undecodable(
        fragments(ctx),
        "one or several XML elements, with every prefix declared inside",
        lambda code: code not in ENCODING_CODES and not code.startswith("base64."),
    )


@check("protection.bare-children", "CPX-S08", applies=_asked)
@of_each(fragments)
def bare_children(ctx: Context, item: ProtectionValue) -> Iterator[Finding]:
    """Each ContentProtectionData holds what goes inside a ContentProtection element, not the element itself."""
    if item.value.wrapped:
        names = listing(local for _, local in item.value.roots)
        yield item.finding("bare children such as pssh", f"them inside {names}", "the packager adds ContentProtection")


@check("protection.elements-namespaced", "DRM-CPD08", applies=_asked)
@of_each(fragments)
def namespaced(ctx: Context, item: ProtectionValue) -> Iterator[Finding]:
    """Each ContentProtectionData has namespaced elements only, without XML declaration, comments or loose text.

    A pssh of another namespace than its own, or a pro of PlayReady, is an element that nothing reads.
    """
    found = item.value
    if found.unnamespaced:
        yield item.finding("elements of a namespace", f"without one: {listing(found.unnamespaced)}")
    for namespace, name in found.roots:
        home = MSPR if name == "pro" and item.signal.system == "playready" else CENC if name == "pssh" else namespace
        if namespace and namespace != home:
            yield item.finding(f"{name} in the namespace {home}", f"it in {excerpt(namespace, 80)}")
    for there, name in ((found.declaration, "an XML declaration"), (found.comments, "comments")):
        if there:
            yield item.finding(f"no {name.partition(' ')[2] or name}", name)
    if found.text:
        yield item.finding("elements only", "text between them")


@check("protection.widevine-has-pssh", "DRM-CPD04", applies=_of_widevine)
@of_each(of_system(fragments, "widevine"))
def widevine_has_pssh(ctx: Context, item: ProtectionValue) -> Iterator[Finding]:
    """Each ContentProtectionData of Widevine has one cenc:pssh."""
    if len(item.value.pssh) != 1:
        yield item.finding("one pssh in the namespace urn:mpeg:cenc:2013", f"{len(item.value.pssh) or 'none'}")


@check("protection.pssh-equals-pssh", "SPK20-DRM-006", applies=_with_box)
@of_each(fragments)
def pssh_equal(ctx: Context, item: ProtectionValue) -> Iterator[Finding]:
    """The cenc:pssh in each ContentProtectionData is the PSSH beside it, byte for byte.

    The encryptor puts the one into the manifest and the other into the segments, and stops where they differ.
    """
    if not item.value.pssh:
        raise NotApplicable("no ContentProtectionData holds a cenc:pssh")
    box = beside(ctx, item, pssh_payloads).value
    for text in item.value.pssh:
        try:
            inner = b64.decode(text).data
        except DecodeError as error:
            yield item.finding("the bytes of the PSSH beside it, in base64", error.message)
            continue
        if inner != box:
            yield item.finding("the bytes of the PSSH beside it", which(ctx, item, inner, box, pssh_payloads))


@check("protection.pssh-text-equals-pssh-text", "SUITE-PSSH-001", applies=_with_box)
@of_each(fragments)
def pssh_text_equal(ctx: Context, item: ProtectionValue) -> Iterator[Finding]:
    """The cenc:pssh in each ContentProtectionData is written with the same characters as the PSSH beside it."""
    if not item.value.pssh:
        raise NotApplicable("no ContentProtectionData holds a cenc:pssh")
    text = beside(ctx, item, pssh_payloads).node.text
    if any(inner != text for inner in item.value.pssh):
        yield item.finding("the text of the PSSH beside it", "another base64 text (characters or line breaks)")


@check("protection.pro-names-its-kid", "DRM-CPD06-KEY", "SPK20-DRM-015", applies=_of_playready)
@of_each(of_system(fragments, "playready"))
def pro_agrees(ctx: Context, item: ProtectionValue) -> Iterator[Finding]:
    """The mspr:pro in each ContentProtectionData is a PlayReady object with the KIDs and algorithm of the pssh box."""
    wanted = beside(ctx, item, bare_objects).value.header
    for text in _pro(item):
        try:
            header = playready.read_object(b64.decode(text).data).header
        except DecodeError as error:
            yield item.finding("a PlayReady object in mspr:pro", error.message)
            continue
        mine, theirs = ({kid.uuid for kid in one.kids} for one in (header, wanted))
        if mine != theirs:
            hint = byte_order_hint(item.kid, {kid for kid in mine if kid is not None})
            yield item.finding(f"the KIDs of the pssh box: {kid_listing(ctx, theirs)}", kid_listing(ctx, mine), hint)
        if header.algids != wanted.algids:
            yield item.finding("the algorithm of the pssh box", listing(one or "none" for one in header.algids))


@check("protection.pro-equals-pssh-data", "DRM-CPD06", applies=_of_playready)
@of_each(of_system(fragments, "playready"))
def pro_equal(ctx: Context, item: ProtectionValue) -> Iterator[Finding]:
    """The mspr:pro in each ContentProtectionData is the object of the pssh box, byte for byte."""
    wanted = beside(ctx, item, of_system(bare_boxes, "playready")).value.data
    for text in _pro(item):
        try:
            inner = b64.decode(text).data
        except DecodeError as error:
            raise Untestable(f"the mspr:pro is not base64: {error.message}") from None
        if inner != wanted:
            boxes = of_system(bare_boxes, "playready")
            owner = next((one for one in boxes(ctx).items if one.value.data == inner), None)
            seen = f"that of another DRMSystem ({owner.signal.name})" if owner else which_bytes(inner, wanted)
            yield item.finding("the bytes of the object in the pssh box", seen)


def _pro(item: ProtectionValue) -> tuple[str, ...]:
    if not item.value.pro:
        raise NotApplicable("no ContentProtectionData holds mspr:pro")
    return item.value.pro


@check("protection.playready-has-pssh-and-pro", "DRM-CPD07", applies=_of_playready)
@of_each(of_system(fragments, "playready"))
def playready_has_both(ctx: Context, item: ProtectionValue) -> Iterator[Finding]:
    """Each ContentProtectionData of PlayReady has both cenc:pssh and mspr:pro, as MediaPackage wants."""
    for name, texts in (("cenc:pssh", item.value.pssh), ("mspr:pro", item.value.pro)):
        if not texts:
            yield item.finding(f"a {name}", "none")


@check("protection.playready-has-pssh-or-pro", "DRM-CPD07-NONE", applies=_of_playready)
@of_each(of_system(fragments, "playready"))
def playready_has_one(ctx: Context, item: ProtectionValue) -> Iterator[Finding]:
    """Each ContentProtectionData of PlayReady has a cenc:pssh or an mspr:pro, from which a player starts."""
    if not item.value.pssh and not item.value.pro:
        names = listing(local for _, local in item.value.roots)
        yield item.finding("a cenc:pssh or an mspr:pro", f"neither, but {names}")


@check("protection.bare-pssh-for-packagers", "AWS-MP2-007", applies=lambda s: _of_widevine(s) or _of_playready(s))
@of_each(of_system(fragments, "widevine", "playready"))
def bare_pssh(ctx: Context, item: ProtectionValue) -> Iterator[Finding]:
    """Each ContentProtectionData of Widevine and PlayReady has cenc:pssh as an outermost element."""
    if (CENC, "pssh") not in item.value.roots:
        names = listing(local for _, local in item.value.roots)
        yield item.finding("cenc:pssh among the outermost elements", names)


@check("protection.default-kid-is-its-kid", "SPK20-DRM-015", applies=_asked)
@of_each(fragments)
def default_kid(ctx: Context, item: ProtectionValue) -> Iterator[Finding]:
    """A cenc:default_KID in ContentProtectionData is the KID of the DRMSystem."""
    kids = [kid for text in item.value.default_kids for kid in uuids_in(text)]
    if not kids:
        raise NotApplicable("no ContentProtectionData holds a cenc:default_KID")
    if item.kid not in kids:
        yield item.finding(f"default_KID {item.kid}", kid_listing(ctx, kids), byte_order_hint(item.kid, kids))


@check("protection.no-deprecated-elements", "DRM-CPD10", applies=_of_playready)
@of_each(of_system(fragments, "playready"))
def no_deprecated(ctx: Context, item: ProtectionValue) -> Iterator[Finding]:
    """No ContentProtectionData of PlayReady uses the elements from before Common Encryption."""
    if item.value.deprecated:
        yield item.finding("mspr:pro and cenc:pssh only", listing(item.value.deprecated))


def _unwanted(ctx: Context, systems: tuple[str, ...]) -> DecodedValues[bytes]:
    if not any(signal.system in systems for signal in signals(ctx)):
        raise NotApplicable("no such DRMSystem in the answer")
    return of_system(payloads(PROTECTION), *systems)(ctx)


@check("fairplay.no-content-protection", "SPK20-DRM-014", applies=asks("fairplay"))
def fairplay_none(ctx: Context) -> Iterator[Finding]:
    """No DRMSystem of FairPlay has a filled ContentProtectionData."""
    for item in _unwanted(ctx, ("fairplay",)).items:
        yield item.finding("no ContentProtectionData", f"one of {len(item.value)} bytes")


@check("fairplay.no-content-protection-element", "SUITE-FP-001", applies=asks("fairplay"))
def fairplay_no_element(ctx: Context) -> Iterator[Finding]:
    """No DRMSystem of FairPlay has a ContentProtectionData that was not asked for, not even an empty one."""
    unasked = [one for one in signals(ctx) if one.system == "fairplay" and not one.asked.content_protection]
    if not unasked:
        raise NotApplicable("no DRMSystem of FairPlay was asked for without ContentProtectionData")
    for signal in unasked:
        for value in signal.answered.content_protection:
            seen = f"one of {len(value.text)} characters" if value.text else "an empty one"
            yield Finding(f"{value.where} ({signal.name})", "no ContentProtectionData", seen)


@check("clearkey.no-content-protection", "SPK20-DRM-014", applies=asks("clearkey-aes-128"))
def clearkey_none(ctx: Context) -> Iterator[Finding]:
    """No DRMSystem of Clear Key AES-128 has a filled ContentProtectionData."""
    for item in _unwanted(ctx, ("clearkey-aes-128",)).items:
        yield item.finding("no ContentProtectionData", f"one of {len(item.value)} bytes")


@check("drm.no-pssh-without-box-format", "DRM-P13", applies=lambda shape: bool(shape.systems & {*FREE}))
def no_pssh(ctx: Context) -> Iterator[Finding]:
    """No DRMSystem of FairPlay or Clear Key has a filled PSSH, which nothing there reads."""
    mine = of_system(pssh_payloads, *FREE)(ctx)
    for item in mine.items:
        yield item.finding("an empty PSSH, or none", f"one of {len(item.value)} bytes")
