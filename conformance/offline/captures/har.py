"""HAR: what the developer tools of browsers and many proxies save."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.model.headers import SPEKE_VERSION, header_values
from conformance.offline.captures.heads import Head, headers_of, status_of
from conformance.offline.captures.message import Capture, Message, Unreadable
from conformance.offline.captures.raw_http import opened
from conformance.offline.captures.text import json_of

_MOST_ENTRIES = 20_000
_LONGEST_NAME = 100


def looks_like(data: bytes) -> bool:
    """Whether there is a log with entries."""
    return (
        data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and b'"log"' in data[: 1 << 16] and _entries(data) is not None
    )


def read(data: bytes) -> list[Capture]:
    """The entries that have to do with CPIX; all of them where none has. Raises Unreadable."""
    entries = _entries(data) or []
    if len(entries) > _MOST_ENTRIES:
        raise Unreadable(f"this looks like a HAR file with more than {_MOST_ENTRIES} entries; save fewer")
    found = [_capture(entry, number) for number, entry in enumerate(entries, 1) if isinstance(entry, Mapping)]
    if not found:
        raise Unreadable("this looks like a HAR file without an entry; save it while the key request is listed")
    return [one for one in found if _is_ours(one)] or found


def _entries(data: bytes) -> Sequence[Any] | None:
    value = json_of(data)
    log = value.get("log") if isinstance(value, Mapping) else None
    entries = log.get("entries") if isinstance(log, Mapping) else None
    return entries if isinstance(entries, list) else None


def _is_ours(capture: Capture) -> bool:
    asked, came = capture.request, capture.answer
    if asked is not None and header_values(asked.headers or (), SPEKE_VERSION):
        return True
    return any(half is not None and half.body is not None and b"CPIX" in half.body[:4096] for half in (asked, came))


def _capture(entry: Mapping[str, Any], number: int) -> Capture:
    asked, came = _map(entry.get("request")), _map(entry.get("response"))
    request = Message(
        _body(_map(asked.get("postData"))),
        tuple(_headers(asked.get("headers"))),
        _word(asked.get("method")),
        _word(asked.get("url")),
        as_sent=True,
    )
    answer = None
    status = status_of(came.get("status"))
    if status:
        head = Head(tuple(_headers(came.get("headers"))), status, _word(came.get("statusText")))
        body = _body(_map(came.get("content")))
        body = None if body is None else opened(body) if body[:2] == b"\x1f\x8b" else body
        version = _word(came.get("httpVersion")) or "HTTP/1.1"
        answer = Message(body, head.headers, status=status, reason=head.reason, http_version=version, as_sent=True)
    name = f"entry {number}: {request.method} {request.url[:_LONGEST_NAME]}"
    return Capture(request, answer, f"{name} {status}" if status else name)


def _body(content: Mapping[str, Any]) -> bytes | None:
    text = content.get("text")
    if not isinstance(text, str):
        return b"" if content.get("size") == 0 else None
    if content.get("encoding") != "base64":
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("this looks like a HAR file with a body that is not base64; save it again") from None


def _headers(value: Any) -> list[tuple[str, str]]:
    # HTTP/2 pseudo headers stand among them; the method and the status are told elsewhere.
    return [pair for pair in headers_of(value) if not pair[0].startswith(":")]


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""
