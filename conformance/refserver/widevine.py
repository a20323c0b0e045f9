"""The Widevine header: a protobuf message inside a pssh box."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

KEY_ID, PROVIDER, CONTENT_ID, CRYPTO_PERIOD_INDEX, PROTECTION_SCHEME, TYPE, ENTITLED_KEYS = 2, 3, 4, 7, 9, 11, 14


def write_header(kids: Sequence[UUID], content_id: str, provider: str, scheme: str | None) -> bytes:
    """Write key ids, provider, content id and the scheme as a four-character code; `scheme` None leaves it out."""
    parts = [_bytes(KEY_ID, kid.bytes) for kid in kids]
    if provider:
        parts.append(_bytes(PROVIDER, provider.encode()))
    if content_id:
        parts.append(_bytes(CONTENT_ID, content_id.encode()))
    if scheme is not None:
        parts.append(_varint(PROTECTION_SCHEME << 3) + _varint(int.from_bytes(scheme.encode("ascii"), "big")))
    return b"".join(parts)


def write_entitled_header(kids: Sequence[UUID], content_id: str, provider: str, scheme: str | None) -> bytes:
    """Write a header of type ENTITLED_KEY: each key is named in entitled_keys, wrapped in an entitlement key."""
    entitled = b"".join(_bytes(ENTITLED_KEYS, _entitled(kid)) for kid in kids)
    period = _varint(CRYPTO_PERIOD_INDEX << 3) + _varint(1)
    return entitled + write_header((), content_id, provider, scheme) + period + _varint(TYPE << 3) + _varint(2)


def _entitled(kid: UUID) -> bytes:
    """One entitled key; what stands for the wrapped key is derived from the KID and wraps nothing."""
    stuff = hashlib.sha512(b"entitlement" + kid.bytes).digest()
    parts = (stuff[:16], kid.bytes, stuff[16:48], stuff[48:])
    return b"".join(_bytes(number, part) for number, part in enumerate(parts, 1)) + _varint(5 << 3) + _varint(32)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
