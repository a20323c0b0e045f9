"""The Widevine header: a protobuf message inside a pssh box."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

KEY_ID, PROVIDER, CONTENT_ID, PROTECTION_SCHEME = 2, 3, 4, 9


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


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
