"""Reads the manifests that the packager wrote: MPD and HLS playlists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import uuid_of
from conformance.cpix.xml import parse
from conformance.drm import hls
from conformance.drm.content_protection import CENC

_DASH = "{urn:mpeg:dash:schema:mpd:2011}"
_URN = "urn:uuid:"


@dataclass(frozen=True, slots=True)
class Mpd:
    """The protection that an MPD signals: its default KIDs, and for each DRM system the boxes as bytes."""

    kids: tuple[UUID, ...]
    pssh: Mapping[UUID, bytes]


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key tag of a playlist."""

    method: str
    keyformat: str


def read_mpd(data: bytes) -> Mpd:
    """Read an MPD; raises DecodeError where it is no XML."""
    kids: list[UUID] = []
    pssh: dict[UUID, bytes] = {}
    for element in parse(data).root.iter(f"{_DASH}ContentProtection"):
        kid = uuid_of(element.get(f"{{{CENC}}}default_KID"))
        if kid is not None:
            kids.append(kid)
        system = uuid_of((element.get("schemeIdUri") or "").lower().removeprefix(_URN))
        text = element.findtext(f"{{{CENC}}}pssh")
        if system is not None and text:
            pssh[system] = b64.decode(text).data
    return Mpd(tuple(kids), pssh)


def key_lines(playlist: bytes) -> tuple[KeyLine, ...]:
    """The key tags of a playlist, in order; raises DecodeError for one that cannot be read."""
    found = []
    for line in playlist.splitlines():
        if any(line.startswith(f"#{tag}:".encode()) for tag in hls.TAGS):
            found.append(key_line(line))
    return tuple(found)


def key_line(data: bytes) -> KeyLine:
    """METHOD and KEYFORMAT of the first key tag in some lines; raises DecodeError where there is none."""
    read = hls.read(data)
    method = read.text("METHOD")
    if method is None:
        raise DecodeError("hls.no-method", "the key tag has no METHOD")
    return KeyLine(method, read.text("KEYFORMAT") or "identity")


def key_uri(data: bytes) -> str:
    """The URI of the first key tag; raises DecodeError where there is no tag, "" where it has no URI."""
    return hls.read(data).text("URI") or ""
