"""What SPEKE 2.1 lets a provider add: HDCP levels of a key."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from uuid import UUID

from conformance.refserver.reading import AskedRule, uuid_of

ABOVE_HD = 1920 * 1080 + 1
DASH = "urn:mpeg:dash:schema:mpd:2011"
HDCP_SCHEME = "urn:mpeg:dash:output-protection:hdcp:2020"


@dataclass(frozen=True, slots=True)
class Hdcp:
    """The HDCP demand for the tracks of one key: HDCP-LEVEL for HLS, a base64 fragment for DASH."""

    level: str
    fragment: str


def hdcp_levels(rules: tuple[AskedRule, ...]) -> dict[UUID, Hdcp]:
    """Give the demand for every key that has video; keys for more than HD get the stricter one."""
    levels: dict[UUID, Hdcp] = {}
    for rule in rules:
        kid, filters = uuid_of(rule.kid), rule.named("VideoFilter")
        if kid is not None and filters:
            strict = any(_number(one.attributes.get("minPixels")) >= ABOVE_HD for one in filters)
            levels[kid] = _hdcp("TYPE-1", "2.2") if strict else _hdcp("TYPE-0", "1.4")
    return levels


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0


def _hdcp(level: str, version: str) -> Hdcp:
    xml = f'<OutputProtection xmlns="{DASH}" schemeIdUri="{HDCP_SCHEME}" value="{version}"></OutputProtection>'
    return Hdcp(level, base64.b64encode(xml.encode()).decode())
