"""The two systems of which only the box is looked at: W3C common (nothing but KIDs) and Irdeto."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.drm.carriers import boxes, pssh_elements
from conformance.checks.drm.drm_payloads import BOX_CARRIERS, DecodedValue, asks, of_each, of_system
from conformance.checks.registry import check
from conformance.drm.pssh import PsshBox, PsshElement
from conformance.model import Finding

_asked = asks("common-pssh", *BOX_CARRIERS)
_boxes = of_system(boxes, "common-pssh")


@check("common-pssh.version-1", "DRM-P11", applies=_asked)
@of_each(_boxes)
def version_1(ctx: Context, item: DecodedValue[PsshBox]) -> Iterator[Finding]:
    """Each common pssh box has version 1."""
    if item.value.version != 1:
        yield item.finding("a box of version 1", f"version {item.value.version}")


@check("common-pssh.kids-and-no-data", "DRM-P11-KIDS", applies=_asked)
@of_each(_boxes)
def kids_and_no_data(ctx: Context, item: DecodedValue[PsshBox]) -> Iterator[Finding]:
    """Each common pssh box lists KIDs and carries no Data."""
    if item.value.version == 1 and not item.value.kids:
        yield item.finding("at least one KID", "none")
    if item.value.data:
        yield item.finding("DataSize 0", f"{len(item.value.data)} bytes")


@check("irdeto.box-of-irdeto", "DRM-IR01", applies=asks("irdeto", *BOX_CARRIERS))
@of_each(of_system(pssh_elements, "irdeto"))
def irdeto_box(ctx: Context, item: DecodedValue[PsshElement]) -> Iterator[Finding]:
    """Each pssh box of Irdeto is one complete box with Irdeto's system ID."""
    first, *others = item.value.boxes
    if others or item.value.trailing:
        yield item.finding("one box", "more after it")
    wanted = load_catalogue().system("irdeto").uuid
    if first.system_id != wanted:
        yield item.finding(f"system ID {wanted}", f"{first.system_id}")
