"""Strict base64 as XML Schema defines it: nothing but white space is forgiven, and what is odd is said.

The standard library either forgives too much (stray characters, surplus padding) or refuses legal line breaks, and
never looks at the unused low bits of the last character; hence a reader of our own.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from conformance.cpix.errors import DecodeError

_FREE = " \t\r\n"
_DROP_FREE = str.maketrans("", "", _FREE)
_FOREIGN = re.compile(r"[^A-Za-z0-9+/= \t\r\n]")
_DATA_AFTER_PADDING = re.compile(r"=[ \t\r\n]*[A-Za-z0-9+/]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The bytes of one base64 value, and how it was written.

    ``canonical`` is False where unused low bits of the last character are not zero (the bytes are the same, another
    spelling of them is the proper one); ``whitespace`` is True where white space stood before, inside or after it.
    """

    data: bytes
    canonical: bool
    whitespace: bool


def decode(text: str) -> Decoded:
    """Decode one xs:base64Binary value; empty text is zero bytes.

    Only space, tab, CR and LF are free. Raises DecodeError with ``base64.url-safe-alphabet``,
    ``base64.stray-character``, ``base64.data-after-padding``, ``base64.missing-padding``,
    ``base64.surplus-padding`` or ``base64.impossible-length``; offsets count characters of ``text``.
    """
    plain = _canonical(text)
    if plain is not None:
        return Decoded(plain, canonical=True, whitespace=False)
    _refuse_foreign_characters(text)
    after = _DATA_AFTER_PADDING.search(text)
    if after is not None:
        raise DecodeError(
            "base64.data-after-padding",
            f"the base64 text goes on after its padding at character {after.end() - 1}",
            offset=after.end() - 1,
            expected="nothing but white space after '='",
            found=f"{text[after.end() - 1]!r}",
        )
    dense = text.translate(_DROP_FREE)
    body = dense.rstrip("=")
    _check_padding(len(body), len(dense) - len(body), len(text))
    data = base64.b64decode(dense)
    return Decoded(
        data=data,
        canonical=base64.b64encode(data).decode("ascii") == dense,
        whitespace=len(dense) != len(text),
    )


def _canonical(text: str) -> bytes | None:
    """The bytes of a text that is exactly what an encoder writes, as nearly all are; None for any other text."""
    try:
        data = binascii.a2b_base64(text)
    except ValueError:
        return None
    return data if binascii.b2a_base64(data, newline=False).decode("ascii") == text else None


def _refuse_foreign_characters(text: str) -> None:
    foreign = _FOREIGN.search(text)
    if foreign is None:
        return
    at, character = foreign.start(), foreign.group()
    if character in "-_":
        raise DecodeError(
            "base64.url-safe-alphabet",
            f"the text uses the url-safe base64 alphabet: {character!r} at character {at}",
            offset=at,
            expected="the standard alphabet with '+' and '/'",
            found=f"{character!r}",
        )
    raise DecodeError(
        "base64.stray-character",
        f"the text is not base64: {_named(character)} at character {at}",
        offset=at,
        expected="A-Z a-z 0-9 + / = and white space",
        found=_named(character),
    )


def _check_padding(characters: int, padding: int, end: int) -> None:
    if characters % 4 == 1:
        raise DecodeError(
            "base64.impossible-length",
            f"a base64 text of {characters} characters stands for no whole number of bytes: it was cut",
            offset=end,
            expected="a multiple of four characters, padding included",
            found=f"{characters} characters and {padding} of padding",
        )
    wanted = -characters % 4
    if padding == wanted:
        return
    kind = "missing" if padding < wanted else "surplus"
    raise DecodeError(
        f"base64.{kind}-padding",
        f"{kind} padding: base64 of length {characters} needs {wanted} '=' at the end, found {padding}",
        offset=end,
        expected=f"{wanted} '='",
        found=f"{padding} '='",
    )


def _named(character: str) -> str:
    return repr(character) if character.isprintable() else f"U+{ord(character):04X}"
