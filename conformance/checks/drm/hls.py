"""HLS key tags: grammar, attributes, and the agreement of the lines for media and master playlist."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from uuid import UUID

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.drm.carriers import lines, tags
from conformance.checks.drm.drm_payloads import (
    DecodedValue,
    asks,
    byte_order_hint,
    kid_listing,
    listing,
    of_each,
    signals,
    undecodable,
)
from conformance.checks.registry import NotApplicable, Subject, Untestable, check
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import ContentKey, uuid_of
from conformance.drm.hls import HlsSignalling, KeyTag
from conformance.model import Finding

Line = DecodedValue[KeyTag]
"""One key tag of a line; every tag is looked at, not only the first."""

MEDIA, SESSION = "EXT-X-KEY", "EXT-X-SESSION-KEY"
TAG_OF = {"media": MEDIA, "master": SESSION, "multiVariant": SESSION}
METHODS = ("AES-128", "SAMPLE-AES", "SAMPLE-AES-CTR")
KNOWN = frozenset({"METHOD", "URI", "IV", "KEYFORMAT", "KEYFORMATVERSIONS", "KEYID"})
AGREE = ("METHOD", "KEYFORMAT", "KEYFORMATVERSIONS")
IMPLIED = {"KEYFORMAT": "identity", "KEYFORMATVERSIONS": "1"}
"""What an attribute that is absent stands for (RFC 8216, section 4.3.2.4)."""
OWN_CHECKS = frozenset({"fairplay", "clearkey-aes-128"})
"""DRM systems whose METHOD and KEYFORMAT have checks of their own."""

TEXT_CODES = frozenset(
    {"hls.empty", "hls.too-large", "hls.not-utf8", "hls.bom", "hls.control-character", "hls.broken-tag", "hls.no-tag"}
)
_OF_A_PLAYLIST = re.compile(
    r"#EXT(?:M3U|INF|-X-(?:"
    r"VERSION|BYTERANGE|DISCONTINUITY|MAP|PROGRAM-DATE-TIME|GAP|BITRATE|PART|TARGETDURATION|"
    r"MEDIA-SEQUENCE|DISCONTINUITY-SEQUENCE|ENDLIST|PLAYLIST-TYPE|I-FRAMES-ONLY|PART-INF|"
    r"SERVER-CONTROL|SKIP|PRELOAD-HINT|RENDITION-REPORT|MEDIA|STREAM-INF|I-FRAME-STREAM-INF|"
    r"CONTENT-STEERING|INDEPENDENT-SEGMENTS|START|DEFINE"
    r"))"
)
"""Tags of HLS that say something of segments or variants, of which a key server knows nothing."""
_VERSIONS = re.compile(r"[1-9][0-9]*(?:/[1-9][0-9]*)*")

_asked = asks("", "hls")


@check("hls.playlists-as-asked", "SPK20-DRM-010", applies=_asked)
def playlists_as_asked(ctx: Context) -> Iterator[Finding]:
    """The HLSSignalingData of each DRMSystem are for the playlists that were asked for, by the same words."""
    for signal in signals(ctx):
        left = Counter(value.playlist for value in signal.asked.hls)
        for value in signal.answered.hls:
            if left[value.playlist]:
                left[value.playlist] -= 1
                continue
            wanted = listing(sorted(f"playlist {one.playlist or '(none)'!r}" for one in signal.asked.hls))
            hint = "SPEKE 2.1 keeps the word master" if value.playlist == "multiVariant" else ""
            yield Finding(f"{value.where}/@playlist", wanted, f"playlist {value.playlist or '(none)'!r}", hint)


@check("hls.is-text-with-key-tag", "SPK20-DRM-011", applies=_asked)
def is_text(ctx: Context) -> Iterator[Finding]:
    """Each HLSSignalingData is UTF-8 text with a key tag of HLS."""
    return undecodable(lines(ctx), "a line with EXT-X-KEY or EXT-X-SESSION-KEY", lambda code: code in TEXT_CODES)


@check("hls.tag-of-its-playlist", "SPK20-DRM-011", applies=_asked)
@of_each(tags)
def tag_of_its_playlist(ctx: Context, item: Line) -> Iterator[Finding]:
    """The line for the media playlist is an EXT-X-KEY, the one for the master playlist an EXT-X-SESSION-KEY."""
    wanted = TAG_OF.get(item.node.playlist or "media")
    if wanted is None:
        raise Untestable(f"there is no playlist {item.node.playlist!r}")
    if item.value.tag != wanted:
        yield item.finding(f"#{wanted} for the {item.node.playlist or 'media'} playlist", f"#{item.value.tag}")


@check("hls.attributes-by-grammar", "DRM-HLS03", applies=_asked)
def by_grammar(ctx: Context) -> Iterator[Finding]:
    """The attributes of each key tag follow the grammar of HLS: names, commas, quotes, no spaces, no duplicates."""
    return undecodable(
        tags(ctx),
        "an attribute list as RFC 8216, section 4.2, has it",
        lambda code: code.startswith("hls.") and code not in TEXT_CODES,
    )


@check("hls.one-line", "DRM-HLS02", applies=_asked)
@of_each(lines)
def one_line(ctx: Context, item: DecodedValue[HlsSignalling]) -> Iterator[Finding]:
    """Each HLSSignalingData holds one key tag and no other line."""
    if item.value.extra_tags:
        yield item.finding("one key tag", f"{len(item.value.extra_tags) + 1}")
    if item.value.other_lines:
        yield item.finding("the key tag alone", f"{len(item.value.other_lines)} more lines")


@check("hls.no-lines-of-a-playlist", "DRM-HLS02-LINES", applies=_asked)
@of_each(lines)
def no_playlist_lines(ctx: Context, item: DecodedValue[HlsSignalling]) -> Iterator[Finding]:
    """Beside its key tags no HLSSignalingData holds what is the packager's: a URI, or another tag of HLS itself."""
    for line in item.value.other_lines:
        if not line.startswith("#"):
            yield item.finding("key tags and what a DRM system adds to them", "a line that is the URI of a segment")
        elif _OF_A_PLAYLIST.fullmatch(name := line.partition(":")[0].strip()):
            yield item.finding("key tags and what a DRM system adds to them", name)


@check("hls.method-defined", "DRM-HLS04", applies=_asked)
@of_each(tags)
def method_defined(ctx: Context, item: Line) -> Iterator[Finding]:
    """Each key tag has a METHOD that HLS defines, and never NONE."""
    known = (*METHODS, "AES-256-GCM") if ctx.version == "2.1" else METHODS
    method = item.value.text("METHOD")
    if method not in known:
        yield item.finding(f"METHOD {', '.join(known)}", f"METHOD {method}" if method else "no METHOD")


@check("hls.uri-given", "DRM-HLS05", applies=_asked)
@of_each(tags)
def uri_given(ctx: Context, item: Line) -> Iterator[Finding]:
    """Each key tag has a URI."""
    if not item.value.text("URI"):
        yield item.finding("a URI", "an empty URI" if item.value.text("URI") == "" else "no URI")


@check("hls.key-format-right", "DRM-HLS06", applies=_asked)
@of_each(tags)
def key_format(ctx: Context, item: Line) -> Iterator[Finding]:
    """The KEYFORMAT of each key tag is the one of its DRM system; without KEYFORMAT a tag is for identity."""
    system = load_catalogue().systems.get(item.signal.system)
    if system is None or not system.keyformat or item.signal.system in OWN_CHECKS:
        raise NotApplicable("the DRM system has a check of its own, or no KEYFORMAT that is known")
    seen = item.value.text("KEYFORMAT")
    if (IMPLIED["KEYFORMAT"] if seen is None else seen) != system.keyformat:
        yield item.finding(f'KEYFORMAT="{system.keyformat}"', f'KEYFORMAT="{seen}"' if seen is not None else "none")


@check("hls.key-format-versions-right", "DRM-HLS07", applies=_asked)
@of_each(tags)
def key_format_versions(ctx: Context, item: Line) -> Iterator[Finding]:
    """The KEYFORMATVERSIONS of each key tag, where present, is "1" or another list of numbers that HLS allows."""
    text = item.value.text("KEYFORMATVERSIONS")
    one = item.signal.system in ("fairplay", "widevine", "playready")
    if text is not None and (text != "1" if one else not _VERSIONS.fullmatch(text)):
        yield item.finding('KEYFORMATVERSIONS="1"' if one else "numbers joined by /", f'"{text}"')


def _method(item: Line) -> str:
    method = item.value.text("METHOD")
    if method not in METHODS:
        raise Untestable("HLS does not define this METHOD")
    return method


@check("hls.method-fits-scheme", "DRM-HLS08", "SPK20-DRM-016", applies=_asked)
@of_each(tags)
def method_fits_scheme(ctx: Context, item: Line) -> Iterator[Finding]:
    """The METHOD of each key tag fits the scheme: SAMPLE-AES for cbcs, SAMPLE-AES-CTR for cenc."""
    allowed = {"cbcs": ("SAMPLE-AES",), "cenc": ("SAMPLE-AES-CTR", "SAMPLE-AES"), "cbc1": ("AES-128", "SAMPLE-AES")}
    wanted = allowed.get(item.signal.scheme)
    if wanted is None or item.signal.system in OWN_CHECKS:
        raise NotApplicable("another check covers the METHOD of this scheme or DRM system")
    method = _method(item)
    if method not in wanted:
        yield item.finding(f"METHOD={wanted[0]} for {item.signal.scheme}", f"METHOD={method}")


@check("hls.cenc-method-is-ctr", "DRM-HLS09", applies=lambda shape: _asked(shape) and shape.scheme == "cenc")
@of_each(tags)
def cenc_method(ctx: Context, item: Line) -> Iterator[Finding]:
    """The METHOD for cenc is SAMPLE-AES-CTR, not the SAMPLE-AES that the AWS guide prints."""
    if _method(item) == "SAMPLE-AES":
        yield item.finding("METHOD=SAMPLE-AES-CTR for cenc", "METHOD=SAMPLE-AES")


@check(
    "hls.method-of-cens",
    "DRM-HLS08-CENS",
    applies=lambda shape: _asked(shape) and shape.scheme == "cens",
    subject=Subject.EXPECTATION,
)
@of_each(tags)
def cens_method(ctx: Context, item: Line) -> Iterator[Finding]:
    """Which METHOD is answered for cens, for which HLS has none."""
    yield item.finding("(silent)", f"METHOD={item.value.text('METHOD')}")


@check("hls.iv-is-explicit-iv", "DRM-HLS10", applies=_asked)
@of_each(tags)
def iv_agrees(ctx: Context, item: Line) -> Iterator[Finding]:
    """The IV of a key tag, where present, is the explicitIV of the key, and is absent in counter mode."""
    digits = _iv(item)
    method = item.value.text("METHOD")
    if method in ("SAMPLE-AES-CTR", "AES-256-GCM"):
        yield item.finding(f"no IV with METHOD={method}", "an IV")
        return
    if len(digits) > 32:
        yield item.finding("an IV of at most 32 digits", f"{len(digits)} digits")
        return
    wanted = _explicit_iv(ctx, item)
    if int(digits, 16) != int.from_bytes(wanted, "big"):
        yield item.finding("the explicitIV of the key as IV", "another value")


@check("hls.iv-has-all-digits", "DRM-HLS10-DIGITS", applies=_asked)
@of_each(tags)
def iv_digits(ctx: Context, item: Line) -> Iterator[Finding]:
    """The IV of a key tag, where present, is written with 32 digits, leading zeros included."""
    digits = len(_iv(item))
    if digits < 32:
        yield item.finding("32 digits, with the leading zeros", f"{digits} digits")


def _iv(item: Line) -> str:
    value = item.value.attributes.get("IV")
    if value is None or value.hexadecimal is None:
        raise NotApplicable("no key tag has an IV")
    return value.hexadecimal


def _explicit_iv(ctx: Context, item: Line) -> bytes:
    keys: dict[UUID | None, ContentKey] = ctx.memo(
        "keys by kid", lambda: {uuid_of(key.kid): key for key in ctx.document.content_keys}
    )
    key = keys.get(item.signal.kid)
    if key is None or not key.explicit_iv:
        raise Untestable("the content key has no explicitIV to compare with")
    try:
        return b64.decode(key.explicit_iv).data
    except DecodeError:
        raise Untestable("the explicitIV of the content key is not base64") from None


@check("hls.key-id-is-its-kid", "DRM-HLS14", "SPK20-DRM-015", applies=_asked)
@of_each(tags)
def key_id(ctx: Context, item: Line) -> Iterator[Finding]:
    """The KEYID of a key tag, where present, is the KID of the DRMSystem."""
    value = item.value.attributes.get("KEYID")
    if value is None or value.hexadecimal is None:
        raise NotApplicable("no key tag has a KEYID")
    if value.hexadecimal.lower() != item.kid.hex:
        seen = [UUID(value.hexadecimal)] if len(value.hexadecimal) == 32 else []
        yield item.finding(
            f"KEYID=0x{item.kid.hex}",
            f"KEYID with {kid_listing(ctx, seen) if seen else 'another number of digits'}",
            byte_order_hint(item.kid, seen),
        )


@check("hls.no-unknown-attributes", "DRM-HLS20", applies=_asked)
@of_each(tags)
def no_unknown_attributes(ctx: Context, item: Line) -> Iterator[Finding]:
    """No key tag has attributes that HLS does not know (KEYID excepted, which packagers use)."""
    unknown = [name for name in item.value.attributes if name not in KNOWN]
    if unknown:
        yield item.finding("attributes that HLS defines", listing(unknown))


def couples(ctx: Context) -> Iterator[tuple[Line, Line]]:
    """The tags for media and master playlist of each DRMSystem that has both.

    A tag of the master playlist goes with the one of the media playlist that has its URI, otherwise with the one at
    the same place.
    """
    gathered = tags(ctx)
    media = _by_system(item for item in gathered.items if (item.node.playlist or "media") == "media")
    master = _by_system(item for item in gathered.items if item.node.playlist in ("master", "multiVariant"))
    found = 0
    for signal, sessions in master.items():
        own = media.get(signal, [])
        for place, session in enumerate(sessions if own else ()):
            same = (tag for tag in own if tag.value.text("URI") == session.value.text("URI"))
            found += 1
            yield next(same, own[min(place, len(own) - 1)]), session
    if not found and gathered.failures:
        raise Untestable("the two lines of a DRMSystem cannot both be read")
    if not found:
        raise NotApplicable("no DRMSystem has a line for both playlists")


def _by_system(items: Iterable[Line]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = {}
    for item in items:
        found.setdefault(id(item.signal), []).append(item)
    return found


def _difference(one: Line, other: Line) -> str:
    names = [name for name in AGREE if _meant(one, name) != _meant(other, name)]
    return listing(f"{name} {_meant(one, name)} and {_meant(other, name)}" for name in names) if names else ""


def _meant(item: Line, name: str) -> str | None:
    """The value of an attribute, or what its absence stands for."""
    text = item.value.text(name)
    return IMPLIED.get(name) if text is None else text


@check("hls.lines-of-one-uri-agree", "DRM-HLS11", applies=_asked)
def one_uri_agrees(ctx: Context) -> Iterator[Finding]:
    """Where both lines have the same URI, they have the same METHOD, KEYFORMAT and KEYFORMATVERSIONS."""
    for media, master in couples(ctx):
        difference = _difference(media, master)
        if difference and media.value.text("URI") == master.value.text("URI"):
            yield master.finding("the same as in the line for the media playlist", difference)


@check("hls.lines-of-two-uris-agree", "SPK20-DRM-012", applies=_asked)
def two_uris_agree(ctx: Context) -> Iterator[Finding]:
    """Where the lines have different URIs, they still have the same METHOD, KEYFORMAT and KEYFORMATVERSIONS."""
    for media, master in couples(ctx):
        difference = _difference(media, master)
        if difference and media.value.text("URI") != master.value.text("URI"):
            yield master.finding("the same as in the line for the media playlist", difference)


@check("hls.lines-alike-but-for-the-tag", "AWS-MP2-006", applies=_asked)
def lines_alike(ctx: Context) -> Iterator[Finding]:
    """The lines for media and master playlist differ in nothing but the name of the tag."""
    for media, master in couples(ctx):
        theirs = {name: value.text for name, value in master.value.attributes.items()}
        names = [name for name in {**media.value.attributes, **theirs} if media.value.text(name) != theirs.get(name)]
        if names:
            yield master.finding("the attributes of the line for the media playlist", f"different: {listing(names)}")
