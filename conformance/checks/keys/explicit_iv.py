"""explicitIV: answered where it was asked for, 16 bytes, and never the key itself."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.keys.answered_keys import AnsweredKey, answered_keys, base64_bytes, counted, is_distinctive
from conformance.checks.registry import Need, NotApplicable, Subject, Untestable, check
from conformance.checks.relations import repetition
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.model import Finding
from conformance.model.quoted import excerpt

IV_BYTES = 16


@check("iv.answered-where-asked", "SPK20-KEY-015", applies=lambda shape: shape.explicit_iv)
def answered_where_asked(ctx: Context) -> Iterator[Finding]:
    """Every content key that was asked for with an explicitIV is answered with one."""
    for key in answered_keys(ctx):
        if key.asked is not None and key.asked.explicit_iv is not None and not key.element.explicit_iv:
            seen = "no such attribute" if key.element.explicit_iv is None else "an empty one"
            yield Finding(f"{key.where}/@explicitIV", f"an explicitIV for {key.name}", seen)


def _given(ctx: Context) -> Iterator[tuple[AnsweredKey, str]]:
    """The answered IVs that are not mere copies of what was asked with."""
    found = False
    for key in answered_keys(ctx):
        text = key.element.explicit_iv
        if text:
            found = True
            if key.asked is None or key.asked.explicit_iv != text:
                yield key, text
    if not found:
        raise NotApplicable("the answer holds no explicitIV")


@check("iv.is-base64", "DRM-G01")
def is_base64(ctx: Context) -> Iterator[Finding]:
    """Every explicitIV is base64: standard alphabet, padded; white space is free."""
    for key, text in _given(ctx):
        try:
            b64.decode(text)
        except DecodeError as error:
            hint = "It is written in hexadecimal digits." if _hexadecimal(text) else ""
            yield Finding(f"{key.where}/@explicitIV", "base64 of 16 bytes", error.message, hint)


def _hexadecimal(text: str) -> bool:
    digits = text.lower().removeprefix("0x").replace("-", "")
    return len(digits) == 2 * IV_BYTES and all(character in "0123456789abcdef" for character in digits)


@check("iv.canonical", "CPX-D14")
def canonical(ctx: Context) -> Iterator[Finding]:
    """The unused low bits at the end of every explicitIV are zero."""
    for key, text in _given(ctx):
        try:
            right = b64.decode(text).canonical
        except DecodeError:
            continue
        if not right:
            yield Finding(f"{key.where}/@explicitIV", "base64 with unused bits of zero", excerpt(text, 40))


@check("iv.is-16-bytes", "CPX-K06")
def is_16_bytes(ctx: Context) -> Iterator[Finding]:
    """Every explicitIV is 16 bytes long.

    32 hexadecimal digits that went through base64 decoding give 24 bytes; an 8-byte IV of another container gives 8.
    """
    for key, text in _given(ctx):
        data = base64_bytes(text)
        if data is not None and len(data) != IV_BYTES:
            hint = "The IV is written in hexadecimal digits instead of base64." if _hexadecimal(text) else ""
            yield Finding(f"{key.where}/@explicitIV", counted(IV_BYTES, "byte"), counted(len(data), "byte"), hint)


@check("iv.unchanged", "SPK20-KEY-P03", applies=lambda shape: shape.explicit_iv, subject=Subject.EXPECTATION)
def unchanged(ctx: Context) -> Iterator[Finding]:
    """Every explicitIV comes back with the bytes it was asked with.

    No sentence forbids the key provider another IV, so what it does is recorded.
    """
    changed, kept = [], 0
    for key in answered_keys(ctx):
        asked = base64_bytes(key.asked.explicit_iv) if key.asked is not None else None
        answered = base64_bytes(key.element.explicit_iv)
        if asked is None or answered is None:
            continue
        if asked == answered:
            kept += 1
        else:
            changed.append(key.name)
    if not changed and not kept:
        raise NotApplicable("no explicitIV was both asked for and answered")
    seen = f"another explicitIV for {', '.join(changed)}" if changed else "every explicitIV unchanged"
    yield Finding("/CPIX/ContentKeyList/ContentKey/@explicitIV", "(silent)", seen)


@check("iv.given-unasked", "SPK20-KEY-014", "AWS-MP2-005-IV")
def given_unasked(ctx: Context) -> Iterator[Finding]:
    """A content key that was asked for without an explicitIV is answered with one, as the server may."""
    unasked = [key for key in answered_keys(ctx) if key.asked is not None and key.asked.explicit_iv is None]
    if not unasked:
        raise NotApplicable("every content key was asked for with an explicitIV")
    for key in unasked:
        if not key.element.explicit_iv:
            yield Finding(key.where, f"an explicitIV for {key.name}, which may be added", "none")


@check("iv.same-on-repetition", "SPK20-KEY-014-SAME", partners=repetition)
def same_on_repetition(ctx: Context) -> Iterator[Finding]:
    """An explicitIV that was not asked for is the same when the request is repeated.

    Content for `cbcs` has one IV for all samples: two encryptors of one channel have to write the same.
    """
    before = {key.asked.kid: key for key in answered_keys(repetition(ctx)[0]) if key.asked is not None}
    compared = 0
    for key in answered_keys(ctx):
        if key.asked is None or key.asked.explicit_iv is not None or key.asked.kid not in before:
            continue
        here, there = base64_bytes(key.element.explicit_iv), base64_bytes(before[key.asked.kid].element.explicit_iv)
        if here is None and there is None:
            continue
        if key.value != before[key.asked.kid].value:
            raise Untestable("the key itself is another one, which safety.same-key-on-repetition reports")
        compared += 1
        if here != there:
            seen = "another IV, made again" if here and there else "one in only one of the two answers"
            yield Finding(f"{key.where}/@explicitIV", f"the explicitIV of {key.name} as before", seen)
    if not compared:
        raise NotApplicable("the server adds no explicitIV of its own")


@check(
    "iv.present-for-fairplay",
    "DRM-K05",
    applies=lambda shape: shape.has("fairplay") and shape.scheme == "cbcs",
)
def present_for_fairplay(ctx: Context) -> Iterator[Finding]:
    """With FairPlay and cbcs every content key is answered with an explicitIV, asked for or not.

    `cbcs` uses one constant IV for all samples, and FairPlay players learn it from the key server.
    """
    for key in answered_keys(ctx):
        asked = key.asked is not None and key.asked.explicit_iv is not None
        if not asked and not key.element.explicit_iv:
            yield Finding(key.where, f"an explicitIV for {key.name}", "none")


@check("iv.differs-from-key", "SAFE-KEY-003", need=Need.KEYS)
def differs_from_key(ctx: Context) -> Iterator[Finding]:
    """No explicitIV has the same bytes as its content key.

    The IV is written into playlists and manifests: as the key, it gives the key away.
    """
    for key in answered_keys(ctx):
        iv = base64_bytes(key.element.explicit_iv)
        if iv is not None and iv == key.value:
            yield Finding(f"{key.where}/@explicitIV", f"an IV other than the key of {key.name}", "the key itself")


@check("iv.not-zero", "ADV-IV-001")
def not_zero(ctx: Context) -> Iterator[Finding]:
    """No explicitIV of the server's own is all zeros."""
    for key, text in _given(ctx):
        data = base64_bytes(text)
        if data and not any(data):
            yield Finding(f"{key.where}/@explicitIV", "an IV that is not all zeros", "zeros")


@check("iv.differs-from-kid", "ADV-IV-003")
def differs_from_kid(ctx: Context) -> Iterator[Finding]:
    """No explicitIV of the server's own has the bytes of its KID.

    Some vendors document that practice. An IV is public, and so is the KID: nothing gets weaker by it.
    """
    for key, text in _given(ctx):
        if key.kid is not None and base64_bytes(text) in (key.kid.bytes, key.kid.bytes_le):
            yield Finding(f"{key.where}/@explicitIV", f"an IV other than {key.name}", "the bytes of the KID")


@check("iv.distinct", "ADV-IV-002", applies=lambda shape: shape.keys > 1)
def distinct(ctx: Context) -> Iterator[Finding]:
    """Content keys for which the server made an explicitIV have different ones."""
    first: dict[bytes, str] = {}
    for key, text in _given(ctx):
        data = base64_bytes(text)
        other = first.setdefault(data, key.name) if data and is_distinctive(data) else key.name
        if other != key.name:
            yield Finding(f"{key.where}/@explicitIV", f"an IV of its own for {key.name}", f"the IV of {other}")
