"""Bytes as text and JSON, bounded, with one answer for everything that is neither."""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import Any

_LONGEST_LITERAL = 512 << 10
_WRAPPED = re.compile(r"(?:\w+\.)*\w+\((?P<inside>[\[{].*[\]}])\)", re.DOTALL)
"""A dict as a class of its own prints itself: Headers({…})."""

_WIDE = (b"\xff\xfe", b"\xfe\xff")
_NAME = rb"(?:[A-Za-z_][\w.-]*:)?CPIX(?=[\s/>])"
DOCUMENT = re.compile(rb"(?:<\?xml[^>]{0,200}\?>(?:\s|\\[rnt])*)?<" + _NAME)
"""Where a CPIX document begins."""
CLOSED = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?CPIX\s*>")
"""Where it ends."""


def is_wide(data: bytes) -> bool:
    """Whether a byte order mark says UTF-16."""
    return data[:2] in _WIDE


def text_of(data: bytes) -> str | None:
    """The bytes as text: UTF-8, or UTF-16 where they say so (some shells write it); None for anything else."""
    try:
        return data.decode("utf-16" if is_wide(data) else "utf-8-sig")
    except UnicodeDecodeError:
        return None


def json_of(data: bytes) -> Any | None:
    """The JSON value that the bytes hold; None where they are no JSON."""
    text = text_of(data)
    if text is None or not text.strip():
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def value_of(data: bytes) -> Any | None:
    """The JSON value or the Python literal (as programs print their dicts) of the bytes; None for anything else."""
    found = json_of(data)
    text = text_of(data)
    if found is not None or text is None or len(text) > _LONGEST_LITERAL:
        return found
    inside = _WRAPPED.fullmatch(text.strip())
    plain = inside["inside"] if inside else text.strip()
    if plain[:1] not in ("{", "[", "'", '"') and plain[:2] not in ("b'", 'b"'):
        return None
    try:
        return json.loads(plain)
    except (ValueError, RecursionError):
        pass
    try:
        with warnings.catch_warnings():
            # An escape that Python does not know is a warning, and nothing to tell anybody here.
            warnings.simplefilter("ignore")
            return ast.literal_eval(plain)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None


def begins_as_xml(data: bytes) -> bool:
    """Whether the first thing in the bytes is a tag or a declaration, as in any XML or HTML."""
    if is_wide(data):
        data = data[: 2 << 10].decode("utf-16", "replace").encode("utf-8", "replace")
    return bool(re.match(rb"(?:\xef\xbb\xbf)?\s*<[?!A-Za-z_]", data))
