"""Forms that the guide of MediaPackage v2 asks for, and that other encryptors leave free."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.drm.carriers import playready_objects, tags, widevine_headers
from conformance.checks.drm.drm_payloads import (
    BOX_CARRIERS,
    OBJECT_CARRIERS,
    DecodedValue,
    asks,
    listing,
    of_each,
    of_system,
)
from conformance.checks.drm.hls import Line
from conformance.checks.drm.hls_payloads import uris
from conformance.checks.drm.playready import Object
from conformance.checks.registry import NotApplicable, check
from conformance.cpix.reader import uuid_of
from conformance.drm.hls_values import DataUri
from conformance.drm.recognised import recognised
from conformance.drm.widevine import WidevineHeader
from conformance.model import Finding
from conformance.model.quoted import excerpt

ORDER = ("METHOD", "KEYFORMAT", "KEYFORMATVERSIONS", "URI")
WIDEVINE_HEAD = "text/plain"
MEMBERS = ("ContentId", "KeyId", "IV")
MOST_BODY = 8192
"""Characters of an skd URI that are looked at: MediaPackage's own has about 150."""


@check("hls.no-scheme-attribute", "AWS-MP2-006-SCHEME", applies=asks("", "hls"))
@of_each(tags)
def no_scheme_attribute(ctx: Context, item: Line) -> Iterator[Finding]:
    """No key tag has an attribute SCHEME."""
    if "SCHEME" in item.value.attributes:
        yield item.finding("no attribute SCHEME", "one")


@check("widevine.hls-media-type-plain", "AWS-MP2-006-WIDEVINE", applies=asks("widevine", "hls"))
@of_each(of_system(uris, "widevine"))
def widevine_media_type(ctx: Context, item: DecodedValue[DataUri]) -> Iterator[Finding]:
    """The data URI of each Widevine key tag begins with data:text/plain;base64, and nothing else."""
    if item.value.head.lower() != WIDEVINE_HEAD or not item.value.base64:
        base64 = ";base64" if item.value.base64 else ""
        yield item.finding(f"data:{WIDEVINE_HEAD};base64,", excerpt(f"data:{item.value.head}{base64},", 80))


@check("playready.hls-attribute-order", "AWS-MP2-006-ORDER", applies=asks("playready", "hls"))
@of_each(of_system(tags, "playready"))
def attribute_order(ctx: Context, item: Line) -> Iterator[Finding]:
    """The attributes of each PlayReady key tag are in the order that MediaPackage's guide shows.

    Attributes that the guide does not name may be anywhere.
    """
    seen = [name for name in item.value.attributes if name in ORDER]
    if seen != [name for name in ORDER if name in seen]:
        yield item.finding(", ".join(ORDER), listing(seen))


@check("fairplay.no-iv-attribute", "AWS-MP2-006-SKD-IV", applies=asks("fairplay", "hls"))
@of_each(of_system(tags, "fairplay"))
def no_iv_attribute(ctx: Context, item: Line) -> Iterator[Finding]:
    """No FairPlay key tag has an attribute IV beside the one inside its URI."""
    if "IV" in item.value.attributes:
        yield item.finding("no attribute IV", "one")


@check("fairplay.skd-is-json", "AWS-MP2-006-SKD", applies=asks("fairplay", "hls"))
@of_each(of_system(tags, "fairplay"))
def skd_is_json(ctx: Context, item: Line) -> Iterator[Finding]:
    """What follows skd:// in each FairPlay key tag is base64 of a JSON object with ContentId, KeyId and IV.

    KeyId is a UUID with hyphens, IV is base64 of 16 bytes. Whether it is the KID is asked by checks of its own.
    """
    scheme, separator, body = (item.value.text("URI") or "").partition("://")
    if not separator or scheme.lower() != "skd":
        raise NotApplicable("no FairPlay key tag has an skd URI")
    members = _members(body)
    if members is None:
        yield item.finding("base64 of a JSON object after skd://", "something else")
        return
    missing = [name for name in MEMBERS if not isinstance(members.get(name), str) or not members[name]]
    if missing:
        yield item.finding(f"{', '.join(MEMBERS)} in the JSON object", f"without {listing(missing)}")
    if "KeyId" not in missing and uuid_of(str(members["KeyId"])) is None:
        what = recognised(str(members["KeyId"]).encode()) or f"a text of {len(str(members['KeyId']))} characters"
        yield item.finding("KeyId as a UUID with hyphens", what)
    if "IV" not in missing and len(_raw(str(members["IV"])) or b"") != 16:
        yield item.finding("IV as base64 of 16 bytes", "something else")


def _members(body: str) -> dict[str, object] | None:
    """The members of the JSON object that a URI's body holds in base64; None where it holds none."""
    data = _raw(body) if len(body) <= MOST_BODY else None
    if data is None:
        return None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _raw(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError):
        return None


@check("playready.licence-url-given", "AWS-MP2-007-LA-URL", applies=asks("playready", *OBJECT_CARRIERS))
@of_each(playready_objects)
def licence_url_given(ctx: Context, item: Object) -> Iterator[Finding]:
    """Each PlayReady header has a LA_URL."""
    if not any(item.value.header.la_urls):
        yield item.finding("a LA_URL", "none")


@check("widevine.provider-given", "AWS-MP2-007-PROVIDER", applies=asks("widevine", *BOX_CARRIERS))
@of_each(widevine_headers)
def provider_given(ctx: Context, item: DecodedValue[WidevineHeader]) -> Iterator[Finding]:
    """Each Widevine header names its provider."""
    if not item.value.provider:
        yield item.finding("a provider", "none")
