"""What tools put around a body: each wrapper is recognised and taken off by one rule, and what was done is said."""

from __future__ import annotations

import base64
import binascii
import copy
import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes

from lxml import etree

from conformance.cpix.errors import DecodeError
from conformance.cpix.xml import CPIX, parse
from conformance.offline.captures.message import LARGEST, Message, Unreadable
from conformance.offline.captures.raw_http import gunzip
from conformance.offline.captures.text import CLOSED, DOCUMENT, begins_as_xml, is_wide, text_of, value_of

MOST = 6
"""Wrappers around one body; people meet two."""

_BASE64 = re.compile(rb"[A-Za-z0-9+/_\s-]+={0,2}")
_SHORTEST = 40
_MOST_DOCUMENTS = 50
_FORM_FIELD = re.compile(rb"\s*(?:[\w.-]{1,64}=)?(?=%3[Cc])")


@dataclass(frozen=True, slots=True)
class Wrapper:
    """One wrapper: what it is called, and how it is taken off (None where it is not there)."""

    name: str
    take_off: Callable[[bytes], bytes | None]


def unwrapped(message: Message) -> Message:
    """The message without its wrappers, each noted; as it is where its body is what went over the wire."""
    if message.body is None or message.as_sent:
        return message
    body, notes = message.body, []
    for _ in range(MOST):
        found = next(((one.name, inner) for one in WRAPPERS if (inner := one.take_off(body)) is not None), None)
        if found is None:
            break
        notes.append(f"{found[0]} was taken off")
        body = found[1]
    else:
        raise Unreadable(f"this looks like a body with more than {MOST} wrappers around it; give the CPIX document")
    return replace(message, body=body, notes=(*message.notes, *notes)) if notes else message


def documents_in(data: bytes) -> list[bytes]:
    """Each CPIX document in a text, in order; the last may break off."""
    found, at = [], 0
    while (begin := DOCUMENT.search(data, at)) is not None:
        end = CLOSED.search(data, begin.end())
        found.append(_plain(data[begin.start() : end.end() if end else len(data)]))
        if end is None or len(found) > _MOST_DOCUMENTS:
            break
        at = end.end()
    return found


def _plain(document: bytes) -> bytes:
    """The document without the escapes of a line of JSON that it stood in."""
    if b'=\\"' not in document:
        return document
    try:
        text: str = json.loads(b'"' + document + b'"')
    except ValueError:
        return document
    return text.encode("utf-8", "surrogatepass")


def _gzip(body: bytes) -> bytes | None:
    return gunzip(body) if body[:2] == b"\x1f\x8b" else None


def _string(body: bytes) -> bytes | None:
    first = body.lstrip()[:2]
    if first[:1] not in (b'"', b"'") and first not in (b"b'", b'b"'):
        return None
    value = value_of(body)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return value if isinstance(value, bytes) else None


def _escaped(body: bytes) -> bytes | None:
    if b"&lt;" not in body[:4096] or DOCUMENT.search(body):
        return None
    text = text_of(body)
    return None if text is None else html.unescape(text).encode("utf-8", "surrogatepass")


def _percent(body: bytes) -> bytes | None:
    field = _FORM_FIELD.match(body)
    if field is None:
        return None
    return unquote_to_bytes(body[field.end() :].strip().replace(b"+", b" "))


def _base64(body: bytes) -> bytes | None:
    if len(body) < _SHORTEST or not _BASE64.fullmatch(body.strip()):
        return None
    dense = re.sub(rb"\s", b"", body).replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    try:
        found = base64.b64decode(dense + b"=" * (-len(dense) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    telling = begins_as_xml(found) or found[:2] == b"\x1f\x8b" or is_wide(found) or found.lstrip()[:1] == b'"'
    return found if telling else None


def _json_field(body: bytes) -> bytes | None:
    """A JSON object one of whose texts is a document, as some APIs answer."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return None
    value = value_of(body)
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    texts = [one.encode("utf-8", "surrogatepass") for one in held if isinstance(one, str)]
    documents = [one for one in texts if DOCUMENT.match(one.lstrip())]
    return documents[0] if len(documents) == 1 else None


def _envelope(body: bytes) -> bytes | None:
    """The one CPIX element inside of another document, with the prefixes that it uses."""
    if not begins_as_xml(body) or len(body) > LARGEST:
        return None
    try:
        root = parse(body).root
    except DecodeError:
        return None
    tag = f"{{{CPIX}}}CPIX"
    if root.tag == tag:
        return None
    inside = list(root.iter(tag))
    if len(inside) == 1:
        return _standing_alone(inside[0])
    texts = [element.text for element in root.iter(etree.Element) if element.text and "CPIX" in element.text]
    texts = [text for text in texts if DOCUMENT.match(text.lstrip().encode("utf-8", "surrogatepass"))]
    return texts[0].strip().encode() if not inside and len(texts) == 1 else None


def _standing_alone(element: etree._Element) -> bytes:
    """The element as a document: with the prefixes that it uses or declares itself, without those of its envelope."""
    parent = element.getparent()
    around = {} if parent is None else parent.nsmap
    own = [prefix for prefix, uri in element.nsmap.items() if prefix and around.get(prefix) != uri]
    alone = copy.deepcopy(element)
    etree.cleanup_namespaces(alone, keep_ns_prefixes=own)
    return etree.tostring(alone, with_tail=False)


def _line(body: bytes) -> bytes | None:
    """The one document behind other words, as in a line of a log; what stands behind its end is left away."""
    if begins_as_xml(body):
        return None
    found = documents_in(body if not is_wide(body) else (text_of(body) or "").encode())
    return found[0] if len(found) == 1 else None


WRAPPERS: tuple[Wrapper, ...] = (
    Wrapper("gzip", _gzip),
    Wrapper("a string's quotation marks and escapes", _string),
    Wrapper("base64", _base64),
    Wrapper("percent-encoding", _percent),
    Wrapper("HTML escapes", _escaped),
    Wrapper("a JSON object around the document", _json_field),
    Wrapper("an envelope of other XML", _envelope),
    Wrapper("text around the document, as in a log", _line),
)
"""In the order in which they are tried."""
