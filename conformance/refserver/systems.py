"""The DRM systems that this server has: one table, and an entry is all that makes it serve one more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from conformance.refserver import wiseplay
from conformance.refserver.names import CENC_SCHEMES, HLS_METHODS
from conformance.refserver.signalling import (
    Maker,
    clearkey_signals,
    common_signals,
    fairplay_signals,
    irdeto_signals,
    playready_signals,
    widevine_signals,
)


@dataclass(frozen=True, slots=True)
class ServedSystem:
    """One DRM system: its id, the schemes that it can work with, and what makes its signalling."""

    system_id: str
    """UUID in lower case."""
    schemes: tuple[str, ...]
    make: Maker
    compared_in_hls: tuple[str, ...] = ()
    """Checks that look at the payload in its HLS line by itself, or hold it against the one in the PSSH."""


SERVED: Final[Mapping[str, ServedSystem]] = {
    "widevine": ServedSystem(
        "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",
        ("cenc", "cbcs"),
        widevine_signals,
        ("widevine.hls-uri-equals-pssh", "widevine.hls-uri-is-pssh", "widevine.hls-uri-names-its-kid"),
    ),
    "playready": ServedSystem(
        "9a04f079-9840-4286-ab92-e65be0885f95",
        ("cenc", "cbcs"),
        playready_signals,
        (
            "playready.hls-media-equals-pssh",
            "playready.hls-uri-is-object",
            "playready.hls-uri-names-its-kid",
            "playready.hls-uri-algorithm-agrees",
        ),
    ),
    "fairplay": ServedSystem("94ce86fb-07ff-4f43-adb8-93d2fa968ca2", ("cbcs", "SAMPLE-AES"), fairplay_signals),
    "clearkey": ServedSystem("3ea8778f-7742-4bf9-b18b-e834b2acbd47", ("cbc1", "AES-128"), clearkey_signals),
    "common": ServedSystem("1077efec-c0b2-4d02-ace3-3c1e52e2fb4b", (*CENC_SCHEMES, *HLS_METHODS), common_signals),
    "irdeto": ServedSystem("80a6be7e-1448-4c37-9e70-d5aebe04c8d2", ("cenc",), irdeto_signals),
    "wiseplay": ServedSystem(
        "3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c",
        ("cenc", "cbcs"),
        wiseplay.signals,
        ("wiseplay.hls-uri-equals-pssh", "wiseplay.hls-uri-is-pssh"),
    ),
}
"""By the name that this server has for each."""

SYSTEM_IDS: Final[Mapping[str, str]] = {name: one.system_id for name, one in SERVED.items()}
_NAMES: Final[Mapping[str, str]] = {system_id: name for name, system_id in SYSTEM_IDS.items()}


def name_of(system_id: str | None) -> str:
    """The name of a DRM system by its id, in either letter case; empty for one that is not in the table."""
    return _NAMES.get((system_id or "").lower(), "")
