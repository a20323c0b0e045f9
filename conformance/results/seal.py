"""The seal of a result document: a digest of its own text, so that an edit shows."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MEMBER = "digest"
_END = b',"complete":true}'


def sealed(document: Mapping[str, Any]) -> bytes:
    """The document as it is written to a file, with `digest` before its last member.

    The digest is no signature: it shows a slip of the hand, and anybody can make it again on purpose.
    """
    written, digest = io.BytesIO(), hashlib.sha256()
    for piece in _pieces(document):
        written.write(piece)
        digest.update(piece)
    # The digest is over the text without it, so it is put in afterwards, before the end.
    end = _END if written.getbuffer()[-len(_END) :] == _END else b"}"
    written.seek(-len(end), io.SEEK_END)
    written.write(f',"{MEMBER}":"{digest.hexdigest()}"'.encode() + end + b"\n")
    return written.getvalue()


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the compact text of everything but the digest itself."""
    digest = hashlib.sha256()
    for piece in _pieces(document):
        digest.update(piece)
    return digest.hexdigest()


def _pieces(document: Mapping[str, Any]) -> Iterator[bytes]:
    """The compact text of the document in pieces, because the whole of it is as large as everything it was made of."""
    members = {name: value for name, value in document.items() if name != MEMBER}
    yield b"{"
    for number, (name, value) in enumerate(members.items()):
        yield ("," if number else "").encode() + _compact(name) + b":"
        if isinstance(value, dict):
            yield from _joined(b"{}", (_compact(key) + b":" + _compact(item) for key, item in value.items()))
        elif isinstance(value, list):
            yield from _joined(b"[]", map(_compact, value))
        else:
            yield _compact(value)
    yield b"}"


def _joined(brackets: bytes, items: Iterable[bytes]) -> Iterator[bytes]:
    yield brackets[:1]
    for number, item in enumerate(items):
        if number:
            yield b","
        yield item
    yield brackets[1:]


def _compact(value: Any) -> bytes:
    # Plain ASCII: a lone surrogate from a server's text stays an escape and cannot break the encoding.
    return json.dumps(value, separators=(",", ":")).encode("ascii")
