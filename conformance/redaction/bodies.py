"""What of a body may be shown: a CPIX document without its key material, or other text without what may be a key."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from itertools import islice
from uuid import UUID

from lxml import etree

from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import uuid_of
from conformance.cpix.xml import CPIX, parse
from conformance.model.quoted import BEYOND
from conformance.redaction.runs import OPEN, Runs, mark

Fingerprint = Callable[[bytes], str]

LONGEST_BODY = 256 * 1024
"""Characters of a body that are kept."""
LOOKED_AT = LONGEST_BODY + BEYOND
"""Characters of a body that are looked at: the cut through what is kept comes last."""

UNUSED_BITS = "unused bits set"
"""Said of a key whose base64 has ones in the bits that mean nothing."""

_BUNDLE = 64
_MOST_GUILTY = 512
"""Values with a key that are withheld one by one; where there are as many, nothing of the document is shown."""
_KEY_HOLDERS = ("{*}PlainValue", "{*}CipherValue", "{*}ValueMAC")
# No text in these has to be shown, so that a key in an unheard-of element is withheld too.
_SECRET_PLACES = ("{*}ContentKey", "{*}Data", "{*}DocumentKey", "{*}MACMethod")
_HEX = re.compile(r"[0-9A-Fa-f]{16,128}")
_PLAIN_VALUE = re.compile(r"PlainValue(?:\s[^<>]{0,200})?>([^<]{8,400})<")
_ASCII_CONTROL = bytes([*range(9), *range(11, 32), 127])
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def document(body: bytes) -> etree._Element | None:
    """The root of a CPIX document; None for everything else."""
    try:
        root = parse(body).root
    except DecodeError:
        return None
    return root if root.tag == f"{{{CPIX}}}CPIX" else None


def keys_in_document(root: etree._Element) -> Iterator[bytes]:
    """Content keys in the clear; a value that is a KID of the document is public and not among them."""
    kids = {
        order
        for element in root.iter("{*}ContentKey")
        if (kid := uuid_of(element.get("kid"))) is not None
        for order in (kid.bytes, kid.bytes_le)
    }
    for element in root.iter("{*}PlainValue"):
        yield from (key for key in _key_values(_text(element)) if key not in kids)


def keys_in_prose(text: str) -> Iterator[bytes]:
    """Content keys in a text that looks like CPIX and cannot be read as it."""
    for value in _PLAIN_VALUE.findall(text):
        yield from _key_values(value)


def show_document(root: etree._Element, fingerprint: Fingerprint, runs: Runs) -> str:
    """The document with keys as fingerprints and ciphertext withheld; changes the tree.

    A value that holds a known key is withheld as a whole; in a name the key alone is, so that it stays a document.
    """
    _withhold_key_material(root, fingerprint, runs)
    shown = etree.tostring(root, encoding="unicode")
    if runs.known_in(shown[:LOOKED_AT]):
        if not _withhold_leaks(root, runs):
            return f"{OPEN} a document of {len(shown)} characters: very many of its values hold content keys]"
        shown = etree.tostring(root, encoding="unicode")
        if runs.known_in(shown[:LOOKED_AT]):
            shown = runs.without_known_in_names(shown[:LOOKED_AT])
    return escape_controls(shown)


def decode_prose(body: bytes, content_type: str) -> str | None:
    """A body that is no CPIX document as text: UTF-8, or UTF-16 where it says so; None for everything else."""
    wide = body[:2] in (b"\xff\xfe", b"\xfe\xff") or "charset=utf-16" in content_type.lower().replace('"', "")
    try:
        text = body.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def escape_controls(text: str) -> str:
    """The text with control and direction characters written as escapes; tab and line feed stay."""
    if text.isascii() and len(text.encode().translate(None, _ASCII_CONTROL)) == len(text):
        return text
    return _CONTROL.sub(lambda match: f"\\u{ord(match.group()):04x}", text.replace("\r\n", "\n"))


def _withhold_key_material(root: etree._Element, fingerprint: Fingerprint, runs: Runs) -> None:
    done: set[etree._Element] = set()
    for element in root.iter(*_KEY_HOLDERS):
        if len(element) == 0:
            element.text = _stand_in(element, fingerprint, runs)
            done.add(element)
    for place in root.iter(*_SECRET_PLACES, *_KEY_HOLDERS):
        for element in place.iter():
            public = "HDCP" in str(element.tag)
            if not public and element not in done and _text(element):
                element.text = mark(element.text or "")
                done.add(element)
            if element is not place and (element.tail or "").strip() and not (element.tail or "").startswith(OPEN):
                element.tail = mark(element.tail or "")


def _stand_in(element: etree._Element, fingerprint: Fingerprint, runs: Runs) -> str | None:
    text = _text(element)
    if not text:
        return element.text
    found = _base64(text)
    if etree.QName(element).localname != "PlainValue":
        return mark(text) if found is None else f"{OPEN} {len(found.data)} bytes]"
    if found is None:
        values = _key_values(text)
        return f"{fingerprint(values[0])} (not base64)" if values else mark(text)
    facts = list(_harmless(found, runs))
    return f"{fingerprint(found.data)} ({', '.join(facts)})" if facts else fingerprint(found.data)


def _harmless(found: b64.Decoded, runs: Runs) -> Iterator[str]:
    """What is not as usual in a key and gives nothing away, so that a replay can look at it."""
    if len(found.data) != 16:
        yield f"{len(found.data)} bytes"
    elif runs.is_public(found.data):
        yield f"the bytes of UUID {UUID(bytes=found.data)}"
    if not found.canonical:
        yield UNUSED_BITS


def _withhold_leaks(root: etree._Element, runs: Runs) -> bool:
    """Withhold each value that holds a known key; False where they are too many for that."""
    guilty = dict(islice(_holding(list(_values(root)), runs), _MOST_GUILTY))
    if len(guilty) == _MOST_GUILTY:
        return False
    for element in root.iter():
        element.text = guilty.get(element.text or "", element.text)
        element.tail = guilty.get(element.tail or "", element.tail)
        for name in element.keys():  # noqa: SIM118 - an element is no mapping, and items() is quadratic
            value = element.get(name) or ""
            if value in guilty:
                element.set(name, guilty[value])
    return True


def _values(root: etree._Element) -> Iterator[str]:
    """What stands in the part of the document that is kept."""
    seen: set[str] = set()
    length = 0
    for element in root.iter():
        if length > LOOKED_AT:
            return
        for value in (element.text, element.tail, *(element.get(name) for name in element.keys())):  # noqa: SIM118
            if value and value not in seen and not value.isspace():
                seen.add(value)
                length += len(value)
                yield value


def _holding(values: list[str], runs: Runs) -> Iterator[tuple[str, str]]:
    """Those of the values that hold a known key, and what stands in their place.

    They are looked at in bundles, because few of very many hold one.
    """
    for start in range(0, len(values), _BUNDLE):
        bundle = values[start : start + _BUNDLE]
        if len(values) <= _BUNDLE or runs.known_in("\n".join(value[:LOOKED_AT] for value in bundle)):
            for value in bundle:
                found = runs.known_in(value[:LOOKED_AT])
                if found:
                    yield value, runs.holds(found)


def _text(element: etree._Element) -> str:
    return (element.text or "").strip()


def _base64(text: str) -> b64.Decoded | None:
    try:
        return b64.decode(text)
    except DecodeError:
        return None


def _key_values(text: str) -> list[bytes]:
    """What a PlainValue may mean: its base64, hexadecimal inside that, or hexadecimal instead of it."""
    text = text.strip()
    values: list[bytes] = []
    found = _base64(text)
    if found is not None:
        values.append(found.data)
        if _is_hex(found.data.decode("latin-1")):
            values.append(binascii.unhexlify(found.data))
    if _is_hex(text.replace("-", "")):
        values.append(binascii.unhexlify(text.replace("-", "")))
    return values


def _is_hex(text: str) -> bool:
    return len(text) % 2 == 0 and _HEX.fullmatch(text) is not None
