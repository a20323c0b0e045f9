"""Edits inside an encoded payload: peel its layers, change what is inside, wrap it again."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from conformance.refserver.faults.changes import change_bytes, change_text
from conformance.refserver.reading import bytes_of

Value: TypeAlias = str | bytes
Rebuild: TypeAlias = Callable[[Value], Value]


class NotPeelable(ValueError):
    """A payload does not have the layer that a fault expects; the fault then leaves it as it is."""


def edit(text: str, layers: Sequence[Any], arguments: Mapping[str, Any]) -> tuple[str, list[tuple[bytes, bytes]]]:
    """Change a payload below its layers.

    Returns the new text, and for every layer that is bytes its old and new content, outermost first.
    Raises NotPeelable.
    """
    value: Value = text
    levels: list[tuple[Value, Rebuild]] = []
    for layer in layers:
        inner, rebuild = _peel(value, layer)
        levels.append((value, rebuild))
        value = inner
    changed: Value = change_text(value, arguments) if isinstance(value, str) else change_bytes(value, arguments)
    pairs = [(value, changed)]
    for outer, rebuild in reversed(levels):
        changed = rebuild(changed)
        pairs.append((outer, changed))
    replaced = [(old, new) for old, new in reversed(pairs) if isinstance(old, bytes) and isinstance(new, bytes)]
    return str(changed), replaced


def _peel(value: Value, layer: Any) -> tuple[Value, Rebuild]:
    if isinstance(layer, Mapping):
        return _group(_text(value), str(layer["group"]))
    return _LAYERS[str(layer)](value)


def _text(value: Value) -> str:
    if isinstance(value, bytes):
        raise NotPeelable("text was expected")
    return value


def _bytes(value: Value) -> bytes:
    if isinstance(value, str):
        raise NotPeelable("bytes were expected")
    return value


def _group(text: str, pattern: str) -> tuple[Value, Rebuild]:
    found = re.search(pattern, text, re.DOTALL)
    if found is None:
        raise NotPeelable(f"nothing fits {pattern}")
    start, end = found.span(1)
    return text[start:end], lambda new: text[:start] + _text(new) + text[end:]


def _base64(value: Value) -> tuple[Value, Rebuild]:
    data = bytes_of(_text(value))
    if data is None:
        raise NotPeelable("base64 was expected")
    return data, lambda new: base64.b64encode(_bytes(new)).decode()


def _decoded(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        raise NotPeelable(f"{charset} was expected") from None


def _charset(name: str) -> Callable[[Value], tuple[Value, Rebuild]]:
    def peel(value: Value) -> tuple[Value, Rebuild]:
        return _decoded(_bytes(value), name), lambda new: _text(new).encode(name)

    return peel


def _pssh_data(value: Value) -> tuple[Value, Rebuild]:
    box = _bytes(value)
    if len(box) < 32 or box[4:8] != b"pssh":
        raise NotPeelable("a pssh box was expected")
    start = 28 if box[8] == 0 else 32 + 16 * int(struct.unpack_from(">I", box, 28)[0])

    def rebuild(new: Value) -> Value:
        data = _bytes(new)
        body = box[4:start] + struct.pack(">I", len(data)) + data
        return struct.pack(">I", len(body) + 4) + body

    return box[start + 4 :], rebuild


def _pro_header(value: Value) -> tuple[Value, Rebuild]:
    pro = _bytes(value)
    if len(pro) < 10 or struct.unpack_from("<I", pro)[0] != len(pro):
        raise NotPeelable("a PlayReady object was expected")

    def rebuild(new: Value) -> Value:
        data = _text(new).encode("utf-16-le")
        return struct.pack("<IHHH", len(data) + 10, 1, 1, len(data)) + data

    return _decoded(pro[10:], "utf-16-le"), rebuild


_LAYERS: Mapping[str, Callable[[Value], tuple[Value, Rebuild]]] = {
    "base64": _base64,
    "utf-8": _charset("utf-8"),
    "utf-16": _charset("utf-16-le"),
    "pssh-data": _pssh_data,
    "pro-header": _pro_header,
}
