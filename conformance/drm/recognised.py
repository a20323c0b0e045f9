"""Says what bytes are that stand where something else belongs: a box, an object, a bare KID, text encoded again.

A reader that cannot make sense of a payload asks it before it complains about single bytes: what a developer has put
there by mistake is worth more than the offset at which it stops making sense.
"""

from __future__ import annotations

import base64
import binascii
import re
from uuid import UUID

from conformance.catalogue import load_catalogue

DEEPEST = 2
"""Layers of base64 that are looked through."""

_BASE64 = re.compile(rb"\s*(?:[A-Za-z0-9+/_-]{4}[\s]*)+(?:[A-Za-z0-9+/_-]{2,3}={0,2})?\s*")
_UUID_TEXT = re.compile(rb"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?")
_HEXADECIMAL = re.compile(rb"(?:0x)?(?:[0-9A-Fa-f]{2}){8,}")
_WRM = ("<WRMHEADER".encode("utf-16-le"), "\ufeff<".encode("utf-16-le"), b"<WRMHEADER")
_CUT = {4: "without its size", 8: "without size and type", 12: "without its first 12 bytes (size, type and version)"}
_WIDEVINE = re.compile(rb"\x08[\x00\x01]?\x12\x10|\x12\x10", re.DOTALL)


WIDEVINE_DATA = "the data of a Widevine box without the box"


def recognised(data: bytes, layers: int = DEEPEST) -> str:
    """What the bytes are, in a few words; empty where nothing is known of them."""
    return _binary(data) or _textual(data, layers)


def _binary(data: bytes) -> str:
    if data[4:8] == b"pssh":
        return "a whole pssh box"
    for lost, words in _CUT.items():
        if _is_box(_HEADS[lost] + data, lost):
            return f"a pssh box {words}"
    if len(data) >= 10 and int.from_bytes(data[:4], "little") == len(data):
        return "a PlayReady object"
    if data.startswith(_WRM) or data.lstrip().startswith(_WRM):
        return "a PlayReady header without the object around it"
    if len(data) >= 18 and _WIDEVINE.match(data):
        return WIDEVINE_DATA
    if len(data) == 16 and not _printable(data):
        return "16 bytes and nothing else, as a bare KID has them"
    return ""


_HEADS = {4: b"\0\0\0\0", 8: b"\0\0\0\0pssh", 12: b"\0\0\0\0pssh\0\0\0\0"}


def _is_box(whole: bytes, lost: int) -> bool:
    """Whether the bytes are a box of version 0 or 1 once its lost head is back."""
    if len(whole) < 32 or whole[4:8] != b"pssh" or whole[8] > 1 or not _known(whole[12:28]):
        return False
    size = int.from_bytes(whole[28:32], "big")
    return whole[8] == 1 or size == len(whole) - 32


def _known(system: bytes) -> bool:
    return load_catalogue().system_by_id(str(UUID(bytes=system))) is not None


def _textual(data: bytes, layers: int) -> str:
    if not data or not _printable(data):
        return ""
    text = data.strip()
    if _UUID_TEXT.fullmatch(text):
        return "a UUID as text"
    if _HEXADECIMAL.fullmatch(text):
        inner = recognised(bytes.fromhex(text.removeprefix(b"0x").decode("ascii")), 0)
        return f"hexadecimal digits{_of(inner)}"
    if text.startswith(b"data:"):
        return "a data URI"
    if text.startswith(b"#EXT"):
        return "a line of an HLS playlist"
    if text.startswith(b"<"):
        return "XML"
    if text.startswith((b"{", b"[")):
        return "JSON"
    if re.match(rb"[a-z][a-z0-9+.-]*:", text):
        return "a URI"
    if layers and _BASE64.fullmatch(text):
        inner = recognised(_decoded(text), layers - 1)
        return f"base64 text again{_of(inner)}: it was encoded twice" if inner else ""
    return ""


def _of(inner: str) -> str:
    return f" of {inner}" if inner else ""


def _decoded(text: bytes) -> bytes:
    dense = b"".join(text.split()).translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(dense + b"=" * (-len(dense) % 4))
    except binascii.Error:
        return b""


def _printable(data: bytes) -> bool:
    return all(0x20 <= byte < 0x7F or byte in b"\t\r\n" for byte in data)
