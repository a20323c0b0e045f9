"""Which requests are ordinary: what encryptors send all day, and may share connections with one another.

Everything else has a connection of its own. Servers and gateways may stop reading such a request in the middle and
leave the rest of it where the next one is expected (RFC 9112, section 9.3), and then an innocent request would fail.
"""

from __future__ import annotations

from conformance.model import HttpRequest
from conformance.model.exchange import ANY_CONNECTION, FRESH_CONNECTION

USUAL_SIZE = 256 * 1024
"""Bytes of a body: several times what 64 keys for all DRM systems take, and far below what any gateway limits."""

_FRAMING = frozenset({"content-length", "transfer-encoding", "te", "connection", "expect", "upgrade", "trailer"})
_DOCTYPES = tuple("<!DOCTYPE".encode(coding) for coding in ("utf-8", "utf-16-le", "utf-16-be"))


def is_ordinary(request: HttpRequest) -> bool:
    """Whether it is a POST of usual size with the configured credentials, framed as usual."""
    return (
        request.method == "POST"
        and request.credentials == "configured"
        and len(request.body) <= USUAL_SIZE
        and not any(name.lower() in _FRAMING for name, _ in request.headers)
    )


def may_share(request: HttpRequest) -> bool:
    """Whether the request may go over a connection on which others have been answered."""
    return request.connection == ANY_CONNECTION and is_ordinary(request)


def is_kept(request: HttpRequest) -> bool:
    """Whether the request names a connection that is kept for it."""
    return request.connection not in (ANY_CONNECTION, FRESH_CONNECTION)


def is_owed_an_answer(request: HttpRequest) -> bool:
    """Whether hanging up on it is nobody's right: an ordinary request without what firewalls cut off (a DOCTYPE)."""
    return is_ordinary(request) and not any(word in request.body for word in _DOCTYPES)
