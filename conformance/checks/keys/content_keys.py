"""Content keys: each that was asked for is there once, with a clear, well-formed value of 16 bytes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.keys.answered_keys import answered_keys, base64_bytes, counted, values
from conformance.checks.registry import Need, NotApplicable, Subject, Untestable, check
from conformance.checks.shape import Shape
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import uuid_of
from conformance.cpix.xml import CPIX, PSKC, local_name
from conformance.model import Finding
from conformance.model.quoted import excerpt

KEY_BYTES = 16
DROPPED = (
    "Issuer",
    "AlgorithmParameters",
    "KeyProfileId",
    "KeyReference",
    "FriendlyName",
    "UserId",
    "Policy",
    "Extensions",
)
"""Children of ContentKey that came from PSKC and that CPIX 2.4 no longer knows."""

CENC_SCHEMES = frozenset({"cenc", "cens", "cbc1", "cbcs"})


def _asks_for_hls_method(shape: Shape) -> bool:
    return shape.version == "2.1" and bool(shape.scheme) and shape.scheme not in CENC_SCHEMES


@check("keys.list-not-empty", "SPK20-KEY-001")
def list_not_empty(ctx: Context) -> Iterator[Finding]:
    """The answer holds at least one ContentKey."""
    if not ctx.document.content_keys:
        yield Finding("/CPIX/ContentKeyList", "at least one ContentKey", "none")


@check("keys.one-per-asked", "SPK20-KEY-002")
def one_per_asked(ctx: Context) -> Iterator[Finding]:
    """Every content key that was asked for is answered.

    The request's ContentKeys are paired with the answer's, by KID or, where the server answers with other KIDs, by
    their usage rules. One that has no partner leaves tracks without a key.
    """
    if not ctx.document.content_keys:
        raise NotApplicable("the answer holds no ContentKey at all, which keys.list-not-empty reports")
    for pair in ctx.pairs.keys:
        if pair.answered is None:
            yield Finding(
                "/CPIX/ContentKeyList",
                f"a ContentKey for KID {pair.asked.kid}",
                f"{counted(len(ctx.document.content_keys), 'ContentKey')}, none of them for that KID",
            )


@check("keys.none-added", "SPK20-KEY-002")
def none_added(ctx: Context) -> Iterator[Finding]:
    """No content key is answered that was not asked for."""
    for key in ctx.pairs.extra_keys:
        yield Finding(key.where, "only the content keys of the request", f"an extra ContentKey for KID {key.kid}")


@check("keys.kid-present", "SPK20-KEY-003")
def kid_present(ctx: Context) -> Iterator[Finding]:
    """Every answered ContentKey carries a kid."""
    for key in ctx.document.content_keys:
        if not key.kid:
            yield Finding(key.where, "a kid", "none" if key.kid is None else "an empty one")


@check("keys.kid-is-uuid", "SPK20-KEY-003")
def kid_is_uuid(ctx: Context) -> Iterator[Finding]:
    """Every answered kid is a UUID of the form 8-4-4-4-12.

    Upper and lower case are both right; braces, a missing hyphen or the 32-digit form are not.
    """
    asked = {key.kid for key in ctx.request.content_keys}
    for key in ctx.document.content_keys:
        if key.kid and key.kid not in asked and uuid_of(key.kid) is None:
            yield Finding(
                f"{key.where}/@kid", "a UUID in the form 8-4-4-4-12", excerpt(key.kid, 60), _uuid_hint(key.kid)
            )


def _uuid_hint(text: str) -> str:
    bare = re.sub(r"[{}\-\s]", "", text)
    if re.fullmatch(r"[0-9A-Fa-f]{32}", bare):
        return "These are the digits of a UUID; only the hyphens or braces are wrong."
    return ""


@check("keys.kids-unique", "CPX-K02")
def kids_unique(ctx: Context) -> Iterator[Finding]:
    """No two answered ContentKeys have the same KID, whatever the letter case.

    A KID that the request itself carries twice is not the server's fault.
    """
    asked = Counter(kid for key in ctx.request.content_keys if (kid := uuid_of(key.kid)))
    seen: Counter[object] = Counter()
    for key in ctx.document.content_keys:
        kid = uuid_of(key.kid)
        if kid is None:
            continue
        seen[kid] += 1
        if seen[kid] > max(1, asked[kid]):
            yield Finding(f"{key.where}/@kid", "a KID of its own for each ContentKey", f"KID {kid} once more")


@check("keys.scheme-echoed", "SPK20-KEY-009")
def scheme_echoed(ctx: Context) -> Iterator[Finding]:
    """Every content key is answered with the commonEncryptionScheme that was asked for."""
    for key in answered_keys(ctx):
        if key.asked is not None and key.element.scheme != key.asked.scheme:
            seen = "no such attribute" if key.element.scheme is None else repr(key.element.scheme)
            yield Finding(f"{key.where}/@commonEncryptionScheme", repr(key.asked.scheme), seen)


@check(
    "keys.hls-method-echoed",
    "SPK21-KEY-001",
    need=Need.ANSWER,
    applies=_asks_for_hls_method,
    subject=Subject.EXPECTATION,
)
def hls_method_echoed(ctx: Context) -> Iterator[Finding]:
    """An HLS method asked for as the scheme is echoed, or refused because the DRM system cannot use it.

    SPEKE 2.1 allows HLS methods beside the four schemes of CENC. Whether FairPlay goes with one is left open, so its
    refusal is right in any words.
    """
    if ctx.accepted:
        for key in ctx.document.content_keys:
            if key.scheme != ctx.shape.scheme:
                seen = "none" if key.scheme is None else repr(key.scheme)
                yield Finding(f"{key.where}/@commonEncryptionScheme", repr(ctx.shape.scheme), seen)
        return
    if not ctx.refused:
        raise Untestable(f"the server answered {ctx.answer.status}, which is neither a 200 nor a refusal")
    if ctx.shape.has("fairplay"):
        raise NotApplicable("FairPlay is refused with an HLS method, which keys.hls-method-for-fairplay records")
    message = load_catalogue().messages["scheme-not-for-system"]
    if message.stem.strip() not in ctx.text:
        yield Finding("body", f"a 200 with the scheme {ctx.shape.scheme}, or {message.stem!r}", ctx.excerpt)


@check(
    "keys.hls-method-for-fairplay",
    "SPK21-KEY-P01",
    need=Need.ANSWER,
    applies=_asks_for_hls_method,
    subject=Subject.EXPECTATION,
)
def hls_method_for_fairplay(ctx: Context) -> Iterator[Finding]:
    """Whether FairPlay is served with an HLS method as its scheme is recorded."""
    if not ctx.shape.has("fairplay"):
        raise NotApplicable("FairPlay is not asked for")
    seen = "accepted" if ctx.accepted else f"refused with {ctx.answer.status}"
    yield Finding("status line", "(silent)", f"FairPlay with {ctx.shape.scheme}: {seen}")


@check("keys.secret-present", "SPK20-KEY-011")
def secret_present(ctx: Context) -> Iterator[Finding]:
    """Every answered ContentKey holds a value in Data/pskc:Secret.

    Either a non-empty pskc:PlainValue or a pskc:EncryptedValue; without one there is no key to encrypt with.
    """
    for key in ctx.document.content_keys:
        if key.data_count == 0:
            yield Finding(key.where, "a Data child with the key in it", "no Data")
        elif key.secret_count == 0:
            yield Finding(key.where, "a pskc:Secret in Data", "none")
        elif not key.encrypted and not any(key.plain_values):
            seen = "an empty pskc:PlainValue" if key.plain_values else "neither"
            yield Finding(key.where, "a pskc:PlainValue or pskc:EncryptedValue with content", seen)


@check("keys.secret-has-one-value", "CPX-K04")
def secret_has_one_value(ctx: Context) -> Iterator[Finding]:
    """Every ContentKey holds exactly one value: one PlainValue or one EncryptedValue, in one Secret."""
    for key in ctx.document.content_keys:
        if key.data_count > 1 or key.secret_count > 1 or len(key.plain_values) + len(key.encrypted) > 1:
            seen = (
                f"{key.data_count} Data, {key.secret_count} pskc:Secret, {len(key.plain_values)} pskc:PlainValue, "
                f"{len(key.encrypted)} pskc:EncryptedValue"
            )
            yield Finding(key.where, "one Data with one pskc:Secret with one value", seen)


@check("keys.clear-by-default", "SPK20-KEY-012", applies=lambda shape: not shape.encrypted)
def clear_by_default(ctx: Context) -> Iterator[Finding]:
    """Without a DeliveryDataList in the request every content key is answered as a PlainValue."""
    for key in ctx.document.content_keys:
        if key.encrypted:
            yield Finding(
                key.where,
                "a pskc:PlainValue, as the request asks for no key encryption",
                "a pskc:EncryptedValue",
                "The request names no recipient who could decrypt it.",
            )


@check("keys.value-is-base64", "DRM-G01", applies=lambda shape: not shape.encrypted)
def value_is_base64(ctx: Context) -> Iterator[Finding]:
    """Every PlainValue is base64: standard alphabet, padded; white space is free."""
    for key in ctx.document.content_keys:
        for text in filter(None, key.plain_values):
            try:
                b64.decode(text)
            except DecodeError as error:
                yield Finding(
                    f"{key.where}//pskc:PlainValue", "base64 of the content key", error.message, _form_of(text)
                )


def _form_of(text: str) -> str:
    """What an undecodable key probably is; nothing of the key itself."""
    if uuid_of(text):
        return "The value is written like a UUID."
    if re.fullmatch(r"[0-9A-Fa-f]+", text):
        return "The value is written in hexadecimal digits."
    if re.fullmatch(r"[A-Za-z0-9_\-]+={0,2}", text):
        return "The value looks like url-safe or unpadded base64."
    return ""


@check("keys.value-canonical", "CPX-D14", applies=lambda shape: not shape.encrypted)
def value_canonical(ctx: Context) -> Iterator[Finding]:
    """The unused low bits at the end of every PlainValue are zero."""
    for key in ctx.document.content_keys:
        for text in key.plain_values:
            if not _canonical(text):
                yield Finding(f"{key.where}//pskc:PlainValue", "base64 with unused bits of zero", "other bits set")


def _canonical(text: str | None) -> bool:
    try:
        return b64.decode(text or "").canonical
    except DecodeError:
        return True


@check("keys.value-is-16-bytes", "SPK20-KEY-013", "AWS-MP2-005", need=Need.KEYS)
def value_is_16_bytes(ctx: Context) -> Iterator[Finding]:
    """Every content key is 16 bytes long, as AES-128 needs it.

    Encrypted keys are looked at after decryption. 24 or 32 bytes that read as base64 or hexadecimal text mean that
    the server encoded the key twice.
    """
    for key, value in values(ctx):
        if len(value) != KEY_BYTES:
            yield Finding(
                key.where,
                f"the content key of {key.name} is {KEY_BYTES} bytes long",
                counted(len(value), "byte"),
                encoded_twice(value),
            )


def encoded_twice(value: bytes) -> str:
    """A hint where the bytes of a value are themselves text that encodes 16 bytes; empty otherwise."""
    text = value.decode("ascii", errors="replace")
    if uuid_of(text) or (len(text) == 2 * KEY_BYTES and re.fullmatch(r"[0-9A-Fa-f]+", text)):
        return "The bytes are text in hexadecimal digits: the key was encoded twice."
    inner = base64_bytes(text)
    if inner is not None and len(inner) == KEY_BYTES:
        return "The bytes are base64 text of 16 bytes: the key was encoded twice."
    return ""


@check("keys.no-dependent-keys", "SPK20-KEY-016")
def no_dependent_keys(ctx: Context) -> Iterator[Finding]:
    """No answered ContentKey carries dependsOnKey, which encryptors ignore."""
    for key in ctx.document.content_keys:
        if key.depends_on_key is not None:
            yield Finding(f"{key.where}/@dependsOnKey", "no dependsOnKey", "dependsOnKey")


@check("keys.no-dropped-children", "CPX-K14", applies=lambda shape: shape.version == "2.1")
def no_dropped_children(ctx: Context) -> Iterator[Finding]:
    """No ContentKey has a child that CPIX 2.4 dropped, such as Issuer, Policy or Extensions."""
    for key in ctx.document.content_keys:
        for child in key.element.iterchildren(*(f"{{{space}}}{name}" for space in (CPIX, PSKC) for name in DROPPED)):
            yield Finding(key.where, "Data and HDCPData only", local_name(child))
