"""HLSSignalingData: the key tag of an HLS playlist, its attributes and the lines around it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from conformance.cpix.bounds import bounded, preview
from conformance.cpix.errors import DecodeError
from conformance.drm.hls_attributes import HlsValue, read_attributes, show
from conformance.drm.hls_values import AllowedCpc, DataUri, data_uri, read_allowed_cpc, uuids_in
from conformance.drm.once import once

__all__ = [
    "TAGS",
    "AllowedCpc",
    "DataUri",
    "HlsSignalling",
    "HlsValue",
    "KeyTag",
    "Tag",
    "data_uri",
    "read",
    "read_allowed_cpc",
    "uuids_in",
]

Tag = Literal["EXT-X-KEY", "EXT-X-SESSION-KEY"]
TAGS: Final[tuple[Tag, ...]] = ("EXT-X-KEY", "EXT-X-SESSION-KEY")

_BOM: Final = "\ufeff"
# RFC 8216 section 4.1 has no control characters but CR and LF. Line ends are CR LF or LF; a CR anywhere else is against
# the grammar.
_CONTROL: Final = re.compile(r"\r(?!\n|\Z)|[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class KeyTag:
    """One key tag with its attributes in the order written; `line` counts the lines of the payload from 1."""

    tag: Tag
    line: int
    attributes: Mapping[str, HlsValue]

    @property
    def lower_case_hex(self) -> tuple[str, ...]:
        """Names of attributes with lower-case hexadecimal digits: outside the grammar, and read by every player."""
        return tuple(name for name, value in self.attributes.items() if value.lower_case_hex)

    def text(self, name: str) -> str | None:
        """The text of an attribute without its quotes, None where it is absent."""
        value = self.attributes.get(name)
        return None if value is None else value.text


@dataclass(frozen=True, slots=True)
class HlsSignalling:
    """All key tags of a payload, and all lines (without their line ends).

    `tags` are those that can be read, at least one. `broken` says of further tags by line (from 1) why they cannot be
    read. `extra_tags` are the lines of all tags but the first, `other_lines` comments, other tags and URIs; blank lines
    are in `lines` only.
    """

    lines: tuple[str, ...]
    tags: tuple[KeyTag, ...]
    broken: tuple[tuple[int, DecodeError], ...]
    extra_tags: tuple[str, ...]
    other_lines: tuple[str, ...]

    @property
    def tag(self) -> Tag:
        """The name of the first tag."""
        return self.tags[0].tag

    @property
    def attributes(self) -> Mapping[str, HlsValue]:
        """The attributes of the first tag."""
        return self.tags[0].attributes

    @property
    def lower_case_hex(self) -> tuple[str, ...]:
        """Names of attributes of the first tag with lower-case hexadecimal digits."""
        return self.tags[0].lower_case_hex

    def text(self, name: str) -> str | None:
        """The text of an attribute of the first tag without its quotes, None where it is absent."""
        return self.tags[0].text(name)


@once
def read(data: bytes) -> HlsSignalling:
    """Read the lines of a payload and the attributes of every key tag in it, of which it must have one.

    Raises DecodeError `hls.*`: not UTF-8, a byte order mark, control characters, no key tag, or a first tag whose
    attribute list is against the grammar (RFC 8216 section 4.2); `offset` counts characters of the whole text and the
    message names line and column, both from 1. Which METHOD, KEYFORMAT or URI is right is not judged here.
    """
    text = _text(bounded(data, "hls"))
    stripped = text.rstrip("\r\n")
    starts: list[int] = []
    lines: list[str] = []
    position = 0
    for raw in stripped.split("\n"):
        starts.append(position)
        lines.append(raw.removesuffix("\r"))
        position += len(raw) + 1
    found = [(index, tag) for index, line in enumerate(lines) if (tag := _tag_of(line)) is not None]
    if not found:
        raise _no_tag(lines, starts)
    of_tags = {line for line, _ in found}
    tags: list[KeyTag] = []
    broken: list[tuple[int, DecodeError]] = []
    for index, tag in found:
        try:
            attributes = read_attributes(lines[index], len(tag) + 2, line_number=index + 1, line_start=starts[index])
        except DecodeError as error:
            if not tags:
                raise
            broken.append((index + 1, error.with_traceback(None)))
            continue
        tags.append(KeyTag(tag, index + 1, MappingProxyType(attributes)))
    return HlsSignalling(
        lines=tuple(lines),
        tags=tuple(tags),
        broken=tuple(broken),
        extra_tags=tuple(lines[line] for line, _ in found[1:]),
        other_lines=tuple(line for number, line in enumerate(lines) if number not in of_tags and line.strip()),
    )


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError(
            "hls.not-utf8",
            f"the payload is not UTF-8 at byte {error.start}",
            offset=error.start,
            expected="UTF-8 text",
            found=preview(data, error.start, 4),
        ) from None
    if text.startswith(_BOM):
        raise DecodeError(
            "hls.bom",
            "the payload begins with a byte order mark",
            offset=0,
            expected="#EXT-X-KEY or #EXT-X-SESSION-KEY",
            found="U+FEFF",
        )
    control = _CONTROL.search(text)
    if control:
        raise DecodeError(
            "hls.control-character",
            f"character {control.start()} of the payload is a control character",
            offset=control.start(),
            expected="printable text",
            found=show(control.group()),
        )
    return text


def _tag_of(line: str) -> Tag | None:
    for tag in TAGS:
        if line.startswith(f"#{tag}:"):
            return tag
    return None


def _no_tag(lines: list[str], starts: list[int]) -> DecodeError:
    """Say which tag was probably meant, where one can be recognised."""
    for number, line in enumerate(lines, start=1):
        bare = line.strip().lstrip("#").upper()
        tag = next((tag for tag in TAGS if bare.startswith(tag)), None)
        if tag is not None:
            return DecodeError(
                "hls.broken-tag",
                f"line {number} looks like the tag {tag}, but is not written as #{tag}:",
                offset=starts[number - 1],
                expected=f"#{tag}: at the start of the line",
                found=show(line),
            )
    return DecodeError(
        "hls.no-tag",
        "no line of the payload is a key tag",
        offset=0,
        expected="a line that begins with #EXT-X-KEY: or #EXT-X-SESSION-KEY:",
        found=show(lines[0]),
    )
