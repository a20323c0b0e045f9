"""The address at which a player fetches a Clear Key: found in an answer, and the request for it."""

from __future__ import annotations

import re
from uuid import UUID

from conformance.checks.context import Context
from conformance.checks.drm.carriers import tags
from conformance.checks.registry import Need, Untestable
from conformance.model import HttpRequest

ORIGIN = "https://player.example"
"""Where the player that fetches a key was loaded from: another place than the key server."""

SYSTEM = "clearkey-aes-128"

_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]{1,253}(:([1-5]\d{4}|[1-9]\d{0,3}))?(/[!\"$-\[\]-~]*)?")
"""No user name, no fragment, nothing that is read differently by different readers: only such an address is fetched."""


def address_of(context: Context) -> tuple[str, UUID] | None:
    """The https address in the first Clear Key tag of an answer and the KID it stands for; None where there is none."""
    if context.missing_for(Need.KEYS) is not None:
        return None
    for item in tags(context).items:
        uri = item.value.text("URI") or ""
        if item.signal.system == SYSTEM and _ADDRESS.fullmatch(uri):
            return uri, item.kid
    return None


def request_for(context: Context | None) -> HttpRequest:
    """The request of a player for the key of that answer, without any credentials; Untestable where it has none."""
    address = address_of(context) if context is not None else None
    if address is None:
        raise Untestable("the answer before has no Clear Key tag with an https address")
    return HttpRequest("GET", address[0], (("Accept", "*/*"), ("Origin", ORIGIN)), credentials="none")
