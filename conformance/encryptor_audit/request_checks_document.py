"""Questions about the request document: root, lists, content keys, DRM systems, periods, recipients."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from conformance.checks.document.vocabulary import Standing, parts_of
from conformance.checks.registry import NotApplicable
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import uuid_of
from conformance.cpix.xml import where
from conformance.encryptor_audit.history import slots
from conformance.encryptor_audit.observed_exchange import ObservedExchange
from conformance.encryptor_audit.registry import request_check
from conformance.model import CPIX_VERSION, Finding

_ONCE = ("ContentKeyList", "DRMSystemList", "ContentKeyUsageRuleList")
_AT_MOST_ONCE = ("DeliveryDataList", "ContentKeyPeriodList")
_COMMON = ("cenc", "cbc1", "cens", "cbcs")
_HLS = ("AES-128", "SAMPLE-AES", "SAMPLE-AES-CTR")
_UNKNOWN = (Standing.UNSUPPORTED, Standing.UNDEFINED)


@request_check("request.content-id-given", "SPK20-ROOT-001")
def content_id_given(ctx: ObservedExchange) -> Iterator[Finding]:
    """CPIX@contentId has a value."""
    if not ctx.request.content_id:
        hint = "SPEKE v1 called it CPIX@id" if ctx.request.id else ""
        seen = "no such attribute" if ctx.request.content_id is None else "an empty value"
        yield Finding("/CPIX/@contentId", "a value", seen, hint)


@request_check("request.lists-complete", "SPK20-ROOT-E02")
def lists_complete(ctx: ObservedExchange) -> Iterator[Finding]:
    """The request has each mandatory list once with something in it, and no optional list twice."""
    counts = ctx.request.list_counts
    filled = (ctx.request.content_keys, ctx.request.drm_systems, ctx.request.rules)
    for name, items in zip(_ONCE, filled, strict=True):
        if counts.get(name, 0) != 1:
            yield Finding("/CPIX", f"one {name}", f"{counts.get(name, 0)} of them")
        elif not items:
            yield Finding(f"/CPIX/{name}", "at least one child", "an empty list")
    for name in _AT_MOST_ONCE:
        if counts.get(name, 0) > 1:
            yield Finding("/CPIX", f"at most one {name}", f"{counts[name]} of them")


@request_check("request.only-supported", "SPK20-ROOT-E03")
def only_supported(ctx: ObservedExchange) -> Iterator[Finding]:
    """The request uses only elements and attributes that SPEKE lists as supported."""
    for part in parts_of(ctx.request.element, CPIX_VERSION[ctx.version]):
        if part.standing in _UNKNOWN:
            yield Finding(part.where, "only what SPEKE lists as supported", part.name, part.hint)


@request_check("request.kids-sound", "SPK20-KEY-E01")
def kids_sound(ctx: ObservedExchange) -> Iterator[Finding]:
    """Each ContentKey has a kid, a UUID of its own."""
    seen = Counter(uuid_of(key.kid) for key in ctx.request.content_keys)
    for key in ctx.request.content_keys:
        kid = uuid_of(key.kid)
        if kid is None:
            yield Finding(where(key.element, "kid"), "a UUID", repr((key.kid or "")[:60]))
        elif seen[kid] > 1:
            yield Finding(where(key.element, "kid"), "a kid that no other ContentKey has", str(kid))


@request_check("request.one-scheme", "SPK20-KEY-E02")
def one_scheme(ctx: ObservedExchange) -> Iterator[Finding]:
    """Each ContentKey has a commonEncryptionScheme, the same for all."""
    for key in ctx.request.content_keys:
        if not key.scheme:
            yield Finding(where(key.element, "commonEncryptionScheme"), "a scheme", "no value")
    schemes = sorted({key.scheme for key in ctx.request.content_keys if key.scheme})
    if len(schemes) > 1:
        yield Finding("/CPIX/ContentKeyList", "one scheme for all keys", ", ".join(schemes))


@request_check("request.scheme-of-its-version", "SPK20-KEY-010", "SPK21-KEY-E01")
def scheme_of_its_version(ctx: ObservedExchange) -> Iterator[Finding]:
    """The scheme is one that the version of SPEKE lists."""
    known = _COMMON if ctx.version == "2.0" else (*_COMMON, *_HLS)
    for scheme in sorted({key.scheme for key in ctx.request.content_keys if key.scheme}):
        if scheme not in known:
            yield Finding("ContentKey/@commonEncryptionScheme", f"one of {', '.join(known)}", repr(scheme[:60]))


@request_check("request.ivs-sound", "SPK20-KEY-E03")
def ivs_sound(ctx: ObservedExchange) -> Iterator[Finding]:
    """An explicitIV in the request is base64 of 16 bytes."""
    given = [key for key in ctx.request.content_keys if key.explicit_iv]
    if not given:
        raise NotApplicable("the request has no explicitIV")
    for key in given:
        try:
            size = f"{len(b64.decode(key.explicit_iv or '').data)} bytes"
        except DecodeError as error:
            size = str(error)
        if size != "16 bytes":
            yield Finding(where(key.element, "explicitIV"), "base64 of 16 bytes", size)


@request_check("request.kids-kept-and-renewed", "SPK20-KEY-005")
def kids_kept_and_renewed(ctx: ObservedExchange) -> Iterator[Finding]:
    """A kid is kept for one content and key period, and a new period has a new one.

    Compared are requests for the same contentId, scheme and intendedTrackType.
    """
    held = ctx.memory.content(ctx.request.content_id or "").kids
    now = dict(slots(ctx.request))
    used: dict[tuple[str, str, str], str] = {}
    for (scheme, period, track), kid in [*held.items(), *now.items()]:
        used.setdefault((scheme, track, kid), period)
    for (scheme, period, track), kid in now.items():
        before = held.get((scheme, period, track))
        if before not in (None, kid):
            place = f"period {period}" if period else "content without periods"
            yield Finding("/CPIX/ContentKeyUsageRuleList", f"{before} again for {track}, {place}", kid)
        elif period and used[scheme, track, kid] not in ("", period):
            seen = f"{kid}, which was that of period {used[scheme, track, kid]}"
            yield Finding("/CPIX/ContentKeyUsageRuleList", f"a new kid for {track}, period {period}", seen)


@request_check("request.drm-systems-sound", "SPK20-DRM-E01")
def drm_systems_sound(ctx: ObservedExchange) -> Iterator[Finding]:
    """Each DRMSystem has a systemId, and the kid of one of the content keys."""
    known = {uuid_of(key.kid) for key in ctx.request.content_keys} - {None}
    for system in ctx.request.drm_systems:
        if uuid_of(system.system_id) is None:
            yield Finding(where(system.element, "systemId"), "a UUID", repr((system.system_id or "")[:60]))
        if uuid_of(system.kid) not in known:
            yield Finding(where(system.element, "kid"), "the kid of a ContentKey", repr((system.kid or "")[:60]))


@request_check("request.hls-in-pairs", "SPK20-DRM-E02")
def hls_in_pairs(ctx: ObservedExchange) -> Iterator[Finding]:
    """HLS signalling is asked for with one HLSSignalingData for media and one for master."""
    asking = [system for system in ctx.request.drm_systems if system.hls]
    if not asking:
        raise NotApplicable("the request asks for no HLS signalling")
    for system in asking:
        playlists = sorted(one.playlist or "no playlist" for one in system.hls)
        if playlists != ["master", "media"]:
            hint = "SPEKE 2.1 keeps `master`, which CPIX 2.4 renamed" if "multiVariant" in playlists else ""
            yield Finding(system.where, "HLSSignalingData for media and for master", ", ".join(playlists), hint)


@request_check("request.periods-identified", "SPK20-PER-E01")
def periods_identified(ctx: ObservedExchange) -> Iterator[Finding]:
    """Each period has an id of its own and an index."""
    if not ctx.request.list_counts.get("ContentKeyPeriodList"):
        raise NotApplicable("the request has no key periods")
    if not ctx.request.periods:
        yield Finding("/CPIX/ContentKeyPeriodList", "at least one ContentKeyPeriod", "an empty list")
    ids = Counter(period.id for period in ctx.request.periods)
    for period in ctx.request.periods:
        if not period.id or ids[period.id] > 1:
            yield Finding(where(period.element, "id"), "an id of its own", repr((period.id or "")[:60]))
        if not period.index:
            yield Finding(where(period.element, "index"), "an index", "no index")


@request_check("request.periods-without-times", "SPK20-PER-E03")
def periods_without_times(ctx: ObservedExchange) -> Iterator[Finding]:
    """In SPEKE 2.0 a period has an index and no times."""
    for period in ctx.request.periods:
        names = sorted({str(name) for name in period.element.attrib} - {"id", "index"})
        if names:
            hint = "times of a period came with SPEKE 2.1"
            yield Finding(period.where, "only id and index", ", ".join(names)[:120], hint)


@request_check("request.certificates-sound", "SPK20-CKE-E01")
def certificates_sound(ctx: ObservedExchange) -> Iterator[Finding]:
    """Each recipient of encrypted keys has a certificate with an RSA key of 2048 bits."""
    if not ctx.request.delivery:
        raise NotApplicable("the request does not ask for encrypted keys")
    for one in ctx.request.delivery:
        texts = one.certificates or ("",)
        problems = [_certificate_problem(text) for text in texts]
        for problem in filter(None, problems):
            yield Finding(one.where, "an X.509 certificate with an RSA key of 2048 bits", problem)


def _certificate_problem(text: str) -> str:
    if not text.strip():
        return "no certificate"
    try:
        key = x509.load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True)).public_key()
    except (ValueError, binascii.Error):
        return "not a DER certificate in base64"
    if not isinstance(key, RSAPublicKey):
        return "a key of another kind than RSA"
    return "" if key.key_size == 2048 else f"an RSA key of {key.key_size} bits"
