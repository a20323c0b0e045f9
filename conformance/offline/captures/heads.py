"""Heads of HTTP messages, in the many ways in which tools print and store them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.offline.captures.message import Headers, Unreadable
from conformance.offline.captures.text import text_of, value_of

_STATUS = re.compile(r"(?P<version>HTTP/[\d.]{1,3})[ \t]+(?P<status>\S+)[ \t]*(?P<reason>.*)")
_REQUEST = re.compile(r"(?P<method>[A-Z]{3,10})[ \t]+(?P<url>\S+)[ \t]+(?P<version>HTTP/[\d.]{1,3})")
_HEADER = re.compile(r"(?P<name>:?[!#$%&'*+.^_`|~0-9A-Za-z-]+):(?P<value>.*)")
_ALONE = re.compile(r"(:?[A-Za-z][A-Za-z0-9-]*):?")
_LONGEST = 256 << 10
_STATUS_NAMES = ("statusCode", "status", "status_code", "StatusCode")
_INTERIM = range(100, 200)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a body."""

    headers: Headers = ()
    status: int = 0
    reason: str = ""
    http_version: str = "HTTP/1.1"
    method: str = ""
    url: str = ""


def read_head(data: bytes) -> Head:
    """The head in a file of its own; of several blocks the last that is no interim one. Raises Unreadable."""
    if len(data) > _LONGEST:
        raise Unreadable(f"the headers are longer than {_LONGEST >> 10} KiB; they are not read")
    text = text_of(data)
    if text is None:
        text = data.decode("latin-1")
    told = _literal(text, data)
    if told is not None:
        return head_of(told)
    lines = [_unmarked(line) for line in text.splitlines()]
    blocks: list[list[str]] = []
    for line in lines:
        if _STATUS.match(line) or _REQUEST.fullmatch(line.strip()) or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    heads = [head_of_lines(block) for block in blocks if any(line.strip() for line in block)]
    answers = [head for head in heads if not head.method and head.status not in _INTERIM]
    return (answers or heads or [Head()])[-1]


def head_of_lines(lines: Sequence[str]) -> Head:
    """The head that these lines spell: a status or request line if there is one, then headers. Raises Unreadable."""
    first, rest = "", list(lines)
    while rest and not rest[0].strip():
        rest.pop(0)
    if rest and (_STATUS.match(rest[0]) or rest[0].startswith("HTTP/") or _REQUEST.fullmatch(rest[0].strip())):
        first = rest.pop(0).strip()
    pairs = _alternating(rest)
    return _named(pairs if pairs is not None else _pairs(rest), first)


def head_of(value: Any) -> Head:
    """The head that a JSON value or a Python literal spells. Raises Unreadable."""
    status, reason, inner = 0, "", value
    if isinstance(value, Mapping):
        for name in _STATUS_NAMES:
            status = status or status_of(value.get(name))
        reason = _short(value.get("statusText", ""))
        inner = value.get("headers", value.get("multiValueHeaders", value) or {})
    pairs = headers_of(inner)
    found = _named(pairs, "")
    return Head(found.headers, status or found.status, reason, found.http_version, found.method, found.url)


def headers_of(value: Any) -> list[tuple[str, str]]:
    """Headers as a mapping, as pairs, or as a list of {name, value}. Raises Unreadable."""
    pairs: list[tuple[str, str]] = []
    if isinstance(value, Mapping):
        for name, held in value.items():
            pairs += [(_short(name), _short(one)) for one in (held if isinstance(held, list | tuple) else [held])]
    elif isinstance(value, list | tuple):
        for item in value:
            if isinstance(item, Mapping) and "name" in item:
                pairs.append((_short(item["name"]), _short(item.get("value", ""))))
            elif isinstance(item, Mapping) and "key" in item:
                pairs.append((_short(item["key"]), _short(item.get("value", ""))))
            elif isinstance(item, list | tuple) and len(item) == 2:
                pairs.append((_short(item[0]), _short(item[1])))
            else:
                raise Unreadable("this looks like a list that holds no headers; give lines NAME: VALUE")
    elif value is not None:
        raise Unreadable("this looks like data that holds no headers; give lines NAME: VALUE")
    return [(name, value) for name, value in pairs if name]


def status_of(value: Any) -> int:
    """A status as tools store it, a number or its digits; 0 for anything else."""
    text = str(value)[:20].partition(" ")[0] if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if re.fullmatch(r"[1-5][0-9]{2}", text, re.ASCII) else 0


def _named(pairs: Sequence[tuple[str, str]], first: str) -> Head:
    status, reason, version, method, url = 0, "", "HTTP/1.1", "", ""
    asked = _REQUEST.fullmatch(first)
    if asked:
        method, url, version = asked["method"], asked["url"], asked["version"]
    elif first:
        match = _STATUS.match(first)
        status = status_of(match["status"]) if match else 0
        if match is None or not status:
            raise Unreadable(f"the first line names no HTTP status: {first.partition(' ')[2][:40]!r}")
        version, reason = match["version"], match["reason"]
    plain = []
    for name, value in pairs:
        if name == ":status":
            status, version = status_of(value), "HTTP/2"
        elif name == ":method":
            method = value
        elif name == ":path":
            url = value
        elif not name.startswith(":"):
            plain.append((name, value.strip()))
    return Head(tuple(plain), status, reason.strip(), version, method, url)


def _pairs(lines: Sequence[str]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for line in lines:
        if not line.strip():
            continue
        if line[0] in " \t" and pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {line.strip()}")
            continue
        match = _HEADER.fullmatch(line)
        if match is None:
            raise Unreadable(f"a line is not a header (NAME: VALUE): {line[:40]!r}")
        pairs.append((match["name"], match["value"].strip()))
    return pairs


def _alternating(lines: Sequence[str]) -> list[tuple[str, str]] | None:
    """Names and values on lines of their own, as some browsers copy them; None for any other text."""
    held = [line.strip() for line in lines if line.strip()]
    if len(held) < 2 or len(held) % 2 or not all(_ALONE.fullmatch(name) for name in held[::2]):
        return None
    names = [name if name.startswith(":") else name.rstrip(":") for name in held[::2]]
    return [(name.rstrip(":"), value) for name, value in zip(names, held[1::2], strict=True)]


def _unmarked(line: str) -> str:
    """The line without what `curl -v` puts before headers."""
    return line[2:] if line[:2] in ("< ", "> ") else "" if line.strip() in ("<", ">") or line[:2] == "* " else line


def _literal(text: str, data: bytes) -> Any | None:
    if not re.match(r"\s*(?:(?:\w+\.)*\w+\()?[{\[]", text):
        return None
    found = value_of(data)
    if found is None:
        raise Unreadable("this looks like a JSON object or a dict and cannot be read; give lines NAME: VALUE")
    return found


def _short(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")[:_LONGEST]
    return "" if value is None else str(value)[:_LONGEST] if isinstance(value, str | int | float) else ""
