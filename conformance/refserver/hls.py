"""HLS key lines: one attribute list under two tag names."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit
from uuid import UUID

from conformance.refserver.keys import Signal, content_key
from conformance.refserver.playready import CTR_SCHEMES
from conformance.refserver.reading import UUID_TEXT

if TYPE_CHECKING:
    from conformance.refserver.config import Config

MEDIA_TAG, SESSION_TAG = "#EXT-X-KEY", "#EXT-X-SESSION-KEY"
CLEAR_SCHEMES = ("cbc1", "AES-128")


def method(scheme: str, config: Config) -> str:
    """Give the METHOD that fits an encryption scheme."""
    if scheme in CTR_SCHEMES:
        return config.cenc_hls_method
    return "AES-128" if scheme in CLEAR_SCHEMES else "SAMPLE-AES"


def data_line(signal: Signal, key_format: str, uri: str, config: Config) -> str:
    """Write the attributes of a line that carries its DRM data in the URI."""
    key_id = f",KEYID=0x{signal.kid.hex}" if config.hls_keyid else ""
    return f'METHOD={method(signal.scheme, config)},URI="{uri}",KEYFORMAT="{key_format}",KEYFORMATVERSIONS="1"{key_id}'


def playready_line(signal: Signal, pro: bytes, config: Config) -> str:
    """Write the PlayReady attributes in the order that AWS prints."""
    uri = f"data:text/plain;charset=UTF-16;base64,{base64.b64encode(pro).decode()}"
    head = f'METHOD={method(signal.scheme, config)},KEYFORMAT="com.microsoft.playready"'
    return f'{head},KEYFORMATVERSIONS="1",URI="{uri}"'


def fairplay_line(signal: Signal, content_id: str, config: Config) -> str:
    """Write the FairPlay attributes; the skd body names content, KID and IV."""
    if config.skd_form == "uuid":
        body = str(signal.kid)
    elif config.skd_form == "uuid-iv":
        body = f"{signal.kid}:{signal.iv.hex()}" if signal.iv is not None else str(signal.kid)
    elif config.skd_form == "opaque":
        body = "asset"
    else:
        members = {"ContentId": content_id, "KeyId": str(signal.kid)}
        if signal.iv is not None:
            members["IV"] = base64.b64encode(signal.iv).decode()
        body = base64.b64encode(json.dumps(members, separators=(",", ":")).encode()).decode()
    return f'METHOD=SAMPLE-AES,URI="skd://{body}",KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1"'


def key_address(signal: Signal, content_id: str, config: Config) -> str:
    """Give the address at which players of Clear Key fetch the key."""
    return f"{config.key_uri_base}/{quote(content_id, safe='')}/{signal.kid}"


def key_at(path: str, config: Config) -> bytes | None:
    """Give the content key that an address of Clear Key stands for, or None where the path is of no such address."""
    base = urlsplit(config.key_uri_base).path + "/"
    content_id, _, kid = path.removeprefix(base).rpartition("/")
    if not path.startswith(base) or not content_id or not UUID_TEXT.fullmatch(kid):
        return None
    return content_key(config.seed, unquote(content_id), UUID(kid))


def clearkey_line(signal: Signal, content_id: str, config: Config) -> str:
    """Write the attributes of a line whose URI hands out the key itself."""
    uri = key_address(signal, content_id, config)
    iv = f",IV=0x{signal.iv.hex().upper()}" if signal.iv is not None else ""
    return f'METHOD=AES-128,URI="{uri}",KEYFORMAT="identity",KEYFORMATVERSIONS="1"{iv}'


def signalling(line: str, playlist: str | None, config: Config) -> str:
    """Encode a line for HLSSignalingData; `media`, or no name, is the media playlist."""
    tag = MEDIA_TAG if playlist in (None, "media") else SESSION_TAG
    end = "\n" if config.hls_trailing_newline else ""
    return base64.b64encode(f"{tag}:{line}{end}".encode()).decode()
