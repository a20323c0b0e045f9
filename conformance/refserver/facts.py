"""The facts of one exchange on which a fault may depend."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from conformance.refserver.exchange import HttpRequest
from conformance.refserver.reading import Asked
from conformance.refserver.state import Turn
from conformance.refserver.systems import name_of


@dataclass(slots=True)
class Facts:
    """What is known of a request before any rule is applied; `status` and `message` follow with the answer.

    `variables` makes the texts that a fault may write into an answer, such as the first KID or the first key.
    """

    request: HttpRequest
    turn: Turn
    asked: Asked | None
    status: str = ""
    message: str = ""
    check: str = ""
    variables: Callable[[], dict[str, str]] = dict

    def value(self, name: str) -> str | int | bool | tuple[str, ...]:
        """Give one fact by its name in the fault files; raise KeyError for a name that does not exist."""
        asked = self.asked
        match name:
            case "method":
                return self.request.method
            case "version":
                return self.request.header("X-Speke-Version") or ""
            case "cpix-version":
                return (asked.version if asked else None) or ""
            case "content-id":
                return (asked.content_id if asked else None) or ""
            case "keys":
                return len(asked.keys) if asked else 0
            case "drm-systems":
                return len(asked.systems) if asked else 0
            case "periods":
                return len(asked.periods) if asked else 0
            case "rules":
                return len(asked.rules) if asked else 0
            case "kids-are-uuids":
                return all(one.uuid is not None for one in asked.keys) if asked else False
            case "kid-case":
                return _letter_case("".join(one.kid or "" for one in asked.keys)) if asked else ""
            case "recipients":
                return len(asked.recipients) if asked else 0
            case "scheme":
                return tuple(one.scheme or "" for one in asked.keys) if asked else ()
            case "track-type":
                return tuple(one.track_type or "" for one in asked.rules) if asked else ()
            case "system":
                ids = (one.system_id or "" for one in asked.systems) if asked else ()
                return tuple(name_of(one) or one for one in ids)
            case "only-system":
                alone = {(one.system_id or "").lower() for one in asked.systems} if asked else set()
                return (name_of(alone.pop()) or "") if len(alone) == 1 else ""
            case "explicit-iv":
                return any(one.explicit_iv is not None for one in asked.keys) if asked else False
            case "signalling":
                return _signalling(asked) if asked else ""
            case "spelling":
                return tuple(name for name, sign in _SPELLINGS.items() if sign.search(self.request.body))
            case "encrypted":
                return bool(asked and asked.encrypted)
            case "request-number":
                return self.turn.number
            case "refusals-before":
                return self.turn.refusals
            case "accept-encoding":
                return self.request.header("Accept-Encoding") or ""
            case "authorization":
                return self.request.header("Authorization") or ""
            case "plain-http":
                return self.request.plain
            case "connection":
                return self.request.connection
            case "status":
                return self.status
            case "message":
                return self.message
            case "refused-by":
                return self.check
        raise KeyError(name)


def _letter_case(text: str) -> str:
    return "upper" if text == text.upper() != text.lower() else "lower" if text == text.lower() else "mixed"


def _signalling(asked: Asked) -> str:
    """The placeholders that the request holds, joined by plus signs."""
    there = {
        "pssh": any(one.pssh for one in asked.systems),
        "content-protection": any(one.content_protection for one in asked.systems),
        "hls": any(one.playlists for one in asked.systems),
        "smooth": any(one.smooth for one in asked.systems),
    }
    return "+".join(name for name, asked_for in there.items() if asked_for)


_SPELLINGS = {"two-tags": re.compile(rb"<([^\s<>/]+)></\1>"), "references": re.compile(rb"&#")}
"""Ways of writing XML that only the bytes of a request tell."""

NAMES = (
    "method",
    "version",
    "cpix-version",
    "content-id",
    "keys",
    "drm-systems",
    "periods",
    "rules",
    "kids-are-uuids",
    "kid-case",
    "recipients",
    "scheme",
    "track-type",
    "system",
    "only-system",
    "explicit-iv",
    "signalling",
    "spelling",
    "encrypted",
    "request-number",
    "refusals-before",
    "accept-encoding",
    "authorization",
    "plain-http",
    "connection",
    "status",
    "message",
    "refused-by",
)
ONLY_WITH_THE_ANSWER = frozenset({"status", "message", "refused-by"})
