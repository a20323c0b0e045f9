"""The pssh box, in whatever carrier: layout, owner, and the KIDs in its list, for every DRM system that has one."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from conformance.checks.context import Context
from conformance.checks.drm.carriers import box_data, boxes, pssh_elements
from conformance.checks.drm.drm_payloads import (
    BOX_CARRIERS,
    DecodedValue,
    byte_order_hint,
    kid_listing,
    of_each,
    undecodable,
)
from conformance.checks.drm.drm_systems import FREE
from conformance.checks.registry import NotApplicable, Untestable, check
from conformance.checks.shape import Shape
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import uuid_of
from conformance.drm import playready, widevine
from conformance.drm.pssh import PsshBox, PsshElement
from conformance.model import Finding

VERSION_CODES = frozenset({"pssh.version"})
LENGTH_CODES = frozenset({"pssh.data-size", "pssh.kid-count"})


def _asked(shape: Shape) -> bool:
    """Whether a box can come back: asked for by itself, or by a system that has one in another carrier."""
    return "pssh" in shape.signalling or bool(shape.signalling & {*BOX_CARRIERS} and shape.systems - {*FREE})


def _vendor(shape: Shape) -> bool:
    return _asked(shape) and bool(shape.systems & {"widevine", "playready"})


def _anywhere(shape: Shape) -> bool:
    """A box can also come back where nobody asked for one."""
    return bool(shape.signalling)


@check("pssh.box-complete", "SPK20-DRM-005", applies=_asked)
def box_complete(ctx: Context) -> Iterator[Finding]:
    """Each PSSH and each box elsewhere is a complete box: its size, the type pssh, and all the bytes it promises."""
    mine = VERSION_CODES | LENGTH_CODES
    return undecodable(
        pssh_elements(ctx),
        "a complete box of type pssh",
        lambda code: code.startswith("pssh.") and code not in mine,
    )


@check("pssh.version-defined", "DRM-P04", "SPK20-DRM-005", applies=_asked)
def version_defined(ctx: Context) -> Iterator[Finding]:
    """Each pssh box has version 0 or 1, and no flags."""
    gathered = pssh_elements(ctx)
    yield from undecodable(gathered, "version 0 or 1", lambda code: code in VERSION_CODES)
    for item in gathered.items:
        for box in item.value.boxes:
            if box.flags:
                yield item.finding("flags 00 00 00", f"flags {box.flags:06x} in the box at byte {box.offset}")


@check("pssh.lengths-agree", "DRM-P06", "SPK20-DRM-005", applies=_asked)
def lengths_agree(ctx: Context) -> Iterator[Finding]:
    """In each pssh box the KID list fits and the Data end exactly where the box ends."""
    return undecodable(pssh_elements(ctx), "lengths that add up to the box", lambda code: code in LENGTH_CODES)


@check("pssh.no-stray-bytes", "DRM-P02", applies=_asked)
@of_each(pssh_elements)
def no_stray_bytes(ctx: Context, item: DecodedValue[PsshElement]) -> Iterator[Finding]:
    """No PSSH, and no box elsewhere, has bytes after its last box."""
    if item.value.trailing:
        count = len(item.value.trailing)
        yield item.finding("the end of the box as the end of the payload", f"{count} more byte{'s' * (count > 1)}")


@check("pssh.no-second-box", "DRM-P02-SAME", applies=_asked)
@of_each(pssh_elements)
def no_second_box(ctx: Context, item: DecodedValue[PsshElement]) -> Iterator[Finding]:
    """No PSSH, and no other place for a box, holds several boxes of its DRM system."""
    first, *others = item.value.boxes
    same = [box for box in others if box.system_id == first.system_id]
    if same:
        yield item.finding("one box", f"{len(same) + 1} boxes of the system {first.system_id}")


@check("pssh.no-foreign-box", "DRM-P02", applies=_anywhere)
@of_each(pssh_elements)
def no_foreign_box(ctx: Context, item: DecodedValue[PsshElement]) -> Iterator[Finding]:
    """No PSSH, and no other place for a box, holds a further box of another DRM system."""
    first, *others = item.value.boxes
    for box in others:
        if box.system_id != first.system_id:
            yield item.finding("boxes of one DRM system only", f"a box of {box.system_id} at byte {box.offset}")


@check("pssh.size-32-bit", "DRM-P03", applies=_asked)
@of_each(pssh_elements)
def size_32_bit(ctx: Context, item: DecodedValue[PsshElement]) -> Iterator[Finding]:
    """Each pssh box writes its size in the first 32 bits.

    A 64-bit size and the size 0 (up to the end) are legal, and common libraries do not read them.
    """
    for box in item.value.boxes:
        if box.size_form != "32-bit":
            yield item.finding("a 32-bit size", {"64-bit": "a 64-bit size", "to-end": "the size 0"}[box.size_form])


@check("pssh.system-id-matches", "SPK20-DRM-005", applies=_anywhere)
@of_each(boxes)
def system_id_matches(ctx: Context, item: DecodedValue[PsshBox]) -> Iterator[Finding]:
    """Each pssh box carries the system ID of its DRMSystem."""
    wanted = uuid_of(item.signal.asked.system_id)
    if wanted is not None and item.value.system_id != wanted:
        swapped = item.value.system_id_swapped == wanted
        hint = "the bytes of the system ID are in GUID order; a box has them as they are written" if swapped else ""
        yield item.finding(f"system ID {wanted}", f"{item.value.system_id}", hint)


def _box_kids(item: DecodedValue[PsshBox]) -> tuple[UUID, ...]:
    if item.value.version == 0:
        raise NotApplicable("the pssh boxes have version 0, which has no KID list")
    return item.value.kids


@check("pssh.kid-list-names-its-kid", "DRM-P07", "SPK20-DRM-015", applies=_asked)
@of_each(boxes)
def kid_list_names_its_kid(ctx: Context, item: DecodedValue[PsshBox]) -> Iterator[Finding]:
    """Each KID list of a version 1 box holds the KID of its DRMSystem."""
    kids = _box_kids(item)
    if kids and item.kid not in kids:
        yield item.finding(f"{item.kid} in the KID list", kid_listing(ctx, kids), byte_order_hint(item.kid, kids))


@check("pssh.kid-list-sound", "DRM-P08", applies=_asked)
@of_each(boxes)
def kid_list_sound(ctx: Context, item: DecodedValue[PsshBox]) -> Iterator[Finding]:
    """The KID list of a version 1 box is not empty and names no KID twice."""
    kids = _box_kids(item)
    if not kids:
        yield item.finding("at least one KID in a box of version 1", "KID_count 0")
    elif len(set(kids)) < len(kids):
        yield item.finding("each KID once", f"{len(kids)} KIDs, {len(set(kids))} of them different")


@check("pssh.kid-lists-agree", "DRM-P09", applies=_vendor)
@of_each(boxes)
def kid_lists_agree(ctx: Context, item: DecodedValue[PsshBox]) -> Iterator[Finding]:
    """Where a box and the header inside it both list KIDs, the two lists are the same."""
    listed, inside = set(_box_kids(item)), _inner_kids(item)
    if not listed or not inside:
        raise NotApplicable("only one of box and header lists KIDs")
    if listed != inside:
        only_one = kid_listing(ctx, sorted(listed ^ inside))
        yield item.finding("the same KIDs in box and header", f"only in one of them: {only_one}")


def _inner_kids(item: DecodedValue[PsshBox]) -> set[UUID]:
    if item.signal.system not in ("widevine", "playready"):
        raise NotApplicable("the Data of this system are not read")
    try:
        data = box_data(item)
        if item.signal.system == "widevine":
            return {UUID(bytes=raw) for raw in widevine.read(data).named_kids if len(raw) == 16}
        return {kid.uuid for kid in playready.read_object(data).header.kids if kid.uuid is not None}
    except DecodeError as error:
        raise Untestable(f"the Data of the box cannot be read: {error}") from None


@check("pssh.version-0-for-packagers", "DRM-P10", applies=_vendor)
@of_each(boxes)
def version_0(ctx: Context, item: DecodedValue[PsshBox]) -> Iterator[Finding]:
    """The pssh boxes of Widevine and PlayReady have version 0, as MediaPackage describes them."""
    if item.signal.system in ("widevine", "playready") and item.value.version != 0:
        yield item.finding("a box of version 0", f"version {item.value.version}")
