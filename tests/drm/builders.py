"""Builds the byte formats that the decoders read, from scratch and without using the decoders."""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Iterable
from uuid import UUID

WIDEVINE = UUID("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed")
PLAYREADY = UUID("9a04f079-9840-4286-ab92-e65be0885f95")
WISEPLAY = UUID("3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c")
COMMON = UUID("1077efec-c0b2-4d02-ace3-3c1e52e2fb4b")
KID = UUID("09e091ab-f838-41d2-9e35-58531fd19ec7")
OTHER_KID = UUID("ad13f9ea-2be6-98b8-75f5-04a8e3ccea64")
KEY = bytes.fromhex("9cb061164b7013eaefcc7d6d18424c2c")
NAMESPACE = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader"


def box(
    data: bytes = b"", *, system: UUID = WIDEVINE, version: int = 0, flags: int = 0, kids: Iterable[UUID] = ()
) -> bytes:
    """A pssh box with a 32-bit size."""
    body = struct.pack(">B", version) + flags.to_bytes(3, "big") + system.bytes
    if version:
        listed = list(kids)
        body += struct.pack(">I", len(listed)) + b"".join(kid.bytes for kid in listed)
    body += struct.pack(">I", len(data)) + data
    return struct.pack(">I4s", len(body) + 8, b"pssh") + body


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number: int, value: int | bytes) -> bytes:
    """A protobuf field: a varint for an int, length-delimited for bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def pro(header: bytes, record_type: int = 1) -> bytes:
    """A PlayReady object with one record."""
    return struct.pack("<IHHH", len(header) + 10, 1, record_type, len(header)) + header


def swapped(kid: UUID) -> str:
    """A KID as a PlayReady header writes it."""
    return b64encode(kid.bytes_le).decode()


def header(data: str, version: str = "4.0.0.0") -> bytes:
    """A WRMHEADER with this inside of DATA."""
    text = f'<WRMHEADER xmlns="{NAMESPACE}" version="{version}"><DATA>{data}</DATA></WRMHEADER>'
    return text.encode("utf-16-le")


def header_40(kid: UUID = KID, more: str = "") -> bytes:
    info = "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>"
    return header(f"{info}<KID>{swapped(kid)}</KID>{more}")
