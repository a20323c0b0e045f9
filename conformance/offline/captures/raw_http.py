"""Messages as they stand on the wire: `curl -i`, `curl -D`, and what proxies and editors save as raw."""

from __future__ import annotations

import re
import zlib

from conformance.offline.captures.heads import Head, head_of_lines
from conformance.offline.captures.message import LARGEST, Capture, Message, Unreadable
from conformance.offline.captures.text import begins_as_xml, is_wide, text_of

_START = re.compile(rb"\s*(?:HTTP/[\d.]{1,3}[ \t]+\d{3}|[A-Z]{3,10}[ \t]+\S+[ \t]+HTTP/[\d.]{1,3}|:(?:status|method):)")
_END = re.compile(rb"\r?\n[ \t]*\r?\n")
_ANSWER = re.compile(rb"HTTP/[\d.]{1,3}[ \t]+\d{3}[^\r\n]*\r?\n")
_NEXT_ANSWER = re.compile(rb"\r?\n(?=HTTP/[\d.]{1,3}[ \t]+\d{3}[ \t\r\n])")
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,7})[ \t]*(?:;[^\r\n]*)?\r?\n")
_MOST_BLOCKS = 32
FOLLOWED = "a redirect was followed before the answer that is judged; an encryptor does not follow one"


def looks_like(data: bytes) -> bool:
    """Whether a status line, a request line or a pseudo header comes first."""
    plain = _plain(data)
    return bool(_START.match(plain[:4096]))


def read(data: bytes) -> list[Capture]:
    """A request, an answer, or a request and the answer behind it. Raises Unreadable."""
    plain = _plain(data).lstrip(b" \t\r\n")
    notes = ("the capture is UTF-16, as some shells write it; it was read as text",) if is_wide(data) else ()
    if _ANSWER.match(plain) or plain.startswith(b":status"):
        return [Capture(answer=answer_of(plain, notes))]
    cut = _NEXT_ANSWER.search(plain)
    if cut is None:
        return [Capture(request=_request(plain, notes))]
    return [Capture(request=_request(plain[: cut.start()], notes), answer=answer_of(plain[cut.end() :], notes))]


def answer_of(data: bytes, notes: tuple[str, ...] = ()) -> Message:
    """The last answer of what may begin with interim answers, a proxy's answer and redirects. Raises Unreadable."""
    rest: bytes | None = data
    for _ in range(_MOST_BLOCKS):
        head, rest = _cut(rest or b"")
        if rest is None or not _ANSWER.match(rest.lstrip(b"\r\n")):
            return message_of(head, rest, notes)
        if 300 <= head.status <= 399 and FOLLOWED not in notes:
            notes = (*notes, FOLLOWED)
        rest = rest.lstrip(b"\r\n")
    raise Unreadable(f"this looks like more than {_MOST_BLOCKS} HTTP answers in a row; give one exchange")


def message_of(head: Head, body: bytes | None, notes: tuple[str, ...] = ()) -> Message:
    """A message of its head and its bytes, with chunks put together and gzip opened where the head says so."""
    named = {name.lower(): value.lower() for name, value in head.headers}
    if body is not None and "chunked" in named.get("transfer-encoding", ""):
        body = _without_chunks(body)
    if body is not None and named.get("content-encoding", "").strip() in ("gzip", "x-gzip", "deflate"):
        body = opened(body)
    return Message(
        body, head.headers, head.method, head.url, head.status, head.reason, head.http_version, True, notes=notes
    )


def opened(body: bytes) -> bytes:
    """The bytes that a gzip or deflate body stands for; the body itself where a tool has opened it already."""
    if begins_as_xml(body):
        return body
    return gunzip(body) or body


def gunzip(body: bytes) -> bytes | None:
    """The opened bytes, also of a stream that breaks off; None where it is not compressed. Raises Unreadable."""
    for kind in (31, 15):
        stream = zlib.decompressobj(kind)
        try:
            found = stream.decompress(body, LARGEST + 1)
        except zlib.error:
            continue
        if len(found) > LARGEST:
            raise Unreadable(f"this looks like compressed data that opens to more than {LARGEST >> 20} MiB; give less")
        return found
    return None


def _request(data: bytes, notes: tuple[str, ...]) -> Message:
    head, body = _cut(data)
    return message_of(head, None if body is None else body.rstrip(b"\r\n"), notes)


def _cut(data: bytes) -> tuple[Head, bytes | None]:
    end = _END.search(data)
    head = data if end is None else data[: end.start()]
    if len(head) > LARGEST >> 4:
        raise Unreadable("this looks like HTTP, and its head has no end; give one exchange")
    body = None if end is None or not data[end.end() :] else data[end.end() :]
    return head_of_lines(head.decode("latin-1").splitlines()), body


def _without_chunks(body: bytes) -> bytes:
    """The body of its chunks; as it is where a tool has put them together already."""
    found, at = bytearray(), 0
    while (size := _SIZE.match(body, at)) is not None:
        length = int(size[1], 16)
        if not length:
            return bytes(found)
        found += body[size.end() : size.end() + length]
        at = size.end() + length
        at += 2 if body[at : at + 2] == b"\r\n" else 1 if body[at : at + 1] == b"\n" else 0
    return bytes(found) if found and at >= len(body) else body


def _plain(data: bytes) -> bytes:
    if not is_wide(data):
        return data.removeprefix(b"\xef\xbb\xbf")
    return (text_of(data) or "").encode()
