"""Gathers every KID that can be seen in a payload, each with the place where it was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.drm import content_protection as protection
from conformance.drm import hls, playready, pssh, widevine, wiseplay

Kind = Literal["pssh", "pro", "protection", "hls"]

KidsOf = Iterator[tuple[str, UUID]]
"""KIDs, each with the words for where it stands."""


def _of_widevine(data: bytes, base: int) -> KidsOf:
    header = widevine.read(data, base=base)
    ids = [("key_ids", raw) for raw in header.key_ids]
    ids += [("entitled_keys", entry.key_id) for entry in header.entitled_keys]
    yield from ((f"Widevine {name}", UUID(bytes=raw)) for name, raw in ids if len(raw) == 16)


def _of_object(data: bytes, base: int) -> KidsOf:
    for kid in playready.read_object(data).header.kids:
        if kid.uuid is not None:
            yield f"PlayReady {kid.place}", kid.uuid


def _of_wiseplay(data: bytes, base: int) -> KidsOf:
    yield from (("WisePlay kids", kid) for kid in wiseplay.read(data, base=base).uuids)


_IN_DATA: Final[Mapping[UUID, Callable[[bytes, int], KidsOf]]] = {
    UUID("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"): _of_widevine,
    UUID("9a04f079-9840-4286-ab92-e65be0885f95"): _of_object,
    UUID("3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c"): _of_wiseplay,
}
"""DRM systems whose boxes have KIDs in their Data, and how those are read: the Data, and their offset."""


def in_data(box: pssh.PsshBox) -> KidsOf:
    """The KIDs in the Data of a box; none of a system whose Data nobody can read. Raises DecodeError."""
    return _IN_DATA[box.system_id](box.data, box.data_offset) if box.system_id in _IN_DATA else iter(())


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
            try:
                yield from (SeenKid(kid, f"{place}{where}") for where, kid in in_data(box))
            except DecodeError as error:
                self.unreadable.append(error)

    def _pro(self, data: bytes, inside: str) -> Iterator[SeenKid]:
        yield from (SeenKid(kid, f"{inside}{where}") for where, kid in _of_object(data, 0))

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
