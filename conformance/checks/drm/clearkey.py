"""Clear Key AES-128: a key tag whose URI hands out the key itself; it is followed only where the profile says so."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from conformance.checks.context import Context
from conformance.checks.drm.carriers import boxes, tags
from conformance.checks.drm.clearkey_fetch import ORIGIN, address_of
from conformance.checks.drm.drm_payloads import BOX_CARRIERS, DecodedValue, asks, of_each, of_system
from conformance.checks.drm.hls import Line
from conformance.checks.registry import Need, Subject, Untestable, check
from conformance.drm.pssh import PsshBox
from conformance.model import Finding, quoted
from conformance.model.quoted import Kind

_asked = asks("clearkey-aes-128", "hls")
_lines = of_system(tags, "clearkey-aes-128")


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
        yield item.finding("an absolute https URI", f"{quoted(uri, Kind.PAYLOAD, most=100, literal=True)}")


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


@check("clearkey-dashif.box-lists-kids", "DRM-P14", applies=asks("clearkey-dashif", *BOX_CARRIERS))
@of_each(of_system(boxes, "clearkey-dashif"))
def dashif_box(ctx: Context, item: DecodedValue[PsshBox]) -> Iterator[Finding]:
    """A pssh box of DASH-IF ClearKey has version 1, KIDs, and no Data."""
    if item.value.version != 1 or not item.value.kids or item.value.data:
        yield item.finding("version 1 with KIDs and without Data", f"version {item.value.version}")


@check("clearkey.uri-returns-key", "AWS-MP2-008", need=Need.EXCHANGE, subject=Subject.EXPECTATION)
def uri_returns_key(ctx: Context) -> Iterator[Finding]:
    """The address in a Clear Key tag returns the 16 bytes of the content key, to players in browsers as well.

    A browser hands an answer from another host to its player only with an Access-Control-Allow-Origin that fits.
    """
    before = ctx.before(ctx.step.plan.follow)
    address = address_of(before)
    if address is None:
        raise Untestable("the answer has no Clear Key tag with an https address")
    uri, kid = address
    if uri != ctx.exchange.request.url:
        raise Untestable("the address that was fetched is not the one in the answer")
    answer = ctx.exchange.answer
    if answer is None:
        raise Untestable(f"the address of the key cannot be reached: {ctx.failure_sentence}")
    if answer.status != 200:
        yield Finding("status", "200 with the content key", str(answer.status))
        return
    if answer.body != before.keys.get(kid):
        seen = f"{len(answer.body)} bytes" if len(answer.body) != 16 else "16 other bytes"
        yield Finding("body", f"the 16 bytes of the content key of KID {kid}", seen)
    allowed = answer.header("Access-Control-Allow-Origin")
    if allowed not in ("*", ORIGIN):
        yield Finding("Access-Control-Allow-Origin", f"* or {ORIGIN}", quoted(allowed) if allowed else "no such header")
