"""Small changes to one text or to one run of bytes, the same wherever a fault makes them."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from conformance.refserver.faults.vocabulary import BYTE_CHANGES, TEXT_CHANGES
from conformance.refserver.reading import bytes_of, uuid_of

OTHER_KIDS = UUID("5f0c2d1e-7a34-4b8b-9a55-0d6c3e9b7f21")


def change_text(text: str, arguments: Mapping[str, Any]) -> str:
    """Apply the one text change that the arguments name."""
    for name in TEXT_CHANGES:
        if name in arguments:
            return _TEXT[name](text, arguments[name])
    return text


def change_bytes(data: bytes, arguments: Mapping[str, Any]) -> bytes:
    """Apply the one byte change that the arguments name."""
    for name in BYTE_CHANGES:
        if name in arguments:
            return _BYTES[name](data, arguments[name])
    return data


def other_uuid(kid: UUID) -> UUID:
    """Give another UUID, always the same for the same one."""
    return uuid.uuid5(OTHER_KIDS, str(kid))


def _pattern(text: str, pair: list[str]) -> str:
    return re.sub(pair[0], pair[1], text, flags=re.DOTALL)


def _add(text: str, number: int) -> str:
    return str(int(text) + number) if re.fullmatch(r"-?\d+", text) else text


def _shift(text: str, hours: int) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


def _derive_uuid(text: str, _: object) -> str:
    one = uuid_of(text)
    return str(other_uuid(one)) if one else text


def _swap_uuid(text: str, _: object) -> str:
    one = uuid_of(text)
    return str(UUID(bytes=one.bytes_le)) if one else text


def _narrow(text: str, _: object) -> str:
    """Give the text that, written as UTF-16, has the bytes that the old one has as UTF-8."""
    data = text.encode("utf-8")
    return (data + b" " * (len(data) % 2)).decode("utf-16-le", "replace")


def _splice(data: bytes, how: Mapping[str, Any]) -> bytes:
    at = int(how.get("at", 0))
    start = at if at >= 0 else len(data) + at
    return data[:start] + bytes.fromhex(str(how.get("insert", ""))) + data[start + int(how.get("remove", 0)) :]


def _swap_at(data: bytes, at: int) -> bytes:
    part = data[at : at + 16]
    return data[:at] + UUID(bytes=part).bytes_le + data[at + 16 :] if len(part) == 16 else data


_TEXT: Mapping[str, Callable[[str, Any], str]] = {
    "value": lambda text, value: str(value),
    "replace": lambda text, pair: text.replace(pair[0], pair[1]),
    "pattern": _pattern,
    "case": lambda text, case: text.upper() if case == "upper" else text.lower(),
    "append": lambda text, more: text + more,
    "prepend": lambda text, more: more + text,
    "add": _add,
    "shift-hours": _shift,
    "derive-uuid": _derive_uuid,
    "swap-uuid": _swap_uuid,
    "truncate": lambda text, length: text[:length],
    "base64": lambda text, _: base64.b64encode(text.encode()).decode(),
    "hex": lambda text, _: (bytes_of(text) or b"").hex(),
    "url-safe": lambda text, _: text.replace("+", "-").replace("/", "_"),
    "unpadded": lambda text, _: text.rstrip("="),
    "narrow": _narrow,
}
_BYTES: Mapping[str, Callable[[bytes, Any], bytes]] = {
    "splice": _splice,
    "append-hex": lambda data, more: data + bytes.fromhex(more),
    "becomes-hex": lambda data, new: bytes.fromhex(new),
    "cut": lambda data, length: data[:length],
    "repeat": lambda data, times: data * times,
    "swap-uuid-at": _swap_at,
}
