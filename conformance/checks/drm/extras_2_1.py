"""What SPEKE 2.1 lets a key provider add: HDCP levels, robustness, allowed content protection configurations."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.drm.drm_payloads import listing
from conformance.checks.registry import NotApplicable, Untestable, check
from conformance.checks.shape import Shape
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import DrmSystem, Hdcp, Value
from conformance.cpix.xml import CPIX, local_name, parse_fragment, where
from conformance.drm.hls_values import AllowedCpc, read_allowed_cpc
from conformance.model import Finding
from conformance.model.quoted import excerpt

DASH = "urn:mpeg:dash:schema:mpd:2011"
HDCP_SCHEME = "urn:mpeg:dash:output-protection:hdcp:2020"
LEVELS = ("NONE", "TYPE-0", "TYPE-1")


def _from_2_1(shape: Shape) -> bool:
    return shape.version == "2.1"


@check("extras.none-in-2.0", "SPK21-ROB-003", applies=lambda shape: shape.version == "2.0")
def none_in_2_0(ctx: Context) -> Iterator[Finding]:
    """A SPEKE 2.0 answer has no HDCPData, robustness or HLSAllowedCPC, which came with 2.1."""
    for element in ctx.document.element.iter(f"{{{CPIX}}}*"):
        for attribute in ("robustness", "HLSAllowedCPC", "HLSHDCPLevel"):
            if element.get(attribute) is not None and local_name(element) != "HDCPData":
                yield Finding(f"{where(element)}/@{attribute}", "no such attribute in SPEKE 2.0", "one")
        if local_name(element) == "HDCPData":
            yield Finding(where(element), "no HDCPData in SPEKE 2.0", "one")


def _hdcp(ctx: Context) -> tuple[Hdcp, ...]:
    found = tuple(one for key in ctx.document.content_keys for one in key.hdcp)
    if not found:
        raise NotApplicable("the answer holds no HDCPData")
    return found


@check("extras.hdcp-once-and-plain", "SPK21-HDCP-002", applies=_from_2_1)
def hdcp_shape(ctx: Context) -> Iterator[Finding]:
    """Each ContentKey has at most one HDCPData, with a level, a fragment for DASH, and nothing else."""
    _hdcp(ctx)
    for key in ctx.document.content_keys:
        if len(key.hdcp) > 1:
            yield Finding(f"{key.where}/HDCPData", "at most one HDCPData", str(len(key.hdcp)))
        for one in key.hdcp:
            names = {local_name(child) for child in one.element.iterchildren("*")} - {"HDCPOutputProtectionData"}
            names |= {f"@{name!s}" for name in map(str, one.element.keys()) if name != "HLSHDCPLevel"}
            if names or len(one.output_protection) > 1:
                seen = ", ".join(sorted(names)) or "several HDCPOutputProtectionData"
                yield Finding(one.where, "HLSHDCPLevel and one HDCPOutputProtectionData", seen)


@check("extras.hdcp-level-defined", "SPK21-HDCP-003", applies=_from_2_1)
def hdcp_level(ctx: Context) -> Iterator[Finding]:
    """Each HLSHDCPLevel is one that HLS defines."""
    levels = [one for one in _hdcp(ctx) if one.level is not None]
    if not levels:
        raise NotApplicable("no HDCPData has an HLSHDCPLevel")
    for one in levels:
        if one.level not in LEVELS:
            yield Finding(f"{one.where}/@HLSHDCPLevel", " or ".join(LEVELS), repr(one.level))


@check("extras.hdcp-fragment-well-formed", "SPK21-HDCP-004", applies=_from_2_1)
def hdcp_fragment(ctx: Context) -> Iterator[Finding]:
    """Each HDCPOutputProtectionData is base64 of a well-formed XML fragment in UTF-8."""
    values = [value for one in _hdcp(ctx) for value in one.output_protection]
    if not values:
        raise NotApplicable("no HDCPData has an HDCPOutputProtectionData")
    for value in values:
        problem = _fragment_problem(value)
        if problem:
            yield Finding(value.where, "base64 of one or several whole XML elements", problem)


def _fragment_problem(value: Value) -> str:
    if not value.text:
        return "nothing"
    try:
        fragment = parse_fragment(b64.decode(value.text).data)
    except DecodeError as error:
        return error.message
    return "a byte order mark before it" if fragment.bom else ""


@check("extras.hdcp-fragment-is-output-protection", "SPK21-HDCP-006", applies=_from_2_1)
def hdcp_fragment_element(ctx: Context) -> Iterator[Finding]:
    """Each HDCPOutputProtectionData is one OutputProtection of DASH with the scheme for HDCP and a version.

    Without a namespace of its own it takes that of the manifest, which is DASH's.
    """
    values = [value for one in _hdcp(ctx) for value in one.output_protection]
    if not values:
        raise NotApplicable("no HDCPData has an HDCPOutputProtectionData")
    for value in values:
        try:
            roots = parse_fragment(b64.decode(value.text).data).roots
        except DecodeError as error:
            raise Untestable(f"the fragment cannot be read: {error.message}") from None
        names = [local_name(root) for root in roots]
        if len(roots) != 1 or roots[0].tag not in ("OutputProtection", f"{{{DASH}}}OutputProtection"):
            yield Finding(
                value.where, f"one OutputProtection of {DASH}", listing(excerpt(name, 60) for name in names[:4])
            )
            continue
        scheme = roots[0].get("schemeIdUri")
        if scheme != HDCP_SCHEME:
            yield Finding(value.where, f"schemeIdUri {HDCP_SCHEME}", "none" if scheme is None else excerpt(scheme, 80))
        elif not (roots[0].get("value") or "").strip():
            yield Finding(value.where, "a value that names the version of HDCP", "none")


@check("extras.hdcp-before-data", "SPK21-HDCP-005", applies=_from_2_1)
def hdcp_order(ctx: Context) -> Iterator[Finding]:
    """HDCPData is before Data, as in the schema of CPIX 2.4."""
    for one in _hdcp(ctx):
        if any(local_name(before) == "Data" for before in one.element.itersiblings(f"{{{CPIX}}}Data", preceding=True)):
            yield Finding(one.where, "HDCPData before Data", "HDCPData after Data")


def _answered(ctx: Context) -> tuple[DrmSystem, ...]:
    return ctx.document.drm_systems


@check("extras.robustness-not-empty", "DRM-CPD11", applies=_from_2_1)
def robustness(ctx: Context) -> Iterator[Finding]:
    """Each robustness, where present, says something."""
    values = [one for drm in _answered(ctx) for one in drm.content_protection if one.robustness is not None]
    if not values:
        raise NotApplicable("no ContentProtectionData has a robustness")
    for value in values:
        if not (value.robustness or "").strip():
            yield Finding(f"{value.where}/@robustness", "a value", "an empty one")


@check("extras.attributes-at-their-place", "CPX-S17", applies=_from_2_1)
def at_their_place(ctx: Context) -> Iterator[Finding]:
    """The attribute robustness is on ContentProtectionData only, HLSAllowedCPC on DRMSystem only."""
    homes = {"robustness": "ContentProtectionData", "HLSAllowedCPC": "DRMSystem", "allowedCPC": ""}
    for element in ctx.document.element.iter(f"{{{CPIX}}}*"):
        for attribute, home in homes.items():
            if element.get(attribute) is not None and local_name(element) != home:
                place = f"{where(element)}/@{attribute}"
                yield Finding(place, f"{attribute} on {home or 'no element'}", f"it on {local_name(element)}")


def _lists(ctx: Context) -> list[tuple[DrmSystem, str]]:
    found = [(drm, drm.hls_allowed_cpc) for drm in _answered(ctx) if drm.hls_allowed_cpc is not None]
    if not found:
        raise NotApplicable("no DRMSystem has an HLSAllowedCPC")
    return found


@check("extras.allowed-cpc-form", "DRM-HLS21", applies=_from_2_1)
def allowed_cpc_form(ctx: Context) -> Iterator[Finding]:
    """Each HLSAllowedCPC is a list of entries KEYFORMAT:LABEL, with further labels after a slash."""
    for drm, text in _lists(ctx):
        try:
            read_allowed_cpc(text)
        except DecodeError as error:
            yield Finding(f"{drm.where}/@HLSAllowedCPC", error.expected, error.message)


def _entries(ctx: Context) -> Iterator[tuple[DrmSystem, AllowedCpc]]:
    for drm, text in _lists(ctx):
        try:
            entries = read_allowed_cpc(text)
        except DecodeError as error:
            raise Untestable(f"an HLSAllowedCPC cannot be read: {error.message}") from None
        for entry in entries:
            yield drm, entry


@check("extras.allowed-cpc-of-its-system", "DRM-HLS21", applies=_from_2_1)
def allowed_cpc_system(ctx: Context) -> Iterator[Finding]:
    """The KEYFORMAT of each HLSAllowedCPC is the one of its DRM system, and never identity."""
    for drm, entry in list(_entries(ctx)):
        system = load_catalogue().system_by_id(drm.system_id or "")
        wanted = system.keyformat if system is not None else ""
        if entry.key_format == "identity" or (wanted and entry.key_format != wanted):
            yield Finding(
                f"{drm.where}/@HLSAllowedCPC", wanted or "a KEYFORMAT with labels", excerpt(entry.key_format, 80)
            )
