"""The register of forms: how each is recognised, and the module that reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from conformance.offline.captures import curl_command, curl_verbose, gateway, har, raw_http
from conformance.offline.captures.foreign import foreign
from conformance.offline.captures.message import LARGEST, Capture, Message, Unreadable
from conformance.offline.captures.raw_http import gunzip
from conformance.offline.captures.text import DOCUMENT, begins_as_xml, is_wide, text_of
from conformance.offline.captures.wrappers import documents_in, unwrapped
from conformance.offline.placeholders import restored

_VALUE = re.compile(rb"<(?:[\w.-]+:)?(?:PlainValue|EncryptedValue)[\s>]")
"""What a document with keys holds."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of capture that holds messages with their heads."""

    name: str
    looks_like: Callable[[bytes], bool]
    read: Callable[[bytes], list[Capture]]
    """Raises Unreadable."""


FORMS: tuple[Form, ...] = (
    Form("a HAR file", har.looks_like, har.read),
    Form("JSON with a body and its headers (AWS Lambda)", gateway.looks_like, gateway.read),
    Form("HTTP as on the wire (curl -i)", raw_http.looks_like, raw_http.read),
    Form("a curl command", curl_command.looks_like, curl_command.read),
    Form("the output of curl -v", curl_verbose.looks_like, curl_verbose.read),
)
"""In the order in which they are asked; what none of them recognises is a body by itself."""


def read_captures(data: bytes) -> list[Capture]:
    """What the bytes hold, in messages with their heads; none where they are a body. Raises Unreadable."""
    if len(data) > LARGEST:
        raise Unreadable(f"the file is larger than {LARGEST >> 20} MiB; it is not read")
    form = None if begins_as_xml(data) else next((one for one in FORMS if one.looks_like(data)), None)
    return [] if form is None else form.read(data)


def read_half(data: bytes, which: str, choose: Callable[[list[Capture]], Capture]) -> Capture:
    """The request or the answer (`which`) that the bytes are, or hold. Raises Unreadable.

    `choose` picks one of several exchanges. A form that holds the other half as well gives both.
    """
    captures = read_captures(data)
    if not captures:
        message = unwrapped(body_of(data))
        again = [] if message.body is None or not message.notes else read_captures(message.body)
        if not again:
            _refuse_foreign(message, which)
            return Capture(request=message) if which == "request" else Capture(answer=message)
        captures = [_noted(one, message.notes) for one in again]
    found = choose(captures)
    half = found.request if which == "request" else found.answer
    if half is None:
        other = "an answer" if which == "request" else "a request"
        raise Unreadable(f"this looks like {other} alone; give the {which}, or both in one file")
    plain = unwrapped(half)
    return replace(found, request=plain) if which == "request" else replace(found, answer=plain)


def read_whole(data: bytes, choose: Callable[[list[Capture]], Capture]) -> Capture:
    """The exchange that the bytes hold, both halves of it. Raises Unreadable."""
    captures = read_captures(data)
    if not captures and (inner := gunzip(data) if data[:2] == b"\x1f\x8b" else None) is not None:
        data, captures = inner, read_captures(inner)
    if captures:
        found = choose(captures)
        for half, which in ((found.request, "request"), (found.answer, "answer")):
            if half is None or half.body is None:
                option = "--request" if which == "request" else "--response"
                raise Unreadable(f"this looks like an exchange without the body of its {which}; give it with {option}")
        return found
    plain = (text_of(data) or "").encode() if is_wide(data) else data
    documents = list(dict.fromkeys(documents_in(plain)))
    with_keys = [one for one in documents if _VALUE.search(one)]
    without = [one for one in documents if not _VALUE.search(one)]
    if len(with_keys) == len(without) == 1:
        note = "the text holds two documents: that with keys was taken for the answer, the other for the request"
        return Capture(body_of(without[0]).noted(note), body_of(with_keys[0]))
    if len(documents) > 1:
        raise Unreadable(
            f"this looks like text with {len(documents)} different documents, {len(with_keys)} of them with keys; "
            "give one request and its answer"
        )
    named = foreign(data)
    if not data.strip():
        raise Unreadable("the file is empty; give a capture")
    if named:
        raise Unreadable(named)
    if len(documents) == 1 or DOCUMENT.search(data):
        raise Unreadable("this looks like one document; give the other as well: --request FILE --response FILE")
    raise Unreadable(
        "this looks like none of the forms that are read: give a HAR file, the output of `curl -v` or `curl -i`, "
        "or --request FILE --response FILE"
    )


def body_of(data: bytes) -> Message:
    """A body by itself; where this suite recorded it, with stand-ins for what it withheld."""
    text = text_of(data) if b"key:" in data or b"[withheld" in data else None
    again = restored(text) if text is not None else None
    if again is None or (again.body == data and not again.blurred):
        return Message(data)
    note = "this is a recording of this suite: keys are fingerprints in it, and what needs their bytes is not judged"
    return Message(again.body, recorded=True, blurred=again.blurred, notes=(note,))


def _refuse_foreign(message: Message, which: str) -> None:
    body = message.body or b""
    named = foreign(body)
    if named:
        raise Unreadable(named)
    if which == "request" and not body.strip():
        raise Unreadable("the file is empty; give the request as it was sent")
    found = documents_in(body)
    if not begins_as_xml(body) and len(found) > 1:
        raise Unreadable(f"this looks like text with {len(found)} documents; give the {which} alone, or the file alone")


def _noted(capture: Capture, notes: tuple[str, ...]) -> Capture:
    return replace(
        capture,
        request=capture.request and capture.request.noted(*notes),
        answer=capture.answer and capture.answer.noted(*notes),
    )
