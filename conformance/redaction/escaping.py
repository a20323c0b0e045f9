"""Makes texts that a server had a hand in harmless for the place where they are shown."""

from __future__ import annotations

import re

from conformance.model.quoted import is_marked, parts
from conformance.redaction.key_index import KeyIndex
from conformance.redaction.public import PublicValues
from conformance.redaction.runs import Runs

# C0 and C1 controls but tab and line feed, direction marks, line and paragraph separators, lone surrogates, and the
# two code points that are no characters: what a terminal would obey, a reader would not see, or XML does not allow.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def visible(text: str) -> str:
    """The text with everything that cannot be seen (and may do harm) written as an escape; tabs and line feeds stay.

    What comes out can be encoded as UTF-8 and is legal in XML. What is still marked as quoted has not been through the
    door; it is shown as prose is, without anything that may be a key.
    """
    if is_marked(text):
        nobody = Runs(KeyIndex(), lambda key: "key", PublicValues())
        text = "".join(one.text if one.kind is None else nobody.without_any(one.text) for one in parts(text))
    return _INVISIBLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def readable(text: str, most: int) -> str:
    """The text on one line, control characters (terminal escapes among them) shown as escapes, cut where too long."""
    shown = "".join(char if char.isprintable() else _shown(char) for char in text)
    more = len(shown) - most
    return f"{shown[:most]}… [{more} more characters]" if more > 0 else shown


def _shown(char: str) -> str:
    return " " if char in "\n\t" else char.encode("unicode_escape").decode("ascii")
