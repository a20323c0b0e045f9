"""FairPlay: its key tags and the skd URI in them."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.drm.carriers import tags
from conformance.checks.drm.drm_payloads import asks, kid_listing, of_each, of_system
from conformance.checks.drm.hls import Line, couples
from conformance.checks.registry import NotApplicable, Untestable, check
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import uuid_of
from conformance.drm.hls_values import ivs_in, uuids_in
from conformance.model import Finding, quoted
from conformance.model.quoted import Kind, excerpt

KEYFORMAT = "com.apple.streamingkeydelivery"

_asked = asks("fairplay", "hls")
_lines = of_system(tags, "fairplay")


@check("fairplay.method-and-key-format", "DRM-HLS17", applies=_asked)
@of_each(_lines)
def method_and_key_format(ctx: Context, item: Line) -> Iterator[Finding]:
    """Each FairPlay key tag has METHOD=SAMPLE-AES and Apple's KEYFORMAT."""
    for name, wanted in (("METHOD", "SAMPLE-AES"), ("KEYFORMAT", KEYFORMAT)):
        seen = item.value.text(name)
        if seen != wanted:
            yield item.finding(f"{name} {wanted}", f"{name} {seen}" if seen is not None else f"no {name}")


def _uri(item: Line) -> str:
    uri = item.value.text("URI")
    if not uri:
        raise NotApplicable("no FairPlay key tag has a URI")
    return uri


@check("fairplay.uri-is-skd", "DRM-HLS18", applies=_asked)
@of_each(_lines)
def uri_is_skd(ctx: Context, item: Line) -> Iterator[Finding]:
    """The URI of each FairPlay key tag is skd:// and something after it."""
    scheme, separator, body = _uri(item).partition("://")
    if scheme.lower() != "skd" or not separator:
        yield item.finding("an skd:// URI", f"the scheme {excerpt(scheme, 20)}" if separator else "a text without ://")
    elif not body:
        yield item.finding("something after skd://", "nothing")


@check("fairplay.uri-names-no-other-key", "DRM-HLS18-KEY", "SPK20-DRM-015", applies=_asked)
@of_each(_lines)
def no_other_key(ctx: Context, item: Line) -> Iterator[Finding]:
    """The URI of no FairPlay key tag names the KID of another key of the document."""
    seen = uuids_in(_uri(item))
    if not seen:
        raise NotApplicable("no FairPlay URI shows a UUID")
    others = {uuid_of(key.kid) for key in ctx.document.content_keys} - {item.kid}
    found = [kid for kid in seen if kid in others]
    if found and item.kid not in seen:
        yield item.finding(f"KID {item.kid}", f"another KID of the document: {kid_listing(ctx, found)}")


@check("fairplay.uri-names-no-foreign-uuid", "DRM-HLS18-KID", applies=_asked)
@of_each(_lines)
def no_foreign_uuid(ctx: Context, item: Line) -> Iterator[Finding]:
    """A UUID in the URI of a FairPlay key tag is the KID."""
    seen = uuids_in(_uri(item))
    if not seen:
        raise NotApplicable("no FairPlay URI shows a UUID")
    known = {uuid_of(key.kid) for key in ctx.document.content_keys}
    if item.kid not in seen and not known & {*seen}:
        yield item.finding(f"KID {item.kid}", f"another UUID: {kid_listing(ctx, seen)}")


@check("fairplay.uri-iv-is-explicit-iv", "DRM-HLS18-IV", applies=_asked)
@of_each(_lines)
def uri_iv(ctx: Context, item: Line) -> Iterator[Finding]:
    """The IV in a FairPlay URI, where one can be seen, is the explicitIV of the key.

    It is seen in a JSON object, behind `iv=`, and behind the KID and a colon.
    """
    # `skd://CONTENT:KID` looks as `skd://KID:IV` does.
    ivs = [iv for iv in ivs_in(_uri(item)) if iv != item.kid.bytes]
    given = [key.explicit_iv for key in ctx.document.content_keys if uuid_of(key.kid) == item.kid and key.explicit_iv]
    if not ivs or not given:
        raise NotApplicable("no FairPlay URI shows an IV of a key with an explicitIV")
    try:
        wanted = b64.decode(given[0]).data
    except DecodeError as error:
        raise Untestable(f"the explicitIV cannot be read: {error.message}") from None
    if wanted not in ivs:
        yield item.finding("the explicitIV of the key as IV", "another value")


@check("fairplay.uri-same-in-both-lines", "DRM-HLS12", applies=_asked)
def uri_same(ctx: Context) -> Iterator[Finding]:
    """The FairPlay key tags for media and master playlist have the same URI."""
    asked = 0
    for media, master in couples(ctx):
        if master.signal.system != "fairplay":
            continue
        asked += 1
        if media.value.text("URI") != master.value.text("URI"):
            seen = f"{quoted(master.value.text('URI') or 'no URI', Kind.PAYLOAD, most=100, literal=True)}"
            wanted = f"{quoted(media.value.text('URI') or 'no URI', Kind.PAYLOAD, most=100, literal=True)}"
            yield master.finding(f"the URI of the line for the media playlist, {wanted}", seen)
    if not asked:
        raise NotApplicable("no FairPlay DRMSystem has a line for both playlists")
