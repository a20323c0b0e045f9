"""The `pssh` box, written."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from uuid import UUID


def write_box(system_id: str, data: bytes, kids: Sequence[UUID] | None = None) -> bytes:
    """Write one box: version 0, or version 1 with a KID list where `kids` is given. All numbers are big-endian."""
    version = 0 if kids is None else 1
    body = struct.pack(">B3x", version) + UUID(system_id).bytes
    if kids is not None:
        body += struct.pack(">I", len(kids)) + b"".join(kid.bytes for kid in kids)
    body += struct.pack(">I", len(data)) + data
    return struct.pack(">I4s", len(body) + 8, b"pssh") + body
