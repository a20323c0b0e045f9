"""The PlayReady object and its header, versions 4.0 to 4.3."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from conformance.refserver.keys import Signal

if TYPE_CHECKING:
    from conformance.refserver.config import Config

HEADER_NAMESPACE = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader"
CTR_SCHEMES = ("cenc", "cens", "SAMPLE-AES-CTR")


@lru_cache(maxsize=4096)
def checksum(key: bytes, kid: UUID) -> bytes:
    """Compute the key checksum: the KID in GUID order, encrypted by AES-ECB, its first 8 bytes."""
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(kid.bytes_le)[:8]


def write_object(header: str) -> bytes:
    """Wrap a header into an object with one record; all numbers are little-endian."""
    value = header.encode("utf-16-le")
    return struct.pack("<IHHH", len(value) + 10, 1, 1, len(value)) + value


def write_header(signals: Sequence[Signal], config: Config) -> str:
    """Write the header of one key, or of several where the version has room for them."""
    counter = signals[0].scheme in CTR_SCHEMES
    version = _version(config.playready_header, counter, len(signals))
    tail = ""
    if config.playready_la_url:
        tail += f"<LA_URL>{escape(config.playready_la_url)}</LA_URL>"
    if config.playready_custom_attributes:
        tail += f"<CUSTOMATTRIBUTES>{config.playready_custom_attributes}</CUSTOMATTRIBUTES>"
    data = _data_4_0(signals[0], config) if version == "4.0" else _protect_info(signals, version, counter, config)
    return f'<WRMHEADER xmlns="{HEADER_NAMESPACE}" version="{version}.0.0"><DATA>{data}{tail}</DATA></WRMHEADER>'


def _version(wanted: str, counter: bool, kids: int) -> str:
    if not counter:
        return "4.3"
    if wanted == "oldest":
        return "4.0" if kids == 1 else "4.2"
    return "4.2" if kids > 1 and wanted in ("4.0", "4.1") else wanted


def _data_4_0(signal: Signal, config: Config) -> str:
    check = f"<CHECKSUM>{_checksum_text(signal)}</CHECKSUM>" if config.playready_checksum else ""
    info = "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>"
    return f"{info}<KID>{_kid_text(signal)}</KID>{check}"


def _protect_info(signals: Sequence[Signal], version: str, counter: bool, config: Config) -> str:
    kids = "".join(_kid_element(one, version, counter, config) for one in signals)
    return (
        f"<PROTECTINFO>{kids}</PROTECTINFO>" if version == "4.1" else f"<PROTECTINFO><KIDS>{kids}</KIDS></PROTECTINFO>"
    )


def _kid_element(signal: Signal, version: str, counter: bool, config: Config) -> str:
    attributes = ""
    if not (config.playready_algid_absent and version == "4.3"):
        attributes += f' ALGID="{"AESCTR" if counter else "AESCBC"}"'
    if counter and config.playready_checksum:
        attributes += f' CHECKSUM="{_checksum_text(signal)}"'
    return f'<KID{attributes} VALUE="{_kid_text(signal)}"></KID>'


def _kid_text(signal: Signal) -> str:
    return base64.b64encode(signal.kid.bytes_le).decode()


def _checksum_text(signal: Signal) -> str:
    return base64.b64encode(checksum(signal.key, signal.kid)).decode()
