"""Which of the things that SPEKE 2.1 lets a key provider add are there: HDCP levels, robustness, allowed configurations.

Whether they are right is asked elsewhere; a profile that claims HDCP signalling has promised that it is there.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.registry import NotApplicable, check
from conformance.checks.shape import Shape
from conformance.document.cpix import uuid_of
from conformance.model import Finding

HDCP = "hdcp"
"""The claim that 2.1 answers signal HDCP."""


def _from_2_1(shape: Shape) -> bool:
    return shape.version == "2.1"


@check("extras.hdcp-claim-kept", "SAFE-HDCP-001", applies=_from_2_1)
def hdcp_claim_kept(ctx: Context) -> Iterator[Finding]:
    """A server that claims HDCP signalling gives HDCPData with every key for video.

    Without it the manifest states no level, and protected pictures leave the device by any output.
    """
    video = {uuid_of(rule.kid) for rule in ctx.document.rules if rule.video}
    for key in ctx.document.content_keys:
        if uuid_of(key.kid) in video and not key.hdcp:
            yield Finding(key.where, "an HDCPData, as the profile claims", "none")


@check("extras.no-hdcp-added", "SPK21-HDCP-001", applies=_from_2_1)
def no_hdcp_added(ctx: Context) -> Iterator[Finding]:
    """The answer adds no HDCPData to its keys, as a SPEKE 2.1 server may, or the profile claims it."""
    keys = ctx.document.content_keys
    if ctx.claims.has(HDCP):
        raise NotApplicable("HDCP signalling is claimed")
    if any(key.hdcp for key in keys):
        yield _seen("/CPIX/ContentKeyList", "HDCPData", sum(1 for key in keys if key.hdcp), len(keys), "content keys")


@check("extras.no-robustness-added", "SPK21-ROB-001", applies=_from_2_1)
def no_robustness_added(ctx: Context) -> Iterator[Finding]:
    """The answer adds no robustness to its ContentProtectionData, as a SPEKE 2.1 server may."""
    values = [value for drm in ctx.document.drm_systems for value in drm.content_protection]
    there = [value for value in values if value.robustness is not None]
    if there:
        yield _seen("/CPIX/DRMSystemList", "a robustness", len(there), len(values), "ContentProtectionData")


@check("extras.no-allowed-cpc-added", "SPK21-ROB-002", applies=_from_2_1)
def no_allowed_cpc_added(ctx: Context) -> Iterator[Finding]:
    """The answer adds no HLSAllowedCPC to its DRMSystems, as a SPEKE 2.1 server may."""
    systems = ctx.document.drm_systems
    there = [drm for drm in systems if drm.hls_allowed_cpc is not None]
    if there:
        yield _seen("/CPIX/DRMSystemList", "an HLSAllowedCPC", len(there), len(systems), "DRMSystems")


def _seen(where: str, what: str, there: int, of: int, things: str) -> Finding:
    return Finding(where, f"no {what.removeprefix('an ').removeprefix('a ')}", f"{what} on {there} of {of} {things}")
