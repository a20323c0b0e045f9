"""A player, as far as keys are concerned: from the boxes in a file to the KIDs that it would ask a licence for."""

from __future__ import annotations

from uuid import UUID

from conformance.catalogue import load_catalogue
from conformance.drm import playready, pssh, visible_kids
from conformance.packager.mp4_boxes import Mp4Protection


def asks_for(protection: Mp4Protection) -> dict[UUID, tuple[UUID, ...]]:
    """System id -> the KIDs for which a client of that system asks a licence.

    They stand in the system's own boxes. A box that names none leaves the client with the KID of the track.
    Raises DecodeError where a box cannot be read.
    """
    named: dict[UUID, list[UUID]] = {}
    for raw in protection.pssh:
        box = pssh.read(raw).boxes[0]
        inside = [kid for _, kid in visible_kids.in_data(box)]
        named.setdefault(box.system_id, []).extend(inside or box.kids)
    return {system: tuple(dict.fromkeys(kids or protection.kids)) for system, kids in named.items()}


def checksums(protection: Mp4Protection) -> dict[UUID, bytes]:
    """KID -> the checksum of its key, as the PlayReady boxes have it; a client compares it with its licence.

    Raises DecodeError where a box cannot be read.
    """
    playready_id = load_catalogue().system("playready").uuid
    boxes = [pssh.read(raw).boxes[0] for raw in protection.pssh]
    kids = [
        kid for box in boxes if box.system_id == playready_id for kid in playready.read_object(box.data).header.kids
    ]
    return {kid.uuid: kid.checksum for kid in kids if kid.uuid is not None and kid.checksum is not None}
