"""Gathers every KID that can be seen in a payload, each with the place where it was seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.drm import content_protection as protection
from conformance.drm import hls, playready, pssh, widevine

Kind = Literal["pssh", "pro", "protection", "hls"]

WIDEVINE: Final = UUID("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed")
PLAYREADY: Final = UUID("9a04f079-9840-4286-ab92-e65be0885f95")


@dataclass(frozen=True, slots=True)
class SeenKid:
    """A KID, and in words where it stands: `pssh box 1, KID list`, `HLS attribute KEYID`."""

    uuid: UUID
    where: str


@dataclass(frozen=True, slots=True)
class Visible:
    """The KIDs that were seen in order, and why parts of the payload could not be looked into."""

    seen: tuple[SeenKid, ...]
    unreadable: tuple[DecodeError, ...]

    @property
    def uuids(self) -> frozenset[UUID]:
        """The distinct KIDs."""
        return frozenset(kid.uuid for kid in self.seen)


def kids(kind: Kind, data: bytes) -> Visible:
    """Gather the KIDs of a decoded payload: a pssh box, a PlayReady object, ContentProtectionData or HLS text.

    Never raises: a layer that cannot be decoded is skipped and reported in `unreadable`. Key ids that are not 16
    bytes long are skipped too, as they are no KIDs.
    """
    gatherer = _Gatherer()
    seen = tuple(gatherer.gather(kind, data, ""))
    return Visible(seen, tuple(gatherer.unreadable))


class _Gatherer:
    def __init__(self) -> None:
        self.unreadable: list[DecodeError] = []

    def gather(self, kind: Kind, data: bytes, inside: str) -> Iterator[SeenKid]:
        steps = {"pssh": self._pssh, "pro": self._pro, "protection": self._protection, "hls": self._hls}
        try:
            yield from steps[kind](data, inside)
        except DecodeError as error:
            self.unreadable.append(error)

    def _pssh(self, data: bytes, inside: str) -> Iterator[SeenKid]:
        for number, box in enumerate(pssh.read(data).boxes, start=1):
            place = f"{inside}pssh box {number}, "
            yield from (SeenKid(kid, f"{place}KID list") for kid in box.kids)
            if box.system_id == WIDEVINE:
                yield from self._widevine(box, place)
            elif box.system_id == PLAYREADY:
                yield from self.gather("pro", box.data, place)

    def _widevine(self, box: pssh.PsshBox, place: str) -> Iterator[SeenKid]:
        try:
            header = widevine.read(box.data, base=box.data_offset)
        except DecodeError as error:
            self.unreadable.append(error)
            return
        ids = [("key_ids", raw) for raw in header.key_ids]
        ids += [("entitled_keys", entry.key_id) for entry in header.entitled_keys]
        yield from (SeenKid(UUID(bytes=raw), f"{place}Widevine {name}") for name, raw in ids if len(raw) == 16)

    def _pro(self, data: bytes, inside: str) -> Iterator[SeenKid]:
        for kid in playready.read_object(data).header.kids:
            if kid.uuid is not None:
                yield SeenKid(kid.uuid, f"{inside}PlayReady {kid.place}")

    def _protection(self, data: bytes, inside: str) -> Iterator[SeenKid]:
        found = protection.read(data)
        for text in found.default_kids:
            yield from (SeenKid(uuid, f"{inside}cenc:default_KID") for uuid in hls.uuids_in(text))
        yield from self._texts("pssh", found.pssh, f"{inside}cenc:pssh, ")
        yield from self._texts("pro", found.pro, f"{inside}mspr:pro, ")

    def _texts(self, kind: Kind, texts: tuple[str, ...], inside: str) -> Iterator[SeenKid]:
        for text in texts:
            try:
                data = b64.decode(text).data
            except DecodeError as error:
                self.unreadable.append(error)
                continue
            yield from self.gather(kind, data, inside)

    def _hls(self, data: bytes, inside: str) -> Iterator[SeenKid]:
        signalling = hls.read(data)
        self.unreadable += [error for _, error in signalling.broken]
        for tag in signalling.tags:
            yield from self._tag(tag, inside if len(signalling.tags) < 2 else f"{inside}line {tag.line}, ")

    def _tag(self, tag: hls.KeyTag, inside: str) -> Iterator[SeenKid]:
        key_id = tag.attributes.get("KEYID")
        if key_id is not None and key_id.hexadecimal is not None and len(key_id.hexadecimal) == 32:
            yield SeenKid(UUID(key_id.hexadecimal), f"{inside}HLS attribute KEYID")
        uri = tag.text("URI") or ""
        if not uri.lower().startswith("data:"):
            yield from (SeenKid(uuid, f"{inside}HLS URI") for uuid in hls.uuids_in(uri))
            return
        try:
            payload = hls.data_uri(uri).data
        except DecodeError as error:
            self.unreadable.append(error)
            return
        yield from self.gather(_carried(payload, tag.text("KEYFORMAT")), payload, f"{inside}HLS URI, ")


def _carried(payload: bytes, key_format: str | None) -> Kind:
    """Which of the two a data URI carries: a Widevine tag a whole box, a PlayReady tag a bare object."""
    if payload[4:8] == b"pssh":
        return "pssh"
    is_object = int.from_bytes(payload[:4], "little") == len(payload)
    return "pro" if is_object or key_format == "com.microsoft.playready" else "pssh"
