"""Boxes and objects of the DRM systems, byte by byte."""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Sequence
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.modes import ECB

FOUR = {"cenc": 0x63656E63, "cbcs": 0x63626373}


def pssh(system: UUID, payload: bytes, kids: Sequence[UUID] | None = None) -> bytes:
    """A box; with a list of KIDs of version 1."""
    head = struct.pack(">B3x", 0 if kids is None else 1) + system.bytes
    if kids is not None:
        head += struct.pack(">I", len(kids)) + b"".join(kid.bytes for kid in kids)
    inner = head + struct.pack(">I", len(payload)) + payload
    return struct.pack(">I4s", 8 + len(inner), b"pssh") + inner


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def widevine(kids: Sequence[UUID], content: str, scheme: str) -> bytes:
    """The header that a Widevine box holds; the provider and the content besides what is needed."""
    header = _field(9, FOUR[scheme])
    header += _field(3, b"second opinion")
    header += b"".join(_field(2, kid.bytes) for kid in kids)
    return header + _field(4, content.encode())


def checksum(kid: UUID, key: bytes) -> str:
    """Eight bytes that let a client see that it has the right key, in base64."""
    machine = Cipher(algorithms.AES(key), ECB()).encryptor()
    return b64encode(machine.update(kid.bytes_le)[:8]).decode()


def playready_object(header: str) -> bytes:
    """The object with the header as its only record."""
    text = header.encode("utf-16-le")
    return struct.pack("<IHHH", len(text) + 10, 1, 1, len(text)) + text
