"""Every DRMSystem that was asked for comes back, once, with what was asked of it and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from uuid import UUID

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.drm.drm_payloads import asks
from conformance.checks.keys.answered_keys import HALF_REPLACED, dangling_kids
from conformance.checks.registry import Need, NotApplicable, Subject, check
from conformance.checks.shape import Shape
from conformance.cpix.reader import DrmSystem, uuid_of
from conformance.model import Finding

AT_MOST = {
    "PSSH": 1,
    "ContentProtectionData": 1,
    "HLSSignalingData": 2,
    "SmoothStreamingProtectionHeaderData": 1,
}


def _name(drm: DrmSystem) -> str:
    system = load_catalogue().system_by_id(drm.system_id or "")
    return f"{system.title if system else drm.system_id} for KID {drm.kid}"


def _counts(drm: DrmSystem) -> dict[str, int]:
    return dict(zip(AT_MOST, map(len, (drm.pssh, drm.content_protection, drm.hls, drm.smooth)), strict=True))


@check("drm.list-not-empty", "SPK20-DRM-001")
def list_not_empty(ctx: Context) -> Iterator[Finding]:
    """The answer has at least one DRMSystem."""
    if not ctx.document.drm_systems:
        yield Finding("/CPIX/DRMSystemList", "at least one DRMSystem", "none")


@check("drm.systems-all-answered", "SPK20-DRM-003")
def systems_all_answered(ctx: Context) -> Iterator[Finding]:
    """Every DRMSystem that was asked for is in the answer.

    DRMSystems are paired by KID (after KID override) and system ID.
    """
    for pair in ctx.pairs.drm:
        if pair.answered is None:
            yield Finding(
                "/CPIX/DRMSystemList",
                f"a DRMSystem of {_name(pair.asked)}",
                "none with this KID and system ID",
                "a DRM system that is not offered must be refused, not left out",
            )


@check("drm.no-extra-systems", "SPK20-DRM-003")
def no_extra_systems(ctx: Context) -> Iterator[Finding]:
    """The answer has no DRMSystem that was not asked for."""
    for drm in ctx.pairs.extra_drm:
        yield Finding(drm.where, "only the DRMSystems that were asked for", f"one more: {_name(drm)}")


@check("drm.kid-and-system-id-are-uuids", "SPK20-DRM-002")
def kid_and_system_id(ctx: Context) -> Iterator[Finding]:
    """Each DRMSystem names its key and its DRM system, both by a UUID; other values come back unchanged."""
    asked = {text for drm in ctx.request.drm_systems for text in (drm.kid, drm.system_id) if text is not None}
    for drm in ctx.document.drm_systems:
        for attribute, text in (("kid", drm.kid), ("systemId", drm.system_id)):
            if uuid_of(text) is None and text not in asked:
                yield Finding(f"{drm.where}/@{attribute}", "a UUID (8-4-4-4-12 hexadecimal digits)", _shown(text))


@check("drm.kid-known", "CPX-S02")
def kid_known(ctx: Context) -> Iterator[Finding]:
    """Each DRMSystem names a KID that a ContentKey of the answer has, as far as those of the request do."""
    known = {uuid_of(key.kid) for key in ctx.document.content_keys} | dangling_kids(ctx.request)
    asked = {uuid_of(key.kid) for key in ctx.request.content_keys}
    for drm in ctx.document.drm_systems:
        kid = uuid_of(drm.kid)
        if kid is not None and kid not in known:
            hint = HALF_REPLACED if kid in asked else ""
            yield Finding(
                f"{drm.where}/@kid", "the KID of a ContentKey in the answer", f"{kid}, which no ContentKey has", hint
            )


@check("drm.kid-and-system-unique", "CPX-S03")
def kid_and_system_unique(ctx: Context) -> Iterator[Finding]:
    """No DRM system occurs twice for the same key."""
    asked = Counter(_identity(drm, ctx.pairs.kid_map) for drm in ctx.request.drm_systems)
    seen: Counter[tuple[str, str]] = Counter()
    for drm in ctx.document.drm_systems:
        identity = _identity(drm)
        seen[identity] += 1
        if seen[identity] > max(1, asked[identity]):
            yield Finding(drm.where, "one DRMSystem for each KID and system ID", f"another one of {_name(drm)}")


@check("drm.children-not-repeated", "CPX-S04")
def children_not_repeated(ctx: Context) -> Iterator[Finding]:
    """Each DRMSystem has at most one PSSH, ContentProtectionData and Smooth header, and two HLSSignalingData."""
    for pair in ctx.pairs.drm:
        if pair.answered is None:
            continue
        asked = _counts(pair.asked)
        for name, count in _counts(pair.answered).items():
            if count > max(AT_MOST[name], asked[name]):
                yield Finding(f"{pair.answered.where}/{name}", f"at most {AT_MOST[name]}", str(count))


@check("drm.system-registered", "DRM-G05")
def system_registered(ctx: Context) -> Iterator[Finding]:
    """Each system ID of the answer is one of the DASH-IF registry, unless the request asks for it."""
    asked = {(drm.system_id or "").lower() for drm in ctx.request.drm_systems}
    for drm in ctx.document.drm_systems:
        if (drm.system_id or "").lower() in asked:
            continue
        if uuid_of(drm.system_id) and load_catalogue().system_by_id(drm.system_id or "") is None:
            yield Finding(f"{drm.where}/@systemId", "a system ID of the DASH-IF registry", str(drm.system_id))


def _unknown(shape: Shape) -> bool:
    return any(name not in load_catalogue().systems for name in shape.systems)


@check("drm.unknown-system-not-left-unfilled", "SPK20-DRM-017", need=Need.ANSWER, applies=_unknown)
def unknown_system(ctx: Context) -> Iterator[Finding]:
    """A DRM system that nobody knows is refused, or at least not answered with a 200 that leaves it empty.

    Every element that the encryptor put into its request has to carry a value in the answer.
    """
    if ctx.refused:
        return
    for pair in ctx.pairs.drm:
        if load_catalogue().system_by_id(pair.asked.system_id or "") is not None:
            continue
        if pair.answered is None:
            yield Finding("/CPIX/DRMSystemList", "a refusal", f"a 200 without the DRMSystem {pair.asked.system_id}")
            continue
        drm = pair.answered
        values = (*drm.pssh, *drm.content_protection, *drm.hls, *drm.smooth)
        gone = any(number < _counts(pair.asked)[name] for name, number in _counts(drm).items())
        if gone or any(not value.text for value in values):
            seen = "a 200 without some of them" if gone else "a 200 with empty placeholders"
            yield Finding(drm.where, "a refusal, or every placeholder filled", seen)


@check("drm.rare-schemes-refused", "DRM-K02", need=Need.ANSWER, subject=Subject.EXPECTATION)
def rare_schemes(ctx: Context) -> Iterator[Finding]:
    """Widevine and PlayReady are not answered for a scheme (cens, cbc1) that their vendors do not support."""
    if ctx.shape.scheme not in ("cens", "cbc1"):
        raise NotApplicable(f"the scheme is {ctx.shape.scheme or 'absent'}")
    if ctx.refused:
        return
    for drm in ctx.document.drm_systems:
        system = load_catalogue().system_by_id(drm.system_id or "")
        if system is not None and system.name in ("widevine", "playready"):
            yield Finding(drm.where, "a refusal", f"{system.title} answered for {ctx.shape.scheme}")


def _filled(ctx: Context, children: str, free: tuple[str, ...] = ()) -> Iterator[Finding]:
    """One finding for each child that was asked for and is empty or missing."""
    wanted = 0
    for pair in ctx.pairs.drm:
        system = load_catalogue().system_by_id(pair.asked.system_id or "")
        asked, drm = getattr(pair.asked, children), pair.answered
        if drm is None or not asked or (system is not None and system.name in free):
            continue
        wanted += 1
        answered = getattr(drm, children)
        name = _ELEMENTS[children]
        for value in answered:
            if not value.text:
                yield Finding(f"{value.where} ({_name(drm)})", f"a filled {name}", "an empty one")
        if len(answered) < len(asked):
            yield Finding(
                f"{drm.where} ({_name(drm)})", f"{len(asked)} filled {name}", f"{len(answered) or 'none'} in the answer"
            )
    if not wanted:
        raise NotApplicable(f"no {_ELEMENTS[children]} was asked for that must be filled")


_ELEMENTS = {
    "pssh": "PSSH",
    "content_protection": "ContentProtectionData",
    "hls": "HLSSignalingData",
    "smooth": "SmoothStreamingProtectionHeaderData",
}
FREE = ("fairplay", "clearkey-aes-128", "clearkey-sample-aes")
"""DRM systems that have neither PSSH nor ContentProtectionData: a placeholder may come back in any form."""


@check("pssh.filled", "SPK20-DRM-004", applies=asks("", "pssh"))
def pssh_filled(ctx: Context) -> Iterator[Finding]:
    """Each PSSH that was asked for is filled (FairPlay and Clear Key have none)."""
    return _filled(ctx, "pssh", FREE)


@check("protection.filled", "SPK20-DRM-008", applies=asks("", "content-protection"))
def protection_filled(ctx: Context) -> Iterator[Finding]:
    """Each ContentProtectionData that was asked for is filled (FairPlay and Clear Key have none)."""
    return _filled(ctx, "content_protection", FREE)


@check("hls.filled", "SPK20-DRM-009", applies=asks("", "hls"))
def hls_filled(ctx: Context) -> Iterator[Finding]:
    """The HLSSignalingData of both playlists that were asked for are filled."""
    return _filled(ctx, "hls")


@check("smooth.filled", "SPK20-DRM-013", applies=asks("", "smooth"))
def smooth_filled(ctx: Context) -> Iterator[Finding]:
    """Each SmoothStreamingProtectionHeaderData that was asked for is filled."""
    return _filled(ctx, "smooth")


def _rotates(shape: Shape) -> bool:
    return shape.version == "2.1" and shape.periods > 1


@check("drm.rotated-keys-have-boxes", "CPX-S20", applies=_rotates)
def rotated_keys(ctx: Context) -> Iterator[Finding]:
    """With key rotation every key has PSSH and ContentProtectionData of its own, also where nobody asked for them."""
    for pair in ctx.pairs.drm:
        system = load_catalogue().system_by_id(pair.asked.system_id or "")
        drm = pair.answered
        if drm is None or system is None or system.name not in ("widevine", "playready"):
            continue
        for name, values in (("PSSH", drm.pssh), ("ContentProtectionData", drm.content_protection)):
            if not any(value.text for value in values):
                yield Finding(f"{drm.where} ({system.title})", f"a filled {name}", "none")


def _identity(drm: DrmSystem, answered_as: Mapping[UUID, UUID] = MappingProxyType({})) -> tuple[str, str]:
    """KID and system ID; of a DRMSystem of the request the KID that it is answered as."""
    kid = uuid_of(drm.kid)
    named = str(answered_as.get(kid, kid)) if kid is not None else (drm.kid or "").lower()
    return named, (drm.system_id or "").lower()


def _shown(text: str | None) -> str:
    return "absent" if text is None else repr(text) if text else "empty"
