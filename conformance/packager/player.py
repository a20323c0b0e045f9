"""A player, as far as keys are concerned: from the boxes in a file to the KIDs that it would ask a licence for."""

from __future__ import annotations

from uuid import UUID

from conformance.drm import playready, pssh, widevine
from conformance.packager.mp4_boxes import Mp4Protection

WIDEVINE = UUID("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed")
PLAYREADY = UUID("9a04f079-9840-4286-ab92-e65be0885f95")


def asks_for(protection: Mp4Protection) -> dict[UUID, tuple[UUID, ...]]:
    """System id -> the KIDs for which a client of that system asks a licence.

    They stand in the system's own boxes. A box that names none leaves the client with the KID of the track.
    Raises DecodeError where a box cannot be read.
    """
    named: dict[UUID, list[UUID]] = {}
    for raw in protection.pssh:
        box = pssh.read(raw).boxes[0]
        named.setdefault(box.system_id, []).extend(_kids(box))
    return {system: tuple(dict.fromkeys(kids or protection.kids)) for system, kids in named.items()}


def checksums(protection: Mp4Protection) -> dict[UUID, bytes]:
    """KID -> the checksum of its key, as the PlayReady boxes have it; a client compares it with its licence.

    Raises DecodeError where a box cannot be read.
    """
    boxes = [pssh.read(raw).boxes[0] for raw in protection.pssh]
    kids = [kid for box in boxes if box.system_id == PLAYREADY for kid in playready.read_object(box.data).header.kids]
    return {kid.uuid: kid.checksum for kid in kids if kid.uuid is not None and kid.checksum is not None}


def _kids(box: pssh.PsshBox) -> list[UUID]:
    if box.system_id == WIDEVINE:
        return [UUID(bytes=kid) for kid in widevine.read(box.data).key_ids if len(kid) == 16] or list(box.kids)
    if box.system_id == PLAYREADY:
        kids = playready.read_object(box.data).header.kids
        return [kid.uuid for kid in kids if kid.uuid is not None] or list(box.kids)
    return list(box.kids)
