"""What an encryptor takes from an answer: for each track its KID, key, IV, boxes and playlist lines, as bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import Cpix, DrmSystem, Rule, Value, uuid_of
from conformance.packager.clip import Media
from conformance.redaction.key_index import KeyIndex
from conformance.redaction.notations import layers

KEY_BYTES = 16
IV_BYTES = (8, 16)
"""Lengths of an IV that common encryption knows."""

_MEDIA: Mapping[str, Media] = {"VideoFilter": "video", "AudioFilter": "audio"}


class Unusable(Exception):
    """An encryptor cannot do anything with the answer; the text says why."""


@dataclass(frozen=True, slots=True)
class TrackSignalling:
    """The signalling of one DRM system for one track, decoded; None or "" where the answer has none."""

    system_id: UUID
    pssh: bytes | None
    fragment: bytes | None
    lines: Mapping[str, bytes]
    """Playlist (`media`, `master`) -> HLSSignalingData."""


@dataclass(frozen=True, slots=True)
class Track:
    """One track to be encrypted."""

    name: str
    media: Media
    kid: UUID
    key: bytes = field(repr=False)
    iv: bytes | None
    signals: tuple[TrackSignalling, ...]


def tracks_of(document: Cpix, keys: Mapping[UUID, bytes]) -> tuple[Track, ...]:
    """The tracks of an answer, one for each rule and medium; `keys` are its readable keys. Raises Unusable."""
    tracks = tuple(track for rule in document.rules for track in _tracks(document, keys, rule))
    if not tracks:
        raise Unusable("the answer has no rule with a VideoFilter or an AudioFilter, so no track gets a key")
    known = KeyIndex()
    for key in keys.values():
        known.add(key)
    for track in tracks:
        for what, data in _public(track):
            # The packager writes it into files, where no key may stand, for however short a time.
            if known.found(layers(data)):
                raise Unusable(f"{what} of {track.name} holds a content key, so nothing is encrypted with it")
    return tracks


def _public(track: Track) -> Iterator[tuple[str, bytes]]:
    """What goes out with the encrypted track, by its name."""
    yield "the explicitIV", track.iv or b""
    for signal in track.signals:
        yield "the PSSH", signal.pssh or b""
        yield "the ContentProtectionData", signal.fragment or b""
        yield from (("the HLSSignalingData", line) for line in signal.lines.values())


def _tracks(document: Cpix, keys: Mapping[UUID, bytes], rule: Rule) -> list[Track]:
    name = rule.intended_track_type or "(no track type)"
    kid = uuid_of(rule.kid)
    if kid is None:
        raise Unusable(f"the rule for {name} names no KID that can be read")
    key = keys.get(kid)
    if key is None:
        raise Unusable(f"the answer has no key for the KID of {name}")
    if len(key) != KEY_BYTES:
        raise Unusable(f"the key of {name} has {len(key)} bytes; an encryptor takes {KEY_BYTES}")
    iv = _iv(document, kid, name)
    signals = tuple(_signal(one, name) for one in document.drm_systems if uuid_of(one.kid) == kid)
    media = dict.fromkeys(_MEDIA[one.kind] for one in rule.filters if one.kind in _MEDIA)
    return [Track(name, medium, kid, key, iv, signals) for medium in media]


def _iv(document: Cpix, kid: UUID, name: str) -> bytes | None:
    for key in document.content_keys:
        if uuid_of(key.kid) == kid and key.explicit_iv is not None:
            iv = _decoded(key.explicit_iv, f"the explicitIV of {name}")
            if len(iv) not in IV_BYTES:
                raise Unusable(f"the explicitIV of {name} has {len(iv)} bytes; an encryptor takes 8 or 16")
            return iv
    return None


def _signal(system: DrmSystem, name: str) -> TrackSignalling:
    system_id = uuid_of(system.system_id)
    if system_id is None:
        raise Unusable(f"a DRMSystem of {name} has a systemId that is not a UUID")
    return TrackSignalling(
        system_id,
        _first(system.pssh, f"the PSSH of {name}"),
        _first(system.content_protection, f"the ContentProtectionData of {name}"),
        {one.playlist or "media": _decoded(one.text, f"the HLSSignalingData of {name}") for one in system.hls},
    )


def _first(values: tuple[Value, ...], what: str) -> bytes | None:
    return _decoded(values[0].text, what) if values and values[0].text else None


def _decoded(text: str, what: str) -> bytes:
    try:
        return b64.decode(text).data
    except DecodeError as error:
        raise Unusable(f"{what} is not base64: {error.message}") from None
