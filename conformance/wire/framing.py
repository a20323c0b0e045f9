"""Where the body of an answer ends, by RFC 9112, and nothing more lenient: what encryptors read differently is broken.

The parsers of the standard library and of urllib3 take `-5`, `+5`, `0x5` and `1_0` for sizes, and an unreadable
Content-Length for none; an answer that only some clients can read must not pass here.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from conformance.model.headers import header_values
from conformance.wire.attempt import BadHead, TooLarge

LONGEST_CHUNK_LINE = 4096
"""Bytes of a line with a chunk's size and extensions; longer ones are only seen in attacks."""
LARGEST_SIZE = 15
"""Digits of a length or size: a body that needs more is beyond every limit."""
PIECE = 64 * 1024
"""Bytes that are asked for at a time, so that a promised length costs no memory before it has come."""

_DECIMAL = re.compile(r"0*([0-9]+)")
# Blanks behind the size stand in no grammar, but servers that write the line before they know the size leave some.
_CHUNK = re.compile(rb"0*([0-9A-Fa-f]+)[ \t]*(;[^\r\n]*)?\r?\n")
_BLANK = (b"\r\n", b"\n")

Headers = tuple[tuple[str, str], ...]


class Source(Protocol):
    """Where the bytes of a body come from."""

    def readline(self, size: int = -1, /) -> bytes:
        """A line with its end, or what there is of it."""
        ...

    def read(self, size: int = -1, /) -> bytes:
        """So many bytes, or fewer where there are no more."""
        ...


@dataclass(frozen=True, slots=True)
class Framing:
    """How the end of a body is told: by chunks, by a length, or (neither) by the end of the connection."""

    chunked: bool = False
    length: int | None = None

    @property
    def reusable(self) -> bool:
        """Whether the connection can carry another answer."""
        return self.chunked or self.length is not None


def framing(status: int, method: str | None, headers: Headers) -> Framing:
    """What the head says of the body; raises BadHead where it says nothing that a client could go by."""
    lengths = {_length(part) for value in header_values(headers, "Content-Length") for part in value.split(",")}
    codings = [
        part.strip(" \t").lower() for value in header_values(headers, "Transfer-Encoding") for part in value.split(",")
    ]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if method == "HEAD" or status in (204, 304):
        return Framing(length=0)
    if codings:
        if codings != ["chunked"]:
            raise BadHead("its Transfer-Encoding is not chunked, and no other one was asked for")
        return Framing(chunked=True)
    if len(lengths) > 1:
        raise BadHead("it has several Content-Length that differ")
    return Framing(length=next(iter(lengths), None))


def pieces(source: Source, how: Framing, limit: int) -> Iterator[bytes]:
    """The body in pieces, at most `limit` bytes of it; raises TooLarge, BadHead or IncompleteRead."""
    room = limit
    for piece in _chunks(source, limit) if how.chunked else _plain(source, how.length, limit):
        room -= len(piece)
        if room < 0:
            raise _beyond(limit)
        yield piece


def _length(text: str) -> int:
    digits = _DECIMAL.fullmatch(text.strip(" \t"))
    if digits is None:
        raise BadHead("its Content-Length is not a number")
    # Long numbers are never converted: that takes quadratic time, and all of them are beyond the limit.
    return int(digits[1]) if len(digits[1]) <= LARGEST_SIZE else 10**LARGEST_SIZE


def _plain(source: Source, length: int | None, limit: int) -> Iterator[bytes]:
    if length is not None and length > limit:
        raise _beyond(limit)
    left = length
    while left != 0:
        piece = source.read(PIECE if left is None else min(left, PIECE))
        if not piece:
            if left is not None:
                raise http.client.IncompleteRead(b"", left)
            return
        if left is not None:
            left -= len(piece)
        yield piece


def _chunks(source: Source, limit: int) -> Iterator[bytes]:
    while size := _chunk_size(source, limit):
        yield from _plain(source, size, limit)
        if source.readline(3) not in _BLANK:
            raise BadHead("a chunk of its body is longer than its size, or does not end with a line end")
    # Trailers; the end of the connection ends them too.
    while source.readline(LONGEST_CHUNK_LINE) not in (*_BLANK, b""):
        continue


def _chunk_size(source: Source, limit: int) -> int:
    line = source.readline(LONGEST_CHUNK_LINE)
    if not line:
        raise http.client.IncompleteRead(b"")
    size = _CHUNK.fullmatch(line)
    if size is None:
        if not line.endswith(b"\n") and len(line) < LONGEST_CHUNK_LINE and _CHUNK.fullmatch(line + b"\n"):
            raise http.client.IncompleteRead(line)
        raise BadHead("a chunk of its body does not begin with its size in hexadecimal digits")
    if len(size[1]) > LARGEST_SIZE:
        raise _beyond(limit)
    return int(size[1], 16)


def _beyond(limit: int) -> TooLarge:
    return TooLarge(f"its body is longer than {limit} bytes")
