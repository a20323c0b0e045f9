"""What Shaka Packager's CPIX reader wants of a document before it encrypts by it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from conformance.checks.context import Context
from conformance.checks.keys.answered_keys import base64_bytes, counted, dangling_kids, values
from conformance.checks.registry import Need, NotApplicable, Untestable, check
from conformance.cpix.errors import DecodeError
from conformance.cpix.numbers import whole
from conformance.cpix.reader import ContentKey, Cpix, DrmSystem, Rule, uuid_of
from conformance.drm import pssh
from conformance.model import Finding
from conformance.model.quoted import excerpt

LABELS = {
    "SD": (0, 768 * 576),
    "HD": (768 * 576 + 1, 1920 * 1080),
    "UHD1": (1920 * 1080 + 1, 4096 * 2160),
    "UHD2": (4096 * 2160 + 1, 2**62),
}
"""The packager's default labels of video tracks with the pixel counts that belong to each."""

ENDS = {last for _, last in LABELS.values()}


@check("shaka.kids-are-uuids", "SHAKA-001")
def kids_are_uuids(ctx: Context) -> Iterator[Finding]:
    """Every kid of the answer, in keys, DRM systems and rules, is a UUID.

    Other kids of the request are the encryptor's own affair, as are its repeated and its dangling ones below.
    """
    asked = {part.kid for part in _parts(ctx.request)}
    for part in _parts(ctx.document):
        if uuid_of(part.kid) is None and (part.kid is None or part.kid not in asked):
            yield Finding(f"{part.where}/@kid", "a UUID", "none" if part.kid is None else excerpt(part.kid, 60))


def _parts(document: Cpix) -> list[ContentKey | DrmSystem | Rule]:
    return [*document.content_keys, *document.drm_systems, *document.rules]


@check("shaka.kids-unique", "SHAKA-002")
def kids_unique(ctx: Context) -> Iterator[Finding]:
    """No KID is on two ContentKeys."""
    asked = Counter(uuid_of(key.kid) for key in ctx.request.content_keys)
    times = Counter(uuid_of(key.kid) for key in ctx.document.content_keys)
    for kid, number in times.items():
        if kid is not None and number > max(1, asked[kid]):
            yield Finding("/CPIX/ContentKeyList", f"one ContentKey for KID {kid}", f"{number} of them")


@check("shaka.references-known", "SHAKA-003")
def references_known(ctx: Context) -> Iterator[Finding]:
    """Every DRMSystem and every rule names a key of the document."""
    known = {uuid_of(key.kid) for key in ctx.document.content_keys} | dangling_kids(ctx.request)
    parts: list[DrmSystem | Rule] = [*ctx.document.drm_systems, *ctx.document.rules]
    for part in parts:
        if uuid_of(part.kid) not in known:
            yield Finding(
                f"{part.where}/@kid",
                "the KID of a ContentKey of the answer",
                "none" if part.kid is None else repr(part.kid),
            )


@check("shaka.keys-16-bytes", "SHAKA-004", need=Need.KEYS)
def keys_16_bytes(ctx: Context) -> Iterator[Finding]:
    """Every content key is 16 bytes long."""
    for key, value in values(ctx):
        if len(value) != 16:
            yield Finding(key.where, f"16 bytes for {key.name}", counted(len(value), "byte"))


@check("shaka.ivs-8-or-16-bytes", "SHAKA-004")
def ivs_8_or_16_bytes(ctx: Context) -> Iterator[Finding]:
    """Every explicitIV is 8 or 16 bytes long."""
    for key in ctx.document.content_keys:
        if key.explicit_iv is None:
            continue
        data = base64_bytes(key.explicit_iv)
        if data is None or len(data) not in (8, 16):
            seen = "no base64" if data is None else counted(len(data), "byte")
            yield Finding(f"{key.where}/@explicitIV", "8 or 16 bytes", seen)


@check("shaka.pssh-boxes-complete", "SHAKA-005")
def pssh_boxes_complete(ctx: Context) -> Iterator[Finding]:
    """Every PSSH holds one or more complete boxes of its DRM system and nothing else."""
    for system in ctx.document.drm_systems:
        for value in system.pssh:
            if value.text:
                seen = _wrong_boxes(value.text, system.system_id)
                if seen:
                    yield Finding(value.where, f"complete pssh boxes of {system.system_id}", seen)


def _wrong_boxes(text: str, system_id: str | None) -> str:
    data = base64_bytes(text)
    if data is None:
        return "no base64"
    try:
        found = pssh.read(data)
    except DecodeError as error:
        return error.message
    if found.trailing:
        return f"{counted(len(found.trailing), 'byte')} after the last box"
    others = [box for box in found.boxes if box.system_id != uuid_of(system_id)]
    return f"a box of {others[0].system_id}" if others else ""


@check("shaka.one-track-type-per-label", "SHAKA-006")
def one_track_type_per_label(ctx: Context) -> Iterator[Finding]:
    """Every track label of the packager gets its key from one intendedTrackType only, as far as the request allows."""
    asked = _types_by_label(ctx.request.rules)
    for (label, _), types in _types_by_label(ctx.document.rules).items():
        most = max((len(of) for (name, _), of in asked.items() if name == label), default=0)
        if len(types) > max(1, most):
            listed = ", ".join(sorted(map(repr, types)))
            yield Finding("/CPIX/ContentKeyUsageRuleList", f"one intendedTrackType for {label}", listed)


def _types_by_label(rules: Iterable[Rule]) -> dict[tuple[str, tuple[str, ...]], set[str]]:
    found: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    for rule in rules:
        period = tuple(sorted(rule.period_ids))
        for low, high in _ranges(rule):
            for label, (first, last) in LABELS.items():
                if low <= last and (high is None or high >= first):
                    found[label, period].add(rule.intended_track_type or "")
        if rule.audio:
            found["AUDIO", period].add(rule.intended_track_type or "")
    return found


@check("shaka.pixel-ranges-on-borders", "SHAKA-007")
def pixel_ranges_on_borders(ctx: Context) -> Iterator[Finding]:
    """Every pixel bound that was not in the request lies where a label of the packager ends.

    The default labels end at 442368, 2073600 and 8847360 pixels. Other bounds of the request come back as they were
    sent; for those the packager has to be configured.
    """
    if not any(rule.video for rule in ctx.document.rules):
        raise NotApplicable("no rule is about video")
    asked = {bounds for rule in ctx.request.rules for bounds in _ranges(rule)}
    for rule in ctx.document.rules:
        for low, high in _ranges(rule):
            if (low, high) not in asked and not (low - 1 in ENDS | {-1} and (high is None or high in ENDS)):
                upper = "any" if high is None else str(high)
                yield Finding(rule.where, "bounds at 442368, 2073600 or 8847360 pixels", f"{low} to {upper} pixels")


def _ranges(rule: Rule) -> Iterator[tuple[int, int | None]]:
    for one in rule.video:
        low, high = whole(one.attributes.get("minPixels", "0")), whole(one.attributes.get("maxPixels", ""))
        if low is not None:
            yield low, high


@check("shaka.keys-have-rules", "SHAKA-008")
def keys_have_rules(ctx: Context) -> Iterator[Finding]:
    """Every content key is named by a rule; the packager skips the others with a warning.

    A key for which the request has no rule either is the encryptor's own affair.
    """
    used = {uuid_of(rule.kid) for rule in ctx.document.rules}
    ruled = {uuid_of(rule.kid) for rule in ctx.request.rules}
    unruled = {kid for key in ctx.request.content_keys if (kid := uuid_of(key.kid)) not in ruled}
    free = {ctx.pairs.kid_map.get(kid, kid) for kid in unruled if kid is not None}
    for key in ctx.document.content_keys:
        if uuid_of(key.kid) not in used | free:
            yield Finding(key.where, f"a rule for KID {key.kid or '(none)'}", "none")


@check("shaka.encryption-readable", "SHAKA-009", applies=lambda shape: shape.encrypted)
def encryption_readable(ctx: Context) -> Iterator[Finding]:
    """An encrypted document can be opened: the document key unwrapped and each content key decrypted."""
    opened = ctx.opened
    if opened is None:
        raise NotApplicable("the request names no recipient of this run")
    if opened.closed:
        raise Untestable(ctx.closed)
    if opened.document_key is None:
        yield Finding("/CPIX/DeliveryDataList", "a document key that the recipient can unwrap", "none")
        return
    closed = [
        (key, kid)
        for key in ctx.document.content_keys
        if key.encrypted and (kid := uuid_of(key.kid)) is not None and not opened.can_decrypt(kid)
    ]
    # Of a doubted key something came out that is padded well: a short key, or a wrong document key by chance.
    lost = [(key, kid) for key, kid in closed if kid not in opened.doubted]
    for key, kid in lost:
        yield Finding(key.where, f"a content key of KID {kid} that can be decrypted", "none")
    if closed and not lost:
        kid = closed[0][1]
        raise Untestable(f"whether the content key of KID {kid} was decrypted is not known: {opened.doubted[kid]}")


@check("shaka.macs-verify", "SHAKA-010", applies=lambda shape: shape.encrypted)
def macs_verify(ctx: Context) -> Iterator[Finding]:
    """Where a MACMethod is present, the HMAC-SHA512 of every content key verifies."""
    opened = ctx.opened
    if opened is not None and opened.closed:
        raise Untestable(ctx.closed)
    if opened is None or opened.mac_key is None:
        raise NotApplicable("there is no MAC key")
    for one in opened.problems:
        if one.code.startswith("encryption.value-mac"):
            yield Finding(one.where, one.expected, one.seen)
