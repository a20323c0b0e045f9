"""What a stranger said, carried in a text of ours without becoming part of it.

A finding is made of own words, of places, and of what is quoted. A quoted value is no text: whoever writes it into one
gets a marked piece, and whatever cleans the text later knows where our words end and a stranger's begin. So nobody who
writes a check has to think of it, and nobody can forget it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_OPEN, _BODY, _CLOSE = "\ue0f0", "\ue0f1", "\ue0f2"
"""Private characters; a stranger's own ones are taken out of what is quoted."""
_STRANGE = "\ufffd"
_MARKS = re.compile(f"[{_OPEN}{_BODY}{_CLOSE}]")
_PIECE = re.compile(f"{_OPEN}([a-z]+)(\\d*)(r?)((?:-\\d+)?){_BODY}([^{_CLOSE}]*)(?:{_CLOSE}|$)")

_AROUND = 128
"""Bytes on either side of those that are shown: a key in whatever notation is shorter."""

BEYOND = 4096
"""Characters carried beyond those that are shown: a cut comes last, or it would show most of what it cuts through."""


class Kind(StrEnum):
    """What a quoted value is, and hence what may be shown of it."""

    IDENTIFIER = "identifier"
    """A name or number that the reader needs in full (KID, system id, XPath): known secrets are taken out."""
    PAYLOAD = "payload"
    """What a document or a DRM payload holds: the same."""
    PROSE = "prose"
    """Free text (error bodies, reasons, header values, exceptions): whatever may be a key is taken out."""


@dataclass(frozen=True, slots=True, eq=False)
class Quoted:
    """A value that somebody else wrote. Only a marked piece of text can be made of it, never a plain one."""

    raw: str
    """The value itself, for looking at; no finding may be made of it."""
    kind: Kind = Kind.PROSE
    most: int = 0
    """Characters that are shown, after secrets were taken out; 0 for all."""
    literal: bool = False
    """Shown in quotation marks."""
    skip: int = 0
    """Characters in front that are carried and not shown."""

    def __str__(self) -> str:
        carried = self.raw[: self.skip + self.most + BEYOND] if self.most else self.raw
        shown = f"{self.most or ''}{'r' if self.literal else ''}{f'-{self.skip}' if self.skip else ''}"
        return f"{_OPEN}{self.kind.value}{shown}{_BODY}{_MARKS.sub(_STRANGE, carried)}{_CLOSE}"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        return f"<{len(self.raw)} quoted characters>"

    def __contains__(self, words: str) -> bool:
        return words in self.raw

    def __bool__(self) -> bool:
        return bool(self.raw)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text: our own words where it has no kind, else something quoted."""

    text: str
    kind: Kind | None = None
    most: int = 0
    literal: bool = False
    skip: int = 0


def quoted(value: str | Quoted, kind: Kind = Kind.PROSE, *, most: int = 0, literal: bool = False) -> Quoted:
    """The value as something that somebody else wrote."""
    return value if isinstance(value, Quoted) else Quoted(value, kind, most, literal)


def excerpt(value: str, most: int, at: int = 0) -> str:
    """A piece of a value from a document, in quotation marks: whoever slices instead shows most of a secret.

    The cuts are made where the text is shown, after secrets have been taken out of the whole.
    """
    start = max(0, at - BEYOND)
    return str(Quoted(value[start:], Kind.PAYLOAD, most, literal=True, skip=at - start))


def octets(data: bytes, offset: int, count: int) -> str:
    """Some bytes of a payload in hexadecimal. Those around them are carried, so that a key that is cut here is seen."""
    start = max(0, offset - _AROUND)
    written = data[start : offset + count + _AROUND].hex(" ")
    return str(Quoted(written, Kind.PAYLOAD, 3 * count - 1, skip=3 * (offset - start)))


def parts(text: str) -> Iterator[Part]:
    """The text in its parts. A mark without its end reaches to the end of the text."""
    at = 0
    for found in _PIECE.finditer(text):
        if found.start() > at:
            yield Part(_MARKS.sub("", text[at : found.start()]))
        kind, most, literal, skip, body = found.groups()
        known = kind in Kind._value2member_map_
        yield Part(body, Kind(kind) if known else Kind.PROSE, int(most[:9] or 0), bool(literal), int(skip[1:10] or 0))
        at = found.end()
    if at < len(text):
        rest = text[at:]
        # A mark that was cut into is no reason to trust what stands behind it.
        broken = _MARKS.search(rest)
        if broken is None:
            yield Part(rest)
        else:
            yield Part(rest[: broken.start()])
            yield Part(_MARKS.sub("", rest[broken.start() :]), Kind.PROSE)


def is_marked(text: str) -> bool:
    """Whether something quoted stands in the text."""
    return _OPEN in text or _BODY in text or _CLOSE in text


def plain(text: str | Quoted) -> str:
    """The text as it would read if nothing in it were secret: for looking at, never for showing."""
    text = str(text)
    return "".join(map(shown, parts(text))) if is_marked(text) else text


def shown(part: Part) -> str:
    """A part in the length and form in which it is shown."""
    text = part.text[part.skip :]
    cut = bool(part.most) and len(text) > part.most
    text = text[: part.most] if cut else text
    return (repr(text) if part.literal else text) + ("…" if cut else "")
