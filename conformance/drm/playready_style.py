"""How a PlayReady header is written: what is legal XML, but departs from the form that all clients read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# Possessive quantifiers keep the time linear, whatever a stranger sends.
_DECLARATION: Final = re.compile(r"\ufeff?+\s*+<\?xml\s[^?]*+\?>")
_MARKUP: Final = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(?P<tag>[^\s<>/!?=]++)(?P<attributes>(?:\s++[^\s<>=/]++\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+)"
    r"\s*+(?P<closed>/?+)>",
    re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(r"\s++([^\s<>=/]++)\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+')")
_CUSTOM_OPEN: Final = re.compile(r"<(?:[\w.-]+:)?CUSTOMATTRIBUTES(?=[\s/>])")
_CUSTOM_CLOSE: Final = re.compile(r"</(?:[\w.-]+:)?CUSTOMATTRIBUTES\s*>")


def without_declaration(text: str) -> str:
    """Drop an XML declaration, whose `encoding` would be wrong once the text is no longer UTF-16."""
    match = _DECLARATION.match(text)
    return text[match.end() :] if match else text


def custom_attributes_size(body: str) -> int:
    """Size of the CUSTOMATTRIBUTES element in bytes of UTF-16, 0 where there is none."""
    start = _CUSTOM_OPEN.search(body)
    if start is None:
        return 0
    end = start.end()
    for match in _CUSTOM_CLOSE.finditer(body, start.end()):
        end = match.end()
    return 2 * (end - start.start())


def departures(text: str, body: str) -> tuple[str, ...]:
    """Name each departure once: `text` is the whole header, `body` its well-formed XML alone."""
    return tuple(dict.fromkeys(_departures(text, body)))


def _departures(text: str, body: str) -> Iterator[str]:
    if text.startswith("\ufeff"):
        yield "byte order mark"
    if without_declaration(text) != text:
        yield "XML declaration"
    if text.endswith("\0"):
        yield "trailing NUL"
    for match in _MARKUP.finditer(body):
        if match["tag"] is None:
            if match.group().startswith("<!--"):
                yield "comment"
            continue
        if match["closed"]:
            yield "self-closing tag"
        names = _ATTRIBUTE.findall(match["attributes"])
        declarations = [name for name in names if _declares(name)]
        others = [name for name in names if not _declares(name)]
        if names[: len(declarations)] != declarations:
            yield "xmlns not first"
        if others != sorted(others):
            yield "attribute order"


def _declares(name: str) -> bool:
    return name == "xmlns" or name.startswith("xmlns:")
