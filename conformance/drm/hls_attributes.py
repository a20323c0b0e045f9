"""The attribute list of an HLS tag, read by its grammar and with the column of every mistake."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from conformance.cpix.errors import DecodeError
from conformance.model.quoted import excerpt

QUOTED: Final = frozenset({"URI", "KEYFORMAT", "KEYFORMATVERSIONS"})
UNQUOTED: Final = frozenset({"METHOD", "IV", "KEYID"})
HEXADECIMAL: Final = frozenset({"IV", "KEYID"})

_NAME: Final = re.compile(r"[A-Z0-9-]+")
_LOOSE_NAME: Final = re.compile(r"[^=,\"\s]*")
_TOKEN: Final = re.compile(r"[^,\"\s]*")
_HEX: Final = re.compile(r"0[xX]([0-9A-Fa-f]+)", re.ASCII)
_CURLY: Final = "\u201c\u201d\u201e\u201f\u2018\u2019\u00ab\u00bb\u2033"
_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class HlsValue:
    """One attribute value without its quotes; `column` is where the value begins, from 1."""

    text: str
    quoted: bool
    column: int

    @property
    def hexadecimal(self) -> str | None:
        """The digits behind `0x`, or None where the value is no hexadecimal sequence."""
        match = None if self.quoted else _HEX.fullmatch(self.text)
        return match[1] if match else None

    @property
    def lower_case_hex(self) -> bool:
        """Whether the value is a hexadecimal sequence with lower-case digits."""
        digits = self.hexadecimal
        return digits is not None and digits != digits.upper()


def show(text: str, at: int = 0) -> str:
    """Quote a piece of text for an error, shortened and with control characters spelled out."""
    return excerpt(text, _SHOWN, at)


def read_attributes(line: str, start: int, *, line_number: int, line_start: int) -> dict[str, HlsValue]:
    """Read `NAME=value,NAME=value` from index `start` of a line to its end, in the order written.

    Raises DecodeError `hls.*` (RFC 8216 section 4.2): empty attribute, space, attribute name, missing equals sign,
    empty value, open quote, typographic quote, quote inside a value, duplicate, quoted or unquoted against the type,
    and hexadecimal sequences that are none.
    """
    return _Reader(line, start, line_number, line_start).attributes()


class _Reader:
    def __init__(self, line: str, start: int, line_number: int, line_start: int) -> None:
        self._line = line
        self._at = start
        self._line_number = line_number
        self._line_start = line_start

    def attributes(self) -> dict[str, HlsValue]:
        if self._at == len(self._line):
            raise self._error("no-attributes", "the tag has no attributes", "NAME=value", at=self._at)
        found: dict[str, HlsValue] = {}
        while True:
            name_at = self._at
            name = self._name()
            value = self._value(name)
            if name in found:
                raise self._error("duplicate-attribute", f"{name} occurs twice", f"{name} once", at=name_at)
            self._check_type(name, value)
            found[name] = value
            if self._at == len(self._line):
                return found
            self._separator()

    def _name(self) -> str:
        start = self._at
        self._refuse_space("before an attribute name")
        loose = _LOOSE_NAME.match(self._line, start)
        end = loose.end() if loose else start
        name = self._line[start:end]
        if not name and self._line[end : end + 1] in ("", ","):
            raise self._error("empty-attribute", "there is a comma with no attribute beside it", "NAME=value", at=start)
        if not _NAME.fullmatch(name):
            message = f"{show(name)} is not an attribute name"
            raise self._error("attribute-name", message, "capital letters, digits and hyphens", at=start)
        self._at = end
        if self._line[end : end + 1] != "=":
            self._refuse_space(f"after the name {name}")
            raise self._error("no-equals-sign", f"{name} is not followed by an equals sign", "=", at=end)
        self._at = end + 1
        return name

    def _value(self, name: str) -> HlsValue:
        start = self._at
        self._refuse_space(f"before the value of {name}")
        first = self._line[start : start + 1]
        if first and first in _CURLY:
            message = f"the value of {name} begins with a typographic quotation mark"
            raise self._error("typographic-quote", message, '"', at=start)
        if first == '"':
            end = self._line.find('"', start + 1)
            if end < 0:
                raise self._error("open-quote", f"the quote before the value of {name} is never closed", '"', at=start)
            self._at = end + 1
            return HlsValue(self._line[start + 1 : end], True, start + 1)
        token = _TOKEN.match(self._line, start)
        self._at = token.end() if token else start
        if self._at == start:
            raise self._error("empty-value", f"{name} has no value", "a value", at=start)
        return HlsValue(self._line[start : self._at], False, start + 1)

    def _separator(self) -> None:
        self._refuse_space("after a value")
        if self._line[self._at] != ",":
            raise self._error("stray-text", "a value is not followed by a comma", ",", at=self._at)
        self._at += 1

    def _check_type(self, name: str, value: HlsValue) -> None:
        at = value.column - 1
        if name in QUOTED and not value.quoted:
            raise self._error("unquoted", f"{name} is not a quoted string", 'a value in "', at=at)
        if name in UNQUOTED and value.quoted:
            raise self._error("quoted", f"{name} is a quoted string", "a value without quotes", at=at)
        if name in HEXADECIMAL and value.hexadecimal is None:
            message = f"{name} is not a hexadecimal sequence"
            raise self._error("hexadecimal", message, "0x and hexadecimal digits", at=at)

    def _refuse_space(self, place: str) -> None:
        if self._line[self._at : self._at + 1].isspace():
            raise self._error("space", f"there is white space {place}", "none in an attribute list", at=self._at)

    def _error(self, code: str, message: str, expected: str, *, at: int) -> DecodeError:
        return DecodeError(
            f"hls.{code}",
            f"{message} (line {self._line_number}, column {at + 1})",
            offset=self._line_start + at,
            expected=expected,
            found=show(self._line, at) if at < len(self._line) else "the end of the line",
        )
