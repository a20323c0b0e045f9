"""The notations in which programs write the bytes of a key, as data: name -> how."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Mapping
from urllib.parse import quote
from uuid import UUID


def _joined(form: str, between: str = "") -> Callable[[bytes], str]:
    return lambda key: between.join(form.format(byte) for byte in key)


def _b64(key: bytes) -> str:
    return base64.b64encode(key).decode()


NOTATIONS: Mapping[str, Callable[[bytes], str]] = {
    "hexadecimal": lambda key: key.hex(),
    "HEXADECIMAL": lambda key: key.hex().upper(),
    "0x": lambda key: "0x" + key.hex(),
    "colons": lambda key: key.hex(":"),
    "spaces": lambda key: key.hex(" "),
    "dashes": lambda key: key.hex("-"),
    "dots": lambda key: key.hex("."),
    "groups of four": lambda key: key.hex(" ", 2),
    "groups of eight": lambda key: key.hex("-", 4),
    "\\x": _joined("\\x{:02x}"),
    "\\x, capitals": _joined("\\x{:02X}"),
    "0x, comma": _joined("0x{:02x}", ", "),
    "0x, nothing between": _joined("0x{:02X}"),
    "\\u00": _joined("\\u00{:02x}"),
    "percent": _joined("%{:02X}"),
    "percent, lower case": _joined("%{:02x}"),
    "as a URL": lambda key: quote(key, safe=""),
    "percent, twice": _joined("%25{:02X}"),
    "HTML, hexadecimal": _joined("&#x{:02x};"),
    "HTML, decimal": _joined("&#{:d};"),
    "octal": _joined("\\{:03o}"),
    "numbers": lambda key: str(list(key)),
    "numbers, spaces": _joined("{:d}", " "),
    "signed numbers": lambda key: ", ".join(str(byte - 256 if byte > 127 else byte) for byte in key),
    "numbers, a line each": lambda key: json.dumps(list(key), indent=4),
    "one number": lambda key: str(int.from_bytes(key, "big")),
    "base64": _b64,
    "base64 without padding": lambda key: _b64(key).rstrip("="),
    "base64url": lambda key: base64.urlsafe_b64encode(key).decode(),
    "base64url without padding": lambda key: base64.urlsafe_b64encode(key).decode().rstrip("="),
    "base64 by PHP": lambda key: _b64(key).replace("/", "\\/"),
    "base64 by .NET": lambda key: _b64(key).replace("+", "\\u002B"),
    "base64 in a URL": lambda key: quote(_b64(key), safe=""),
    "base64 in HTML": lambda key: _b64(key).replace("/", "&#x2F;").replace("+", "&#43;").replace("=", "&#61;"),
    "base64 of hexadecimal": lambda key: _b64(key.hex().encode()),
    "base64, twice": lambda key: _b64(_b64(key).encode()),
    "base64 of UTF-8": lambda key: base64.b64encode(key.decode("latin-1").encode()).decode(),
    "base32": lambda key: base64.b32encode(key).decode(),
    "base32, lower case": lambda key: base64.b32encode(key).decode().lower().rstrip("="),
    "UUID": lambda key: str(UUID(bytes=key)),
    "UUID, capitals in braces": lambda key: f"{{{UUID(bytes=key)}}}".upper(),
    "UUID, GUID order": lambda key: str(UUID(bytes_le=key)),
    "URN": lambda key: UUID(bytes=key).urn,
    "hexadecimal, GUID order": lambda key: UUID(bytes=key).bytes_le.hex(),
    "hexadecimal, backwards": lambda key: key[::-1].hex(),
    "digits, backwards": lambda key: key.hex()[::-1],
    "base64, backwards": lambda key: _b64(key[::-1]),
    "in Python": repr,
    "in Python, bytearray": lambda key: repr(bytearray(key)),
    "as JSON": lambda key: json.dumps(key.decode("latin-1")),
    "as HTML": lambda key: html.escape(key.decode("latin-1")),
    "quoted-printable": _joined("={:02X}"),
}


_PADDING = frozenset("=&#61;%3D, []\n")


def traces(text: str) -> frozenset[str]:
    """Pieces of a written key, each enough to say that it stands there: about a third of it, wherever cut."""
    size = max(10, len(text) // 3)
    pieces = (text[at : at + size] for at in range(max(1, len(text) - size + 1)))
    return frozenset(piece for piece in pieces if len(set(piece) - _PADDING) > 3)
