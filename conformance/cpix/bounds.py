"""Bounds and wording that all payload decoders share."""

from __future__ import annotations

from typing import Final

from conformance.cpix.errors import DecodeError
from conformance.model.quoted import octets

MAX_BYTES: Final = 64 * 1024
"""Largest decoded payload that is looked at, in bytes; real ones stay below 16 KiB."""


def bounded(data: bytes, kind: str) -> bytes:
    """Return the payload as it is, or refuse one that is empty or beyond 64 KiB.

    `kind` is the first part of the error code (`pssh.empty`, `pssh.too-large`).
    """
    if not data:
        raise DecodeError(f"{kind}.empty", "the payload is empty", offset=0, expected="at least one byte", found="none")
    if len(data) > MAX_BYTES:
        raise DecodeError(
            f"{kind}.too-large",
            f"the payload has {len(data)} bytes; more than {MAX_BYTES} are not read",
            offset=MAX_BYTES,
            expected=f"at most {MAX_BYTES} bytes",
            found=f"{len(data)} bytes",
        )
    return data


def preview(data: bytes, offset: int = 0, count: int = 8) -> str:
    """Show a few bytes in hexadecimal, for the `found` part of an error."""
    return octets(data, offset, count) if offset < len(data) else "the end of the data"
