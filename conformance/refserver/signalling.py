"""What each DRM system has to say about a key: its pssh box, manifest fragment, HLS line and Smooth header."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from conformance.refserver import hls, playready, pssh, widevine
from conformance.refserver.config import Config
from conformance.refserver.keys import Signal
from conformance.refserver.names import CENC, COMMON, IRDETO, MSPR, PLAYREADY, WIDEVINE
from conformance.refserver.playready import CTR_SCHEMES


@dataclass(frozen=True, slots=True)
class Signals:
    """The DRM data of one key for one system; None where the system has no such thing."""

    box: bytes | None = None
    fragment: str | None = None
    line: str | None = None
    smooth: bytes | None = None
    robustness: str | None = None
    allowed_cpc: str | None = None


Maker: TypeAlias = Callable[[Signal, Sequence[Signal], str, Config], Signals]


def _listed(signal: Signal, everyone: Sequence[Signal], config: Config) -> list[Signal]:
    if not config.all_kids_in_pssh:
        return [signal]
    return [signal, *(one for one in everyone if one.kid != signal.kid)]


def _pssh_element(box: bytes, config: Config) -> str:
    text = base64.b64encode(box).decode()
    if config.protection_namespace_form == "default":
        return f'<pssh xmlns="{CENC}">{text}</pssh>'
    return f'<cenc:pssh xmlns:cenc="{CENC}">{text}</cenc:pssh>'


def _common_scheme(scheme: str) -> str:
    """Map an HLS method to the CENC scheme that has the same effect."""
    if len(scheme) == 4:
        return scheme
    return "cenc" if scheme in CTR_SCHEMES else "cbcs"


def _data_uri(box: bytes) -> str:
    return f"data:text/plain;base64,{base64.b64encode(box).decode()}"


def widevine_signals(signal: Signal, everyone: Sequence[Signal], content_id: str, config: Config) -> Signals:
    """Make the Widevine data of one key."""
    kids = [one.kid for one in _listed(signal, everyone, config)]
    scheme: str | None = _common_scheme(signal.scheme)
    if scheme == "cenc" and not config.widevine_cenc_scheme:
        scheme = None
    write = widevine.write_entitled_header if config.widevine_entitled else widevine.write_header
    header = write(kids, content_id, config.widevine_provider, scheme)
    box = pssh.write_box(WIDEVINE, header, kids if config.widevine_pssh_version == 1 else None)
    return Signals(
        box=box,
        fragment=_pssh_element(box, config),
        line=hls.data_line(signal, f"urn:uuid:{WIDEVINE}", _data_uri(box), config),
        smooth=header,
        robustness="SW_SECURE_CRYPTO",
        allowed_cpc=f"urn:uuid:{WIDEVINE}:SW-SECURE-CRYPTO",
    )


def playready_signals(signal: Signal, everyone: Sequence[Signal], content_id: str, config: Config) -> Signals:
    """Make the PlayReady data of one key."""
    pro = playready.write_object(playready.write_header(_listed(signal, everyone, config), config))
    box = pssh.write_box(PLAYREADY, pro)
    text = base64.b64encode(pro).decode()
    own = f'<pro xmlns="{MSPR}">{text}</pro>'
    if config.protection_namespace_form == "prefix":
        own = f'<mspr:pro xmlns:mspr="{MSPR}">{text}</mspr:pro>'
    return Signals(
        box=box,
        fragment=_pssh_element(box, config) + own,
        line=hls.playready_line(signal, pro, config),
        smooth=pro,
        robustness="2000",
        allowed_cpc="com.microsoft.playready:SL2000",
    )


def fairplay_signals(signal: Signal, everyone: Sequence[Signal], content_id: str, config: Config) -> Signals:
    """Make the FairPlay data of one key: HLS lines only."""
    line = hls.fairplay_line(signal, content_id, config)
    return Signals(line=line, allowed_cpc="com.apple.streamingkeydelivery:AppleBaseline/Baseline")


def clearkey_signals(signal: Signal, everyone: Sequence[Signal], content_id: str, config: Config) -> Signals:
    """Make the Clear Key AES-128 data of one key: HLS lines only."""
    return Signals(line=hls.clearkey_line(signal, content_id, config))


def _kid_list_signals(
    system_id: str, data: bytes, signal: Signal, everyone: Sequence[Signal], config: Config
) -> Signals:
    box = pssh.write_box(system_id, data, [one.kid for one in _listed(signal, everyone, config)])
    return Signals(
        box=box,
        fragment=_pssh_element(box, config),
        line=hls.data_line(signal, f"urn:uuid:{system_id}", _data_uri(box), config),
        smooth=data,
    )


def common_signals(signal: Signal, everyone: Sequence[Signal], content_id: str, config: Config) -> Signals:
    """Make the W3C common data of one key: a version 1 box with KIDs and nothing else."""
    return _kid_list_signals(COMMON, b"", signal, everyone, config)


def irdeto_signals(signal: Signal, everyone: Sequence[Signal], content_id: str, config: Config) -> Signals:
    """Make the Irdeto data of one key: a version 1 box with the content id as its data."""
    return _kid_list_signals(IRDETO, content_id.encode(), signal, everyone, config)


MAKERS: Mapping[str, Maker] = {
    "widevine": widevine_signals,
    "playready": playready_signals,
    "fairplay": fairplay_signals,
    "clearkey": clearkey_signals,
    "common": common_signals,
    "irdeto": irdeto_signals,
}
