"""Which characters the bytes of a document stand for, decided on the bytes alone, before any XML parser sees them.

Only UTF-8 is read. Of everything else it matters whether it is another encoding, told as XML 1.0 wants it told (4.3.3
and appendix F: a byte order mark or the declaration), or bytes that no parser can take for what they are said to be.
"""

from __future__ import annotations

import codecs
import re

DECLARATION = re.compile(rb"<\?xml[ \t\r\n][^>]*?\?>")
ENCODING = re.compile(rb"""[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*["']([^"'>]*)["']""")

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Longer marks first: that of UTF-16 is the beginning of one of UTF-32."""
_UNMARKED = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_WIDE = ("utf-16", "utf-32", "ucs-2", "ucs-4", "iso-10646-ucs")
_LONGEST = 160


def contradiction(body: bytes) -> tuple[str, int | None]:
    """What the bytes are not although they are said to be, as a clause, and where; empty where all is in order.

    To be asked of bodies that are not plain UTF-8, or that declare something else.
    """
    wide = _wide(body)
    if wide:
        return _contradiction_of_wide(body, wide), None
    named = declared(body.removeprefix(codecs.BOM_UTF8)) or "UTF-8"
    if _is_wide(named):
        return f"it declares {named} and is written in single bytes", None
    if not is_known(named):
        return "", None
    try:
        body.decode(named)
    except UnicodeDecodeError as error:
        return f"byte {error.start}, 0x{body[error.start]:02X}, is not {named}", error.start
    except ValueError:
        return f"its bytes are not {named}", None
    return "", None


def _contradiction_of_wide(body: bytes, wide: str) -> str:
    text = decoded_text(body, wide)
    if text is None:
        return f"it begins as {wide[:6].upper()} and goes on as something else"
    named = declared(text.encode("utf-8", "replace").removeprefix(codecs.BOM_UTF8))
    if not named and not body.startswith(tuple(mark for mark, _ in _MARKS)):
        return f"it looks like {wide[:6].upper()}, and neither a byte order mark nor a declaration says so"
    return f"it is {wide[:6].upper()} and declares {named}" if named and not _is_wide(named) else ""


def declared(plain: bytes) -> str:
    """The encoding that an XML declaration at the very beginning names; empty where there is none."""
    declaration = DECLARATION.match(plain)
    named = ENCODING.search(declaration.group()) if declaration else None
    return named.group(1).decode("ascii", "replace")[:_LONGEST] if named else ""


def is_known(name: str) -> bool:
    """Whether a name is that of a character encoding which can be checked."""
    try:
        # Python has codecs that are none, such as rot13; those do not turn text into bytes.
        "x".encode(name)
    except (LookupError, ValueError):
        return False
    return True


def decoded_text(body: bytes, name: str) -> str | None:
    """The text in that encoding; None where the bytes cannot be it."""
    try:
        return body.decode(name)
    except (LookupError, ValueError):
        return None


def _wide(body: bytes) -> str:
    return next((name for start, name in (*_MARKS, *_UNMARKED) if body.startswith(start)), "")


def _is_wide(name: str) -> bool:
    return name.lower().startswith(_WIDE)
