"""Which additions that SPEKE 2.1 leaves to the key provider are there: HDCP levels, robustness, HLSAllowedCPC.

Whether they are right is asked elsewhere. A server may leave all of them out; only a profile that claims HDCP
signalling has promised that it is there.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.registry import NotApplicable, Subject, check
from conformance.checks.shape import Shape
from conformance.cpix.reader import Hdcp, uuid_of
from conformance.model import Finding


def _from_2_1(shape: Shape) -> bool:
    return shape.version == "2.1"


@check("extras.hdcp-claim-kept", "SAFE-HDCP-001", applies=_from_2_1)
def hdcp_claim_kept(ctx: Context) -> Iterator[Finding]:
    """A server that claims HDCP signalling gives HDCPData that says something with every key for video.

    Without it the manifest states no level, and protected pictures leave the device by any output.
    """
    if not ctx.claims.has("hdcp"):
        raise NotApplicable("HDCP signalling is not claimed")
    video = {uuid_of(rule.kid) for rule in ctx.document.rules if rule.video}
    for key in ctx.document.content_keys:
        if uuid_of(key.kid) in video and not any(map(_says_something, key.hdcp)):
            seen = "one without a level and without a fragment" if key.hdcp else "none"
            yield Finding(key.where, "an HDCPData, as the profile claims", seen)


def _says_something(hdcp: Hdcp) -> bool:
    return bool(hdcp.level) or any(value.text for value in hdcp.output_protection)


@check("extras.hdcp-offered", "SPK21-HDCP-001", applies=_from_2_1, subject=Subject.EXPECTATION)
def hdcp_offered(ctx: Context) -> Iterator[Finding]:
    """A content key comes with HDCPData, which a SPEKE 2.1 server may add."""
    if not any(key.hdcp for key in ctx.document.content_keys):
        yield Finding("/CPIX/ContentKeyList", "an HDCPData, which may be added", "none")


@check("extras.robustness-offered", "SPK21-ROB-001", applies=_from_2_1, subject=Subject.EXPECTATION)
def robustness_offered(ctx: Context) -> Iterator[Finding]:
    """A ContentProtectionData comes with a robustness, which a SPEKE 2.1 server may add."""
    values = [value for drm in ctx.document.drm_systems for value in drm.content_protection]
    if not any(value.robustness for value in values):
        yield Finding("/CPIX/DRMSystemList", "a robustness, which may be added", "none")


@check("extras.allowed-cpc-offered", "SPK21-ROB-002", applies=_from_2_1, subject=Subject.EXPECTATION)
def allowed_cpc_offered(ctx: Context) -> Iterator[Finding]:
    """A DRMSystem comes with HLSAllowedCPC, which a SPEKE 2.1 server may add."""
    if not any(drm.hls_allowed_cpc for drm in ctx.document.drm_systems):
        yield Finding("/CPIX/DRMSystemList", "an HLSAllowedCPC, which may be added", "none")
