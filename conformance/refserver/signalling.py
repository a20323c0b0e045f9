"""What each DRM system has to say about a key: its pssh box, manifest fragment, HLS line and Smooth header."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from conformance.refserver import hls, playready, pssh, widevine
from conformance.refserver.keys import Signal
from conformance.refserver.names import CENC, MSPR
from conformance.refserver.playready import CTR_SCHEMES

if TYPE_CHECKING:
    from conformance.refserver.config import Config


@dataclass(frozen=True, slots=True)
class Signals:
    """The DRM data of one key for one system; None where the system has no such thing."""

    box: bytes | None = None
    fragment: str | None = None
    line: str | None = None
    smooth: bytes | None = None
    robustness: str | None = None
    allowed_cpc: str | None = None


Maker: TypeAlias = "Callable[[str, Signal, Sequence[Signal], str, Config], Signals]"
"""System id, the key, all keys of the document, content id, configuration."""


def listed(signal: Signal, everyone: Sequence[Signal], config: Config) -> list[Signal]:
    """The keys that a box names: its own, or where the provider likes it so all of them, its own first."""
    if not config.all_kids_in_pssh:
        return [signal]
    return [signal, *(one for one in everyone if one.kid != signal.kid)]


def _pssh_element(box: bytes, config: Config) -> str:
    text = base64.b64encode(box).decode()
    if config.protection_namespace_form == "default":
        return f'<pssh xmlns="{CENC}">{text}</pssh>'
    return f'<cenc:pssh xmlns:cenc="{CENC}">{text}</cenc:pssh>'


def common_scheme(scheme: str) -> str:
    """Map an HLS method to the CENC scheme that has the same effect."""
    if len(scheme) == 4:
        return scheme
    return "cenc" if scheme in CTR_SCHEMES else "cbcs"


def _data_uri(box: bytes) -> str:
    return f"data:text/plain;base64,{base64.b64encode(box).decode()}"


def boxed(system_id: str, data: bytes, signal: Signal, config: Config, kids: Sequence[UUID] | None = None) -> Signals:
    """Put the data of one key into a box, and the box wherever a box can stand; with `kids` it has version 1."""
    box = pssh.write_box(system_id, data, kids)
    return Signals(
        box=box,
        fragment=_pssh_element(box, config),
        line=hls.data_line(signal, f"urn:uuid:{system_id}", _data_uri(box), config),
        smooth=data,
    )


def widevine_signals(
    system_id: str, signal: Signal, everyone: Sequence[Signal], content_id: str, config: Config
) -> Signals:
    """Make the Widevine data of one key."""
    kids = [one.kid for one in listed(signal, everyone, config)]
    scheme: str | None = common_scheme(signal.scheme)
    if scheme == "cenc" and not config.widevine_cenc_scheme:
        scheme = None
    write = widevine.write_entitled_header if config.widevine_entitled else widevine.write_header
    header = write(kids, content_id, config.widevine_provider, scheme)
    return replace(
        boxed(system_id, header, signal, config, kids if config.widevine_pssh_version == 1 else None),
        robustness="SW_SECURE_CRYPTO",
        allowed_cpc=f"urn:uuid:{system_id}:SW-SECURE-CRYPTO",
    )


def playready_signals(
    system_id: str, signal: Signal, everyone: Sequence[Signal], content_id: str, config: Config
) -> Signals:
    """Make the PlayReady data of one key."""
    pro = playready.write_object(playready.write_header(listed(signal, everyone, config), config))
    box = pssh.write_box(system_id, pro)
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


def fairplay_signals(
    system_id: str, signal: Signal, everyone: Sequence[Signal], content_id: str, config: Config
) -> Signals:
    """Make the FairPlay data of one key: HLS lines only."""
    line = hls.fairplay_line(signal, content_id, config)
    return Signals(line=line, allowed_cpc="com.apple.streamingkeydelivery:AppleBaseline/Baseline")


def clearkey_signals(
    system_id: str, signal: Signal, everyone: Sequence[Signal], content_id: str, config: Config
) -> Signals:
    """Make the Clear Key AES-128 data of one key: HLS lines only."""
    return Signals(line=hls.clearkey_line(signal, content_id, config))


def common_signals(
    system_id: str, signal: Signal, everyone: Sequence[Signal], content_id: str, config: Config
) -> Signals:
    """Make the W3C common data of one key: a version 1 box with KIDs and nothing else."""
    return boxed(system_id, b"", signal, config, [one.kid for one in listed(signal, everyone, config)])


def irdeto_signals(
    system_id: str, signal: Signal, everyone: Sequence[Signal], content_id: str, config: Config
) -> Signals:
    """Make the Irdeto data of one key: a version 1 box with the content id as its data."""
    kids = [one.kid for one in listed(signal, everyone, config)]
    return boxed(system_id, content_id.encode(), signal, config, kids)
