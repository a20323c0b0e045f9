"""A request as browsers and people copy it: a curl command with its headers and its data."""

from __future__ import annotations

import re
import shlex

from conformance.offline.captures.message import Capture, Headers, Message, Unreadable
from conformance.offline.captures.text import text_of

_DATA = ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii")
_TAKES_VALUE = ("-A", "-b", "-e", "-m", "-o", "-u", "-x", "--user", "--user-agent", "--cookie", "--aws-sigv4", "--cert")
_COMMAND = re.compile(rb"\s*(?:\$ )?curl(?:\.exe)?\s")
_LONGEST = 1 << 20


def looks_like(data: bytes) -> bool:
    """Whether a curl command comes first."""
    return bool(_COMMAND.match(data[:64]))


def read(data: bytes) -> list[Capture]:
    """The request that the command sends. Raises Unreadable."""
    text = text_of(data)
    if text is None or len(text) > _LONGEST:
        raise Unreadable("this looks like a curl command that cannot be read; give the body that it sends")
    try:
        # $'…' is bash's way of writing escapes; browsers use it where the data holds a line break.
        words = shlex.split(re.sub(r"(?<=\s)\$'", "'", text.replace("\\\r\n", " ").replace("\\\n", " ")))
    except ValueError:
        raise Unreadable("this looks like a curl command with an open quotation mark; give the body it sends") from None
    return [Capture(request=_request(words[1:] if words[:1] != ["$"] else words[2:], escaped="$'" in text))]


def _request(words: list[str], *, escaped: bool) -> Message:
    headers: list[tuple[str, str]] = []
    body, url, method, at = None, "", "", 0
    while at < len(words):
        word, value = words[at], words[at + 1] if at + 1 < len(words) else ""
        if word in ("-H", "--header"):
            name, _, told = value.partition(":")
            headers.append((name.strip(), told.strip()))
        elif word in _DATA:
            body = value
        elif word in ("-X", "--request"):
            method = value
        elif word not in _TAKES_VALUE:
            url = word if not word.startswith("-") and not url else url
            at -= 1
        at += 2
    if body is not None and body.startswith("@"):
        raise Unreadable(f"this looks like a curl command that sends the file {body[1:61]!r}; give that file")
    if body is not None and escaped:
        body = body.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t").replace("\\'", "'")
    plain: Headers = tuple(headers)
    return Message(None if body is None else body.encode(), plain, method or "POST", url, as_sent=True)
