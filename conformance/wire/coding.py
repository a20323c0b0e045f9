"""Undoing Content-Encoding within bounds."""

from __future__ import annotations

import zlib

MOST_LAYERS = 2
"""Encodings on top of each other that are undone: more is only seen in attacks."""

_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"


class EncodingProblem(Exception):
    """Says in a clause why an encoded body cannot be read."""


class TooMuch(Exception):
    """Says that a body grows beyond the limit when it is decoded."""


def decode(body: bytes, encoding: str, limit: int) -> bytes:
    """The body with its encodings undone, at most `limit` bytes; raises EncodingProblem or TooMuch."""
    layers = [name.strip().lower() for name in encoding.split(",")]
    layers = [name for name in layers if name not in ("", "identity")]
    if len(layers) > MOST_LAYERS:
        raise EncodingProblem(f"it names {len(layers)} encodings on top of each other")
    for name in reversed(layers):
        if name in ("gzip", "x-gzip"):
            body = _gunzip(body, limit)
        elif name == "deflate":
            body = _deflate(body, limit)
        else:
            raise EncodingProblem("the encoding it names is neither gzip nor deflate")
    return body


def _gunzip(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    rest, room = body, limit
    while rest:
        if not rest.startswith(_MAGIC):
            raise EncodingProblem("it says gzip, and the bytes are not gzip")
        part, rest = _inflate(rest, _GZIP, room)
        parts.append(part)
        room -= len(part)
    return b"".join(parts)


def _deflate(body: bytes, limit: int) -> bytes:
    if not body:
        return body
    # "deflate" means the zlib format; some servers send the bare stream.
    zlib_header = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    decoded, rest = _inflate(body, zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS, limit)
    if rest:
        raise EncodingProblem("there are bytes after the end of the deflate stream")
    return decoded


def _inflate(data: bytes, bits: int, limit: int) -> tuple[bytes, bytes]:
    machine = zlib.decompressobj(bits)
    try:
        # One byte more than allowed tells "exactly the limit" from "more than that"; 0 would mean no limit.
        decoded = machine.decompress(data, limit + 1)
    except zlib.error as error:
        raise EncodingProblem("the compressed bytes are damaged") from error
    if len(decoded) > limit:
        raise TooMuch
    if not machine.eof:
        raise EncodingProblem("the compressed bytes end too early")
    return decoded, machine.unused_data
