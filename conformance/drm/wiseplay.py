"""The data of a WisePlay (ChinaDRM) pssh box: a JSON object with the KIDs, the content id and the scheme."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from conformance.cpix import b64
from conformance.cpix.bounds import bounded, preview
from conformance.cpix.errors import DecodeError
from conformance.drm.once import once

MEMBERS: Final = ("version", "kids", "contentID", "enschema")
SCHEMES: Final = ("cenc", "cbcs")
"""The values of `enschema`, which stands in either letter case."""

_HEX: Final = frozenset(b"0123456789abcdefABCDEF")
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ListedKid:
    """One entry of `kids`: the KID that it stands for, or why it stands for none."""

    text: str
    uuid: UUID | None
    as_digits: bool = False
    """The base64 is that of the 32 hexadecimal digits and not of the 16 bytes, as some producers write it."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class WisePlayHeader:
    """The members of the object, None where absent, and what is unusual about it."""

    version: str | None
    kids: tuple[ListedKid, ...]
    content_id: str | None
    enschema: str | None
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]

    @property
    def uuids(self) -> tuple[UUID, ...]:
        """The KIDs that can be read."""
        return tuple(kid.uuid for kid in self.kids if kid.uuid is not None)

    @property
    def scheme(self) -> str | None:
        """The scheme of common encryption that `enschema` names; None where it is absent or names none."""
        name = (self.enschema or "").lower()
        return name if name in SCHEMES else None


class _Number(str):
    """A number as it is written: nobody asks for its value, and one of a megabyte of digits is not computed."""


@once
def read(data: bytes, *, base: int = 0) -> WisePlayHeader:
    """Read the object; `base` is the offset of `data` in the payload, so that errors name the byte there.

    Raises DecodeError `wiseplay.*` for what is not one JSON object in UTF-8, and for members of the wrong type. An
    entry of `kids` that stands for no KID is a ListedKid with a problem.
    """
    bounded(data, "wiseplay")
    repeated: list[str] = []
    top = _parsed(_text(data, base), repeated, base)
    if not isinstance(top, Mapping):
        raise DecodeError(
            "wiseplay.not-an-object",
            f"the data of the box are JSON, but {_kind(top)} in place of an object",
            offset=base,
            expected="an object: {…}",
            found=_kind(top),
        )
    kids = _member(top, "kids", list, base) or []
    for number, entry in enumerate(kids, start=1):
        _check_type(entry, str, f"entry {number} of kids", base)
    return WisePlayHeader(
        version=_words(_member(top, "version", str, base)),
        kids=tuple(_kid(entry) for entry in kids),
        content_id=_words(_member(top, "contentID", str, base)),
        enschema=_words(_member(top, "enschema", str, base)),
        unknown=tuple(_shown(name) for name in top if name not in MEMBERS),
        repeated=tuple(dict.fromkeys(repeated)),
    )


def _text(data: bytes, base: int) -> str:
    if data[4:8] == b"pssh":
        raise DecodeError(
            "wiseplay.nested-box",
            "the data of the box is another pssh box instead of a JSON object",
            offset=base,
            expected="a JSON object",
            found=preview(data),
        )
    if data.startswith(_BOM):
        raise DecodeError(
            "wiseplay.bom",
            "the JSON begins with a byte order mark, which JSON does not allow",
            offset=base,
            expected="{",
            found=preview(data),
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError(
            "wiseplay.not-utf8",
            f"the data of the box are not UTF-8 from byte {base + error.start} on",
            offset=base + error.start,
            expected="JSON in UTF-8",
            found=preview(data, error.start),
        ) from None


def _parsed(text: str, repeated: list[str], base: int) -> Any:
    def members(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        repeated.extend(_shown(name) for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        return dict(pairs)

    def no_constant(name: str) -> Any:
        raise DecodeError("wiseplay.not-json", f"the data of the box are not JSON: {name} is not a value", offset=base)

    try:
        return json.loads(
            text, object_pairs_hook=members, parse_int=_Number, parse_float=_Number, parse_constant=no_constant
        )
    except json.JSONDecodeError as error:
        at = len(text[: error.pos].encode())
        raise DecodeError(
            "wiseplay.not-json",
            f"the data of the box are not JSON at byte {base + at}: {error.msg}",
            offset=base + at,
            expected="a JSON object",
            found=preview(text.encode(), at),
        ) from None
    except RecursionError:
        raise DecodeError("wiseplay.too-deep", "the JSON is nested too deeply to be read", offset=base) from None


def _member(top: Mapping[str, Any], name: str, kind: type, base: int) -> Any:
    value = top.get(name)
    if name in top:
        _check_type(value, kind, name, base)
    return value


def _check_type(value: Any, kind: type, what: str, base: int) -> None:
    if not isinstance(value, kind) or isinstance(value, _Number):
        wanted = "a list" if kind is list else "text"
        raise DecodeError(
            "wiseplay.member-type", f"{what} is {_kind(value)}", offset=base, expected=wanted, found=_kind(value)
        )


def _kind(value: Any) -> str:
    kinds = {bool: "a truth value", _Number: "a number", str: "text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "null")


def _kid(text: str) -> ListedKid:
    try:
        raw = b64.decode(text).data
    except DecodeError as error:
        return ListedKid(_shown(text), None, problem=error.message)
    if len(raw) == 16:
        return ListedKid(text, UUID(bytes=raw))
    if len(raw) == 32 and _HEX.issuperset(raw):
        return ListedKid(text, UUID(raw.decode()), as_digits=True)
    written = "; the KID was written as text with hyphens" if len(raw) == 36 and raw.count(b"-") == 4 else ""
    return ListedKid(text, None, problem=f"base64 of {len(raw)} bytes{written}")


def _words(text: str | None) -> str | None:
    return None if text is None else _shown(text)


def _shown(text: str) -> str:
    """The text without the halves of characters that JSON can hold and no report can."""
    return text.encode("utf-8", "backslashreplace").decode()
