"""JSON in which a body stands beside its headers: events and answers of AWS Lambda, and this suite's own records."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from conformance.model.headers import header_values
from conformance.offline.captures.heads import head_of, headers_of, status_of
from conformance.offline.captures.message import Capture, Message, Unreadable
from conformance.offline.captures.raw_http import opened
from conformance.offline.captures.text import value_of
from conformance.offline.placeholders import restored

_ANSWERS = ("response", "answer")
_STATUS = ("statusCode", "status", "status_code")
_EVENT = ("httpMethod", "requestContext", "rawPath", "routeKey", "method")


def looks_like(data: bytes) -> bool:
    """Whether there is a JSON object with a body, or with a request and its answer."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"\xff", b"\xfe"):
        return False
    return _is_pair(value := value_of(data)) or _is_answer(value) or _is_event(value)


def read(data: bytes) -> list[Capture]:
    """The event, the answer, or both. Raises Unreadable."""
    value: Any = value_of(data)
    if _is_pair(value):
        asked, came = value["request"], next(value[name] for name in _ANSWERS if name in value)
        return [Capture(_message(asked, ""), _message(came, ""))]
    if _is_answer(value):
        return [Capture(answer=_message(value, "HTTP/1.1"))]
    return [Capture(request=_message(value, ""))]


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("request"), Mapping)
        and any(isinstance(value.get(name), Mapping) for name in _ANSWERS)
    )


def _is_answer(value: Any) -> bool:
    # An error body may have a status as well; only with a body of its own it is an answer.
    return isinstance(value, Mapping) and "body" in value and any(status_of(value.get(name)) for name in _STATUS)


def _is_event(value: Any) -> bool:
    return isinstance(value, Mapping) and "body" in value and any(name in value for name in _EVENT)


def _message(value: Mapping[str, Any], version: str) -> Message:
    head = head_of({name: held for name, held in value.items() if name in ("headers", *_STATUS, "statusText")})
    headers = list(head.headers)
    if isinstance(value.get("multiValueHeaders"), Mapping):
        named = {name.lower() for name, _ in headers}
        headers += [pair for pair in headers_of(value["multiValueHeaders"]) if pair[0].lower() not in named]
    body, recorded, blurred = _body(value)
    if body is not None and header_values(headers, "Content-Encoding") and not recorded:
        body = opened(body)
    return Message(
        body,
        tuple(headers) if "headers" in value or "multiValueHeaders" in value else None,
        _method(value),
        str(value.get("url") or value.get("path") or value.get("rawPath") or "")[:2048],
        head.status,
        str(value.get("reason") or "")[:200],
        str(value.get("http_version") or "HTTP/1.1")[:16],
        as_sent=True,
        recorded=recorded,
        blurred=blurred,
    )


def _body(value: Mapping[str, Any]) -> tuple[bytes | None, bool, bool]:
    """The body, whether this suite recorded it, and whether the record withholds more than keys."""
    body = value.get("body")
    if body is None:
        return (b"" if "body" in value else None), False, False
    if not isinstance(body, str):
        raise Unreadable("this looks like an event whose body is not text; give the body as it was sent")
    if value.get("isBase64Encoded") is True:
        try:
            return base64.b64decode(re.sub(r"\s", "", body), validate=True), False, False
        except (binascii.Error, ValueError):
            raise Unreadable(
                "this looks like a Lambda event: isBase64Encoded is true, and the body is not base64"
            ) from None
    again = restored(body)
    plain = body.encode("utf-8", "surrogatepass")
    return (again.body, True, again.blurred) if again.body != plain or again.blurred else (plain, False, False)


def _method(value: Mapping[str, Any]) -> str:
    context = value.get("requestContext")
    http = context.get("http") if isinstance(context, Mapping) else None
    told = value.get("method") or value.get("httpMethod") or (http.get("method") if isinstance(http, Mapping) else "")
    return told if isinstance(told, str) else ""
