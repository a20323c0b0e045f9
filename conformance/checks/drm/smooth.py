"""The Smooth Streaming protection header of PlayReady: the same object without a box around it."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.drm.carriers import bare_objects, smooth_objects
from conformance.checks.drm.drm_payloads import asks, beside, of_each, undecodable
from conformance.checks.drm.playready_header import Object, algorithm_findings, kid_findings
from conformance.checks.drm.which import which
from conformance.checks.registry import check
from conformance.checks.shape import Shape
from conformance.model import Finding

_asked = asks("playready", "smooth")


@check("smooth.is-playready-object", "DRM-PR22", applies=_asked)
def is_object(ctx: Context) -> Iterator[Finding]:
    """Each Smooth protection header of PlayReady is a PlayReady object, without pssh box or XML around it."""
    return undecodable(
        smooth_objects(ctx), "the bytes of a PlayReady object", lambda code: code.startswith("playready.")
    )


@check("smooth.names-its-kid", "SPK20-DRM-015", applies=_asked)
@of_each(smooth_objects)
def names_its_kid(ctx: Context, item: Object) -> Iterator[Finding]:
    """Each Smooth protection header of PlayReady names the KID of its DRMSystem."""
    return kid_findings(ctx, item)


@check("smooth.algorithm-agrees", "SPK20-DRM-016", applies=_asked)
@of_each(smooth_objects)
def algorithm_agrees(ctx: Context, item: Object) -> Iterator[Finding]:
    """The algorithm in each Smooth protection header of PlayReady fits the scheme."""
    return algorithm_findings(item)


@check("smooth.equals-pssh-data", "DRM-PR23", applies=lambda shape: _asked(shape) and "pssh" in shape.signalling)
@of_each(smooth_objects)
def equals_pssh(ctx: Context, item: Object) -> Iterator[Finding]:
    """Each Smooth protection header of PlayReady is the same object as in the pssh box."""
    wanted = beside(ctx, item, bare_objects).value
    if item.value != wanted:
        yield item.finding("the object of the pssh box", which(ctx, item, item.value, wanted, bare_objects))


def _shared_key(shape: Shape) -> bool:
    return _asked(shape) and shape.scheme == "cenc" and shape.keys == 1


@check("smooth.answered-for-shared-key", "AWS-MP2-010", applies=_shared_key)
def answered_for_shared_key(ctx: Context) -> Iterator[Finding]:
    """PlayReady with cenc and one key for all tracks, as Smooth output needs it, comes with its protection header."""
    if not smooth_objects(ctx).items and not smooth_objects(ctx).failures:
        yield Finding("/CPIX/DRMSystemList/DRMSystem", "a filled SmoothStreamingProtectionHeaderData", "none")
