"""The refusals: the ten standard messages, and plain sentences where none is laid down."""

from __future__ import annotations

import json
from typing import Final
from xml.sax.saxutils import escape

from conformance.refserver.config import Config
from conformance.refserver.exchange import HttpAnswer

MISSING_CONTENT_ID: Final = "Missing CPIX@contentId"
MISSING_VERSION: Final = "Missing CPIX@version"
UNSUPPORTED_VERSION: Final = "Unsupported CPIX@version"
MISSING_SCHEME: Final = "Missing ContentKey@commonEncryptionScheme for KID {id}"
MIXED_SCHEMES: Final = "Non compliant ContentKey@commonEncryptionScheme combination"
INCOMPATIBLE_SCHEME: Final = "ContentKey@commonEncryptionScheme non compatible with DRMSystem {id}"
UNSUPPORTED_SPEKE: Final = "Unsupported SPEKE version"
MALFORMED_CONTRACT: Final = "Malformed encryption contract"
UNSUPPORTED_CONTRACT: Final = "Requested CPIX encryption contract not supported"
MISSING_CONTRACT: Final = "Missing CPIX encryption contract"

TEN: Final = (
    MISSING_CONTENT_ID,
    MISSING_VERSION,
    UNSUPPORTED_VERSION,
    MISSING_SCHEME,
    MIXED_SCHEMES,
    INCOMPATIBLE_SCHEME,
    UNSUPPORTED_SPEKE,
    MALFORMED_CONTRACT,
    UNSUPPORTED_CONTRACT,
    MISSING_CONTRACT,
)


class Refusal(Exception):
    """A request is refused; `message` is the text for the body, `status` overrides the usual one.

    `check` names the rule that refused, so that a fault can drop exactly that rule.
    """

    def __init__(self, check: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.check = check
        self.message = message
        self.status = status


def speke_headers(config: Config, speke_version: str | None) -> tuple[tuple[str, str], ...]:
    """Give the X-Speke headers of an answer; the version is left out where none is known."""
    headers: tuple[tuple[str, str], ...] = (("X-Speke-User-Agent", config.user_agent),)
    if speke_version is not None:
        headers += (("X-Speke-Version", speke_version),)
    return headers


def refuse(refusal: Refusal, config: Config, speke_version: str | None) -> HttpAnswer:
    """Write a refusal as an HTTP answer in the form that the configuration asks for."""
    style = config.style
    if style.error_form == "json":
        media_type, body = "application/json", json.dumps({"error": {"message": refusal.message}}, ensure_ascii=False)
    elif style.error_form == "xml":
        media_type, body = "application/xml", f"<error><message>{escape(refusal.message)}</message></error>"
    else:
        media_type, body = "text/plain; charset=utf-8", refusal.message
    headers: tuple[tuple[str, str], ...] = (("Content-Type", media_type),)
    if style.error_headers:
        headers += speke_headers(config, speke_version)
    if refusal.status == 401:
        headers += (("WWW-Authenticate", 'Bearer realm="keys"'),)
    if refusal.status == 405:
        headers += (("Allow", "POST"),)
    return HttpAnswer(refusal.status or style.error_status, headers, body.encode("utf-8", "replace"))
