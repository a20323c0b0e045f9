"""What goes into the placeholders of each DRM system."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from jinja2 import Environment

from tests.independent import boxes
from tests.independent.habits import Habits

WIDEVINE = UUID("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed")
PLAYREADY = UUID("9a04f079-9840-4286-ab92-e65be0885f95")
FAIRPLAY = UUID("94ce86fb-07ff-4f43-adb8-93d2fa968ca2")
CLEAR_KEY = UUID("3ea8778f-7742-4bf9-b18b-e834b2acbd47")
IRDETO = UUID("80a6be7e-1448-4c37-9e70-d5aebe04c8d2")
WISEPLAY = UUID("3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c")
COMMON = UUID("1077efec-c0b2-4d02-ace3-3c1e52e2fb4b")

SCHEMES: Mapping[UUID, tuple[str, ...]] = {
    WIDEVINE: ("cenc", "cbcs"),
    PLAYREADY: ("cenc", "cbcs"),
    FAIRPLAY: ("cbcs", "SAMPLE-AES"),
    CLEAR_KEY: ("cbc1", "AES-128"),
    IRDETO: ("cenc",),
    COMMON: ("cenc", "cbcs"),
    WISEPLAY: ("cenc", "cbcs"),
}
"""What each DRM system can be used with; the HLS methods belong to SPEKE 2.1."""

ROBUSTNESS = {WIDEVINE: "HW_SECURE_DECODE", PLAYREADY: "3000"}
CPC = {
    FAIRPLAY: "com.apple.streamingkeydelivery:AppleMain/Main",
    PLAYREADY: "com.microsoft.playready:SL3000",
}


@dataclass(frozen=True)
class Subject:
    """One key of one document, as its signalling speaks of it."""

    kid: UUID
    key: bytes
    iv: bytes | None
    scheme: str
    content: str
    all: Sequence[tuple[UUID, bytes]]
    """KID and key of all keys of the document."""


class Signaller:
    """Fills placeholders."""

    def __init__(self, habits: Habits, templates: Environment) -> None:
        self._habits, self._templates = habits, templates

    def fill(self, system: UUID, wanted: str, one: Subject) -> str | None:
        """The text of a placeholder; None where the system has nothing to say there."""
        if wanted == "PSSH":
            box = self._box(system, one)
            return None if box is None else self._folded(box)
        if wanted == "ContentProtectionData" and system in (WIDEVINE, PLAYREADY, COMMON, IRDETO, WISEPLAY):
            text = self._text("fragment.xml.j2", system, one, box=_text64(self._box(system, one) or b""))
            return self._folded(text.encode())
        if wanted == "SmoothStreamingProtectionHeaderData" and system == PLAYREADY:
            return _text64(self._object(one, [(one.kid, one.key)]))
        if wanted in ("HLSSignalingDatamedia", "HLSSignalingDatamaster") and system not in (COMMON, IRDETO):
            return self._folded(self._line(system, one, master=wanted.endswith("master")).encode())
        return None

    def _box(self, system: UUID, one: Subject) -> bytes | None:
        listed = [one.kid] if self._habits.box_version else None
        if system == WIDEVINE:
            kids = [kid for kid, _ in one.all] if self._habits.box_of_all else [one.kid]
            return boxes.pssh(system, boxes.widevine(kids, one.content, one.scheme), listed)
        if system == PLAYREADY:
            return boxes.pssh(system, self._object(one, [(one.kid, one.key)]), listed)
        if system == IRDETO:
            return boxes.pssh(system, b"I1" + one.kid.bytes, listed)
        if system == WISEPLAY:
            data = {"enschema": one.scheme.upper(), "kids": [_text64(one.kid.hex.encode())], "version": "V1.0"}
            return boxes.pssh(system, json.dumps(data).encode(), None)
        if system == COMMON:
            return boxes.pssh(system, b"", [one.kid])
        return None

    def _object(self, one: Subject, keys: Sequence[tuple[UUID, bytes]]) -> bytes:
        entries = [(_text64(kid.bytes_le), boxes.checksum(kid, key)) for kid, key in keys]
        version = "4.3" if one.scheme == "cbcs" else "4.2" if len(keys) > 1 else self._habits.header
        header = self._templates.get_template("wrmheader.xml.j2").render(
            version=version, algorithm="AESCBC" if version == "4.3" else "AESCTR", entries=entries
        )
        return boxes.playready_object("".join(line.strip() for line in header.splitlines()))

    def _line(self, system: UUID, one: Subject, *, master: bool) -> str:
        tag = "#EXT-X-SESSION-KEY:" if master else "#EXT-X-KEY:"
        box = self._box(system, one) if system in (WIDEVINE, WISEPLAY) else b""
        # The players of Microsoft want the session key to name all keys, and those of a playlist its own.
        keys = one.all if master and not self._habits.box_version else [(one.kid, one.key)]
        text = self._text(
            "line.m3u8.j2",
            system,
            one,
            box=_text64(box or b""),
            object=_text64(self._object(one, keys)) if system == PLAYREADY else "",
            method="SAMPLE-AES-CTR" if one.scheme == "cenc" else "SAMPLE-AES",
        )
        return tag + text.strip() + ("\n" if master else "")

    def _text(self, name: str, system: UUID, one: Subject, **more: str) -> str:
        kind = {WIDEVINE: "widevine", PLAYREADY: "playready", FAIRPLAY: "fairplay", CLEAR_KEY: "clearkey"}
        kind |= {WISEPLAY: "wiseplay"}
        more.setdefault("object", _text64(self._object(one, [(one.kid, one.key)])) if system == PLAYREADY else "")
        return self._templates.get_template(name).render(kind=kind.get(system, ""), one=one, **more).strip()

    def _folded(self, data: bytes) -> str:
        text, width = _text64(data), self._habits.fold
        if not width:
            return text
        return "\n".join(text[start : start + width] for start in range(0, len(text), width))


def _text64(data: bytes) -> str:
    return b64encode(data).decode()
