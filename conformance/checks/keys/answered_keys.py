"""What several topics need to look at content keys: the answered keys with their values, and names for sentences.

Nothing here prints a value: a key is spoken of by its KID.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from conformance.checks.context import Context, key_bytes
from conformance.checks.registry import Need, Untestable
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import ContentKey, Cpix, uuid_of


@dataclass(frozen=True, slots=True)
class AnsweredKey:
    """One answered ContentKey, the one of the request that it answers, and its value where that can be read."""

    element: ContentKey
    asked: ContentKey | None
    kid: UUID | None
    value: bytes | None

    @property
    def name(self) -> str:
        """How the key is called in a sentence."""
        return f"KID {self.kid}" if self.kid else "the ContentKey without a usable KID"

    @property
    def where(self) -> str:
        """The place of the ContentKey in the answer."""
        return self.element.where


def answered_keys(ctx: Context) -> tuple[AnsweredKey, ...]:
    """All answered ContentKeys: those that were asked for in the order of the request, then the extra ones."""
    return ctx.memo("answered-keys", lambda: tuple(_answered(ctx)))


def _answered(ctx: Context) -> Iterator[AnsweredKey]:
    for pair in ctx.pairs.keys:
        if pair.answered is not None:
            yield _one(ctx, pair.answered, pair.asked)
    for key in ctx.pairs.extra_keys:
        yield _one(ctx, key, None)


def _one(ctx: Context, key: ContentKey, asked: ContentKey | None) -> AnsweredKey:
    kid = uuid_of(key.kid)
    value = key_bytes(key)
    if value is None and kid is not None:
        value = ctx.keys.get(kid)
    return AnsweredKey(key, asked, kid, value)


HALF_REPLACED = (
    "it is the KID of the request: ContentKey has another one in its place, so the KIDs are replaced in part only"
)
"""Said of a reference whose KID the answer's content keys no longer have."""


def dangling_kids(document: Cpix) -> set[UUID | None]:
    """KIDs that DRM systems and rules of a document name and no ContentKey of it has; None for what is not a UUID."""
    named = {uuid_of(system.kid) for system in document.drm_systems}
    named |= {uuid_of(rule.kid) for rule in document.rules}
    return named - {uuid_of(key.kid) for key in document.content_keys}


def values(ctx: Context) -> Iterator[tuple[AnsweredKey, bytes]]:
    """The answered keys whose value can be read, with it."""
    for key in answered_keys(ctx):
        if key.value is not None:
            yield key, key.value
        elif ctx.closed and key.element.encrypted:
            raise Untestable(ctx.closed)


def is_distinctive(value: bytes) -> bool:
    """Whether a value in two places means something; one repeated byte is reported by its own check."""
    return len(set(value)) > 1


def asked_kids(ctx: Context) -> Iterator[UUID]:
    """The KIDs of the request, those that are UUIDs, in order."""
    for key in ctx.request.content_keys:
        kid = uuid_of(key.kid)
        if kid is not None:
            yield kid


def base64_bytes(text: str | None) -> bytes | None:
    """The bytes of a base64 text; None where it is absent, empty or no base64."""
    if not text:
        return None
    try:
        return b64.decode(text).data
    except DecodeError:
        return None


def counted(number: int, thing: str) -> str:
    """`1 byte`, `15 bytes`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def readable_keys(ctx: Context) -> dict[UUID, bytes]:
    """Answered KID -> value, for comparisons between answers.

    Untestable where the answer has none; the text says which of the compared answers cannot be used.
    """
    lacking = ctx.missing_for(Need.KEYS)
    if lacking:
        raise Untestable(f"step {ctx.step.id}: {lacking}")
    return dict(ctx.keys)
