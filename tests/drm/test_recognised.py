"""Bytes that stand where something else belongs are called by their name; what is right is left alone."""

from __future__ import annotations

import base64
from uuid import UUID

import pytest

from conformance.drm.recognised import recognised

SYSTEM = UUID("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed").bytes
KID = UUID("09e091ab-f838-41d2-9e35-58531fd19ec7")
DATA = b"\x12\x10" + KID.bytes
BOX = (32 + len(DATA)).to_bytes(4, "big") + b"pssh" + bytes(4) + SYSTEM + len(DATA).to_bytes(4, "big") + DATA
HEADER = "<WRMHEADER/>".encode("utf-16-le")
OBJECT = (10 + len(HEADER)).to_bytes(4, "little") + b"\1\0\1\0" + len(HEADER).to_bytes(2, "little") + HEADER


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (BOX, "a whole pssh box"),
        (BOX[4:], "without its size"),
        (BOX[8:], "without size and type"),
        (BOX[12:], "without its first 12 bytes"),
        (base64.b64encode(BOX), "base64 text again of a whole pssh box"),
        (base64.urlsafe_b64encode(BOX).rstrip(b"="), "base64 text again of a whole pssh box"),
        (base64.b64encode(base64.b64encode(BOX)), "base64 text again of base64 text again of a whole pssh box"),
        (OBJECT, "a PlayReady object"),
        (HEADER, "a PlayReady header without the object"),
        (DATA, "the data of a Widevine box"),
        (KID.bytes, "16 bytes and nothing else"),
        (str(KID).encode(), "a UUID as text"),
        (KID.hex.encode(), "hexadecimal digits of 16 bytes and nothing else"),
        (BOX.hex().encode(), "hexadecimal digits of a whole pssh box"),
        (b"<pssh/>", "XML"),
        (b'{"kids": []}', "JSON"),
        (b"#EXT-X-KEY:METHOD=SAMPLE-AES", "a line of an HLS playlist"),
        (b"data:text/plain;base64,AAAA", "a data URI"),
        (b"https://licence.example/", "a URI"),
    ],
)
def test_is_called_by_its_name(data: bytes, words: str) -> None:
    assert words in recognised(data)


@pytest.mark.parametrize("data", [b"", b"\0", bytes(40), b"just some words", b"\xff" * 20])
def test_of_what_is_not_known_nothing_is_said(data: bytes) -> None:
    assert recognised(data) == ""
