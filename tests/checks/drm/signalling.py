"""Requests for one carrier of one DRM system, and changes to what comes back in it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from uuid import UUID

from tests.checks.exchange import Change, payload, text
from tests.drm.builders import box
from tests.refserver.asking import KIDS, WIDEVINE, Ask

KID, SECOND_KID = UUID(KIDS[0]), UUID(KIDS[1])
STRANGER = UUID("11111111-2222-4333-8444-555555555555")
PSSH, PROTECTION, SMOOTH = (
    "<cpix:PSSH/>",
    "<cpix:ContentProtectionData/>",
    "<cpix:SmoothStreamingProtectionHeaderData/>",
)
MEDIA = '<cpix:HLSSignalingData playlist="media"/>'
BOTH_LINES = f'{MEDIA}<cpix:HLSSignalingData playlist="master"/>'
CENC, MSPR = 'xmlns:cenc="urn:mpeg:cenc:2013"', 'xmlns:mspr="urn:microsoft:playready"'


def asking(system: str, signals: str = PSSH, scheme: str = "cbcs", version: str = "2.0") -> Ask:
    """A request for these placeholders of one DRM system."""
    return Ask(version=version, systems=(system,), signals=signals, scheme=scheme)


def of(system: str, element: str, key: int = 1) -> str:
    """The path of an element in the DRMSystem of that system for the first key, or another one."""
    return f"//cpix:DRMSystem[@systemId='{system}'][@kid='{KIDS[key - 1]}']/cpix:{element}"


def data(content: bytes, system: str = WIDEVINE, **more: object) -> Change:
    """The PSSH of the first key becomes a box of that system with these Data."""
    return text(of(system, "PSSH"), box(content, system=UUID(system), **more))  # type: ignore[arg-type]


def fragment(content: str | bytes, system: str = WIDEVINE) -> Change:
    """The ContentProtectionData of the first key becomes this."""
    return text(of(system, "ContentProtectionData"), content if isinstance(content, bytes) else content.encode())


def line(edit: Callable[[str], str], system: str = WIDEVINE, playlist: str = "") -> Change:
    """Change the HLS lines of the first key, or the one for a playlist."""
    which = f"[@playlist='{playlist}']" if playlist else ""
    return payload(of(system, f"HLSSignalingData{which}"), lambda content: edit(content.decode()).encode())


def written(content: str, system: str = WIDEVINE) -> Change:
    """The HLS lines of the first key become this text."""
    return line(lambda _: content, system)


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def cenc_pssh(content: bytes) -> str:
    """A box as the fragment of a manifest has it."""
    return f"<cenc:pssh {CENC}>{b64(content)}</cenc:pssh>"


def mspr_pro(content: bytes) -> str:
    """A PlayReady object as the fragment of a manifest has it."""
    return f"<mspr:pro {MSPR}>{b64(content)}</mspr:pro>"
