"""What `curl -v` prints: heads marked with > and <, remarks marked with *, and the body in between."""

from __future__ import annotations

import re

from conformance.offline.captures.heads import head_of_lines
from conformance.offline.captures.message import Capture, Message, Unreadable
from conformance.offline.captures.raw_http import FOLLOWED, message_of
from conformance.offline.captures.text import is_wide, text_of

_MARKED = re.compile(rb"^(?:> [A-Z]{3,10} \S+ HTTP/[\d.]|< HTTP/[\d.]+ \d{3})", re.MULTILINE)
_REMARK = re.compile(rb"\*(?:[ \t].*)?|[{}] \[\d+ bytes data\]|\} \[data not shown\]")
_PROGRESS = re.compile(rb"\s*%\s+Total\b.*|\s+Dload\b.*|[\s\d.kMGT]+--?:--?.*|\s*\d+\s+[\d.kMG]+\s+\d+\s.*:.*:.*")
_LONGEST_REMARK = 1000
_TAIL = re.compile(rb"\n?\* (?:Connection #\d+ to host [^\n]* left intact|Closing connection[^\n]*)\s*\Z")


def looks_like(data: bytes) -> bool:
    """Whether a line is a request line marked with > or a status line marked with <."""
    return bool(_MARKED.search(_plain(data)[: 1 << 20]))


def read(data: bytes) -> list[Capture]:
    """The exchange; of several answers the last, as curl shows interim answers and redirects before it."""
    asked: list[list[str]] = []
    came: list[list[str]] = []
    body: list[bytes] = []
    before = b""
    for line in _TAIL.sub(b"", _plain(data)).splitlines(keepends=True):
        bare = line.rstrip(b"\r\n")
        mark = bare[:1] if bare[:2] in (b"> ", b"< ") or bare in (b">", b"<") else b""
        if mark:
            heads = asked if mark == b">" else came
            text = bare[2:].decode("latin-1")
            if before != mark or re.match(r"HTTP/[\d.]+ \d{3}", text):
                heads.append([])
                body = [] if mark == b"<" else body
            heads[-1].append(text)
            before = mark
        elif len(bare) < _LONGEST_REMARK and (_REMARK.fullmatch(bare) or _PROGRESS.fullmatch(bare)):
            continue
        else:
            # A remark may stand between two lines of one head; anything else ends it.
            before = b"" if bare else before
            if came:
                body.append(line)
    return [_capture(asked, came, b"".join(body))]


def _capture(asked: list[list[str]], came: list[list[str]], body: bytes) -> Capture:
    heads = [head_of_lines(lines) for lines in came if any(line.strip() for line in lines)]
    final = [head for head in heads if not 100 <= head.status <= 199]
    requests = [head_of_lines(lines) for lines in asked if any(line.strip() for line in lines)]
    if not final and not requests:
        raise Unreadable("this looks like `curl -v` without an answer; give what came back")
    notes = (FOLLOWED,) if any(300 <= head.status <= 399 for head in final[:-1]) else ()
    answer = message_of(final[-1], body.lstrip(b"\r\n") if _has_text(body) else None, notes) if final else None
    request = None
    if requests:
        last = requests[-1]
        request = Message(None, last.headers, last.method, last.url, http_version=last.http_version)
    return Capture(request, answer)


def _has_text(body: bytes) -> bool:
    return bool(body.strip())


def _plain(data: bytes) -> bytes:
    return (text_of(data) or "").encode() if is_wide(data) else data.removeprefix(b"\xef\xbb\xbf")
