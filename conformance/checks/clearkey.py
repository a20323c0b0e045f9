"""Clear Key AES-128: a key tag whose URI hands out the key itself; the URI is never followed here."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from conformance.checks.context import Context
from conformance.checks.decoded import Seen, asks, boxes, lines, of_each, of_system
from conformance.checks.hls import Line
from conformance.checks.registry import check
from conformance.document.pssh import PsshBox
from conformance.model import Finding

_asked = asks("clearkey-aes-128", "hls")
_lines = of_system(lines, "clearkey-aes-128")


@check("clearkey.method-key-format-and-uri", "DRM-HLS19", applies=_asked)
@of_each(_lines)
def line_right(ctx: Context, item: Line) -> Iterator[Finding]:
    """Each Clear Key tag has METHOD=AES-128, KEYFORMAT identity or none, and an absolute https URI."""
    method, key_format, uri = (item.value.text(name) for name in ("METHOD", "KEYFORMAT", "URI"))
    if method != "AES-128":
        yield item.finding("METHOD=AES-128", f"METHOD={method}")
    if key_format not in (None, "", "identity"):
        yield item.finding('KEYFORMAT="identity", or none', f'KEYFORMAT="{key_format}"')
    if uri and not _https(uri):
        yield item.finding("an absolute https URI", "another one")


def _https(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme.lower() == "https" and bool(parts.netloc)


@check("clearkey.key-format-not-empty", "DRM-HLS06-EMPTY", applies=_asked)
@of_each(_lines)
def key_format_not_empty(ctx: Context, item: Line) -> Iterator[Finding]:
    """The KEYFORMAT of a Clear Key tag, where present, is not an empty string, which no player matches."""
    if item.value.text("KEYFORMAT") == "":
        yield item.finding('KEYFORMAT="identity", or none', 'KEYFORMAT=""')


@check("clearkey-dashif.box-lists-kids", "DRM-P14", applies=asks("clearkey-dashif", "pssh"))
@of_each(of_system(boxes, "clearkey-dashif"))
def dashif_box(ctx: Context, item: Seen[PsshBox]) -> Iterator[Finding]:
    """A pssh box of DASH-IF ClearKey has version 1, KIDs, and no Data."""
    if item.value.version != 1 or not item.value.kids or item.value.data:
        yield item.finding("version 1 with KIDs and without Data", f"version {item.value.version}")
