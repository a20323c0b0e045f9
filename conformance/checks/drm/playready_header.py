"""What a PlayReady header says about its key: KID, algorithm, checksum, URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import UUID

from conformance.checks.context import Context
from conformance.checks.drm.carriers import playready_objects
from conformance.checks.drm.drm_payloads import (
    OBJECT_CARRIERS,
    DecodedValue,
    asks,
    byte_order_hint,
    kid_listing,
    listing,
    of_each,
)
from conformance.checks.registry import Need, NotApplicable, Untestable, check
from conformance.checks.shape import Shape
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.drm.playready import PlayReadyObject, WrmKid, checksum, checksum_variants
from conformance.model import Finding

Object = DecodedValue[PlayReadyObject]

ALGIDS = {"4.0.0.0": ("AESCTR",), "4.1.0.0": ("AESCTR",), "4.2.0.0": ("AESCTR",), "4.3.0.0": ("AESCTR", "AESCBC")}
"""Header version -> algorithms that have a common encryption scheme; COCKTAIL has none."""

ALGID_OF = {"cenc": "AESCTR", "cens": "AESCTR", "cbcs": "AESCBC", "cbc1": "AESCBC"}

# The test servers take their orders in brackets; a cfg of one's own may be anything.
_TEST_PARAMETER = re.compile(r"(?i)(?<![a-z])(?:(?:ck|contentkey)[:=]|cfg=\()")

_asked = asks("playready", *OBJECT_CARRIERS)


def kid_values(item: Object) -> tuple[WrmKid, ...]:
    """The KIDs of a header; not applicable where it names none."""
    if not item.value.header.kids:
        raise NotApplicable("no PlayReady header names a KID")
    return item.value.header.kids


def kid_findings(ctx: Context, item: Object) -> Iterator[Finding]:
    """One finding for each KID that is no GUID, or where the KID of the DRMSystem is not among them."""
    kids = kid_values(item)
    for kid in kids:
        if kid.uuid is None:
            yield item.finding(
                "a KID of 16 bytes in base64", f"{len(kid.value)} bytes" if kid.value is not None else "no base64"
            )
    found = [kid.uuid for kid in kids if kid.uuid is not None]
    if found and item.kid not in found:
        yield item.finding(
            f"{item.kid} (in GUID byte order)", kid_listing(ctx, found), byte_order_hint(item.kid, found)
        )


@check("playready.names-its-kid", "DRM-PR08", "SPK20-DRM-015", applies=_asked)
@of_each(playready_objects)
def names_its_kid(ctx: Context, item: Object) -> Iterator[Finding]:
    """Each PlayReady header names the KID of its DRMSystem, as a GUID in Windows byte order."""
    return kid_findings(ctx, item)


@check("playready.kid-visible", "DRM-PR09", applies=_asked)
@of_each(playready_objects)
def kid_visible(ctx: Context, item: Object) -> Iterator[Finding]:
    """Each PlayReady header names a KID."""
    if not item.value.header.kids:
        yield item.finding("a KID", "none")


def _algids(item: Object) -> list[str]:
    return sorted(algid for algid in item.value.header.algids if algid is not None)


@check("playready.algorithm-of-its-version", "DRM-PR10", applies=_asked)
@of_each(playready_objects)
def algorithm_allowed(ctx: Context, item: Object) -> Iterator[Finding]:
    """The algorithm in each PlayReady header is one that its version has and that common encryption knows."""
    allowed = ALGIDS.get(item.value.header.version or "")
    if allowed is None:
        raise Untestable("this version of the header does not exist")
    for algid in _algids(item):
        if algid not in allowed:
            hint = "AESCBC, and with it cbcs, needs header version 4.3" if algid == "AESCBC" else ""
            yield item.finding(f"{' or '.join(allowed)} in version {item.value.header.version}", algid, hint)


@check("playready.algorithm-agrees", "DRM-PR11", "SPK20-DRM-016", applies=_asked)
@of_each(playready_objects)
def algorithm_agrees(ctx: Context, item: Object) -> Iterator[Finding]:
    """The algorithm in each PlayReady header fits the scheme: AESCTR for cenc, AESCBC in version 4.3 for cbcs."""
    return algorithm_findings(item)


def algorithm_findings(item: Object) -> Iterator[Finding]:
    """Findings against the algorithm, given the scheme of the key."""
    wanted = ALGID_OF.get(item.signal.scheme)
    if wanted is None:
        raise NotApplicable(f"the scheme {item.signal.scheme} says nothing about the algorithm")
    for algid in _algids(item):
        if algid in ("AESCTR", "AESCBC") and algid != wanted:
            yield item.finding(f"{wanted} for {item.signal.scheme}", algid)
    version = item.value.header.version
    if wanted == "AESCBC" and not _algids(item) and version in ALGIDS and version != "4.3.0.0":
        yield item.finding(f"version 4.3 for {item.signal.scheme}", f"version {version}")


@check("playready.algorithm-given", "DRM-PR11-ABSENT", applies=lambda shape: _asked(shape) and shape.scheme != "cenc")
@of_each(playready_objects)
def algorithm_given(ctx: Context, item: Object) -> Iterator[Finding]:
    """Each PlayReady header for cbcs names its algorithm."""
    if item.value.header.version == "4.3.0.0" and ALGID_OF.get(item.signal.scheme) == "AESCBC" and not _algids(item):
        yield item.finding("ALGID AESCBC", "no ALGID")


@check("playready.algorithms-alike", "DRM-PR12", applies=_asked)
@of_each(playready_objects)
def algorithms_alike(ctx: Context, item: Object) -> Iterator[Finding]:
    """All KIDs of a PlayReady header have the same algorithm, or none has one."""
    if item.value.header.version != "4.3.0.0":
        raise NotApplicable("no PlayReady header has version 4.3")
    kinds = item.value.header.algids
    if len(kinds) > 1:
        yield item.finding("one ALGID for all KIDs", listing(sorted(str(kind) for kind in kinds)))


@check("playready.key-length-16", "DRM-PR13", applies=_asked)
@of_each(playready_objects)
def key_length(ctx: Context, item: Object) -> Iterator[Finding]:
    """The KEYLEN of each PlayReady header of version 4.0 is 16."""
    header = item.value.header
    if header.version != "4.0.0.0" or header.keylen is None:
        raise NotApplicable("no PlayReady header has a KEYLEN")
    if header.algid == "AESCTR" and header.keylen != "16":
        yield item.finding("KEYLEN 16", f"KEYLEN {header.keylen}")


@check("playready.checksum-fits", "DRM-PR14", need=Need.KEYS, applies=_asked)
@of_each(playready_objects)
def checksum_fits(ctx: Context, item: Object) -> Iterator[Finding]:
    """Each checksum in a PlayReady header is that of the answered content key.

    The first 8 bytes of the KID (GUID order), encrypted by AES-ECB with the key. A client that finds another value
    throws the licence away.
    """
    return checksum_fits_item(ctx, item)


def checksum_fits_item(ctx: Context, item: Object) -> Iterator[Finding]:
    """Findings against the checksums of one header; not applicable where it has none of a key that is known."""
    asked = 0
    for kid in kid_values(item):
        key = ctx.keys.get(kid.uuid) if kid.uuid else None
        if kid.checksum_text is None or kid.uuid is None or _algid_meant(item, kid) not in ("AESCTR", None):
            continue
        if key is None or len(key) != 16:
            continue
        asked += 1
        if kid.checksum is None or len(kid.checksum) != 8:
            yield item.finding(
                "a checksum of 8 bytes in base64", f"{len(kid.checksum or b'')} bytes for KID {kid.uuid}"
            )
        elif kid.checksum != checksum(key, kid.uuid):
            yield item.finding(
                f"the checksum of KID {kid.uuid} and its content key",
                "another value",
                _checksum_hint(ctx, kid.uuid, key, kid.checksum),
            )
    if not asked:
        raise NotApplicable("no PlayReady header has a checksum of a key in the document")


def _encrypted(shape: Shape) -> bool:
    return _asked(shape) and shape.encrypted


@check("playready.checksum-fits-decrypted-key", "DRM-K12", need=Need.KEYS, applies=_encrypted)
@of_each(playready_objects)
def checksum_fits_decrypted(ctx: Context, item: Object) -> Iterator[Finding]:
    """Each checksum in a PlayReady header is that of the decrypted content key.

    The header was made from the key before it was encrypted, so this proves the encryption from end to end.
    """
    return checksum_fits_item(ctx, item)


def _checksum_hint(ctx: Context, kid: UUID, key: bytes, seen: bytes) -> str:
    for mistake, value in checksum_variants(key, kid).items():
        if value == seen:
            return mistake
    for other, other_key in ctx.keys.items():
        if len(other_key) == 16 and other != kid and checksum(other_key, kid) == seen:
            return f"it was made with the content key of KID {other}"
    return ""


def _algid_meant(item: Object, kid: WrmKid) -> str | None:
    """The algorithm of a KID: the one that stands there, or else the one that the scheme stands for."""
    return kid.algid or ALGID_OF.get(item.signal.scheme)


@check("playready.no-checksum-with-aescbc", "DRM-PR15", applies=_asked)
@of_each(playready_objects)
def no_checksum(ctx: Context, item: Object) -> Iterator[Finding]:
    """No PlayReady header has a checksum beside the algorithm AESCBC.

    Without ALGID the algorithm is that of the scheme.
    """
    cbc = [kid for kid in kid_values(item) if _algid_meant(item, kid) == "AESCBC"]
    if not cbc:
        raise NotApplicable("no PlayReady header has the algorithm AESCBC")
    if any(kid.checksum_text is not None for kid in cbc):
        yield item.finding("no CHECKSUM", "a CHECKSUM beside AESCBC")


@check("playready.checksum-given", "DRM-PR16", applies=lambda shape: _asked(shape) and shape.scheme == "cenc")
@of_each(playready_objects)
def checksum_given(ctx: Context, item: Object) -> Iterator[Finding]:
    """Each KID in a PlayReady header for cenc has a checksum."""
    if any(kid.checksum_text is None for kid in kid_values(item)):
        yield item.finding("a CHECKSUM", "none")


@check("playready.licence-url-sound", "DRM-PR17", applies=_asked)
@of_each(playready_objects)
def licence_url(ctx: Context, item: Object) -> Iterator[Finding]:
    """The LA_URL of each PlayReady header, where present, is one absolute http or https URL."""
    urls = item.value.header.la_urls
    if not urls:
        raise NotApplicable("no PlayReady header has an LA_URL")
    if len(urls) > 1:
        yield item.finding("one LA_URL", f"{len(urls)}")
    for url in urls:
        if not _absolute(url):
            yield item.finding("an absolute http or https URL", "an empty LA_URL" if not url else "something else")
        elif "&amp;" in url:
            yield item.finding("an LA_URL escaped once", "&amp; in the URL after reading the XML")


@check("playready.other-elements-sound", "DRM-PR18", applies=_asked)
@of_each(playready_objects)
def other_elements(ctx: Context, item: Object) -> Iterator[Finding]:
    """LUI_URL and DS_ID of each PlayReady header, where present, occur once and hold a URL and a GUID."""
    header = item.value.header
    if not header.lui_urls and not header.ds_ids:
        raise NotApplicable("no PlayReady header has LUI_URL or DS_ID")
    for name, values in (("LUI_URL", header.lui_urls), ("DS_ID", header.ds_ids)):
        if len(values) > 1:
            yield item.finding(f"one {name}", f"{len(values)}")
    if any(not _absolute(url) for url in header.lui_urls):
        yield item.finding("an absolute LUI_URL", "something else")
    if any(_size(text) != 16 for text in header.ds_ids):
        yield item.finding("a DS_ID of 16 bytes in base64", "something else")


@check("playready.no-test-server-url", "DRM-PR20", applies=_asked)
@of_each(playready_objects)
def no_test_server(ctx: Context, item: Object) -> Iterator[Finding]:
    """No LA_URL carries the parameters of a test server that hand out or configure keys."""
    urls = item.value.header.la_urls
    if not urls:
        raise NotApplicable("no PlayReady header has an LA_URL")
    for url in urls:
        parameter = _TEST_PARAMETER.search(url)
        if parameter:
            yield item.finding("no key parameters in the LA_URL", f"the parameter {parameter.group()!r}")


@check("playready.oldest-version-used", "DRM-PR24", applies=_asked)
@of_each(playready_objects)
def oldest_version(ctx: Context, item: Object) -> Iterator[Finding]:
    """Each PlayReady header has the oldest version that can say what it says, which the most clients read."""
    header = item.value.header
    if header.version not in ALGIDS:
        raise Untestable("this version of the header does not exist")
    # A 4.0 header has exactly one KID, a 4.1 header may leave it out, and several need 4.2.
    oldest = {0: "4.1.0.0", 1: "4.0.0.0"}.get(len(header.kids), "4.2.0.0")
    if "AESCBC" in header.algids or ALGID_OF.get(item.signal.scheme) == "AESCBC":
        oldest = "4.3.0.0"
    if header.version > oldest:
        yield item.finding(f"version {oldest}", f"version {header.version}")


def _absolute(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.netloc)


def _size(text: str) -> int:
    try:
        return len(b64.decode(text).data)
    except DecodeError:
        return -1
