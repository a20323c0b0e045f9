"""The address at which a player fetches a Clear Key: found in an answer, and the request for it."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from conformance.checks.context import Context
from conformance.checks.decoded import lines
from conformance.checks.registry import Need, Untestable
from conformance.model import HttpRequest

ORIGIN = "https://player.example"
"""Where the player that fetches a key was loaded from: another place than the key server."""

SYSTEM = "clearkey-aes-128"


def address_of(context: Context) -> tuple[str, UUID] | None:
    """The https address in the first Clear Key tag of an answer and the KID it stands for; None where there is none."""
    if context.lacking(Need.KEYS) is not None:
        return None
    for item in lines(context).items:
        uri = item.value.text("URI") or ""
        if item.signal.system == SYSTEM and _is_https(uri):
            return uri, item.kid
    return None


def request_for(context: Context | None) -> HttpRequest:
    """The request of a player for the key of that answer, without any credentials; Untestable where it has none."""
    address = address_of(context) if context is not None else None
    if address is None:
        raise Untestable("the answer before has no Clear Key tag with an https address")
    return HttpRequest("GET", address[0], (("Accept", "*/*"), ("Origin", ORIGIN)), credentials="none")


def _is_https(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme.lower() == "https" and bool(parts.hostname) and uri.isascii() and uri.isprintable()
