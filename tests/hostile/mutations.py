"""Ways to spoil an answer: its bytes, its tree, the payloads inside its elements, its HTTP head."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import replace

from lxml import etree

from conformance.model import Exchange, HttpAnswer, TransportFailure

WORDS: tuple[str, ...] = (
    "",
    " ",
    "0",
    "-1",
    "9" * 5000,
    "1e309",
    "NaN",
    "²",
    "٣",
    "true",
    "2.3",
    "{09e091ab-f838-41d2-9e35-58531fd19ec7}",
    "urn:uuid:09e091ab-f838-41d2-9e35-58531fd19ec7",
    "00000000-0000-0000-0000-000000000000",
    "09E091AB-F838-41D2-9E35-58531FD19EC7",
    "AAAA",
    "=",
    "A===",
    "AA==\n",
    "AAAAAAAAAAAAAAAAAAAAAA==",
    "_-_-",
    "http://[::1",
    "http://host:99999999/",
    "https://host/%",
    "skd://",
    "data:,",
    "data:text/plain;base64,",
    "data:text/plain;charset=UTF-16;base64,////",
    "2026-02-30T25:61:61Z",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "-0000-01-01T00:00:00",
    "2026-01-01T00:00:00.99999999999999999999Z",
    "P1Y99999999999999999999M",
    "PT1e9S",
    "P",
    "#EXT-X-KEY:",
    "#EXT-X-KEY:METHOD=NONE",
    '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x",IV=0x' + "F" * 4000,
    '#EXT-X-SESSION-KEY:METHOD=,,=,URI="',
    "<pssh/>",
    "<a xmlns='urn:mpeg:cenc:2013'>",
    "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
    "cbcs",
    "cenc",
    "SAMPLE-AES",
    "ALL",
    "A+B+C",
    "+",
    "\u202e\u2066\ufeff",
    "\x7f\x85\x9b31m",
    "<script>alert(1)</script>",
    "A" * 70_000,
    "1e5\u00a0",
    "\u2003AAAA\u2003",
)
"""Values at which careless code breaks."""

BYTES: tuple[bytes, ...] = (
    b"\x00",
    b"\xff\xff\xff\xff",
    b"\x80" * 12,
    b"<!DOCTYPE a>",
    b"]]>",
    b"&#xD800;",
    b"&#0;",
    b"&amp;",
    b"<a>" * 40,
    b"<?xml version='1.0' encoding='UTF-7'?>",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"xsi:type='x:y'",
    b"<![CDATA[",
    b"<!--",
)
"""Pieces that mean something to a parser."""

WHOLE: tuple[bytes, ...] = (
    b"",
    b"\x00" * 64,
    b"null",
    b"<html><body>Bad gateway</body></html>",
    b"<CPIX xmlns='urn:dashif:org:cpix'/>",
    b"<CPIX xmlns='urn:dashif:org:cpix'>" + b"<ContentKeyList/>" * 999 + b"</CPIX>",
    b"http://127.0.0.1:9/",
    b"/etc/hostname",
    "Missing CPIX@contentId".encode("utf-16"),
    b"Traceback (most recent call last):\n  File \"/srv/a.py\", line 1\nValueError: b'\\x00'",
)
"""Bodies that have nothing to do with the answer."""

HEADERS: tuple[tuple[str, str], ...] = (
    ("Content-Type", ""),
    ("Content-Type", "application/xml; charset=utf-16"),
    ("Content-Type", "application/xml; charset=nobody-knows"),
    ("Content-Type", ";;;=" + '"' * 50),
    ("X-Speke-Version", "2.0\u00b2"),
    ("X-Speke-User-Agent", "\x1b[31m" + "x" * 5000),
    ("Content-Encoding", "gzip"),
    ("Location", "http://[::1"),
    ("Retry-After", "9" * 5000),
    ("Date", "Mon, 99 Foo 99999 99:99:99 GMT"),
)

STATUSES = (100, 199, 204, 206, 299, 300, 302, 304, 400, 401, 403, 404, 422, 429, 500, 502, 503, 504, 599, 999)

NAMESPACES = (
    "urn:dashif:org:cpix",
    "urn:ietf:params:xml:ns:keyprov:pskc",
    "http://www.w3.org/2001/04/xmlenc#",
    "urn:aws:amazon:com:speke",
    "http://www.w3.org/2001/XMLSchema-instance",
)

Mutation = Callable[[HttpAnswer, int, int], HttpAnswer]


# --- bytes


def flip(answer: HttpAnswer, place: int, value: int) -> HttpAnswer:
    """One bit of the body."""
    body = bytearray(answer.body)
    if body:
        body[place % len(body)] ^= 1 << value % 8
    return replace(answer, body=bytes(body))


def cut(answer: HttpAnswer, place: int, value: int) -> HttpAnswer:
    """A piece of the body is gone."""
    start = place % (len(answer.body) + 1)
    return replace(answer, body=answer.body[:start] + answer.body[start + value % 600 :])


def insert(answer: HttpAnswer, place: int, value: int) -> HttpAnswer:
    """A piece that means something to a parser is put in."""
    start = place % (len(answer.body) + 1)
    return replace(answer, body=answer.body[:start] + BYTES[value % len(BYTES)] + answer.body[start:])


def repeat(answer: HttpAnswer, place: int, value: int) -> HttpAnswer:
    """A piece of the body stands twice."""
    start = place % (len(answer.body) + 1)
    end = start + value % 3000
    return replace(answer, body=answer.body[:end] + answer.body[start:])


def other_body(answer: HttpAnswer, place: int, value: int) -> HttpAnswer:
    """Another body altogether."""
    return replace(answer, body=WHOLE[place % len(WHOLE)])


# --- tree


def _in_tree(change: Callable[[list[etree._Element], int, int], None]) -> Mutation:
    def mutation(answer: HttpAnswer, place: int, value: int) -> HttpAnswer:
        try:
            root = etree.fromstring(answer.body)
        except (etree.XMLSyntaxError, ValueError):
            return answer
        elements = [element for element in root.iter() if isinstance(element.tag, str)]
        try:
            change(elements, place, value)
        except ValueError:
            return answer  # XML cannot say that; the mutations of bytes try it all the same
        return replace(answer, body=etree.tostring(root))

    mutation.__name__ = change.__name__.strip("_")
    return mutation


@_in_tree
def drop(elements: list[etree._Element], place: int, value: int) -> None:
    """An element is gone."""
    element = elements[place % len(elements)]
    if (parent := element.getparent()) is not None:
        parent.remove(element)


@_in_tree
def double(elements: list[etree._Element], place: int, value: int) -> None:
    """An element stands several times."""
    element = elements[place % len(elements)]
    if (parent := element.getparent()) is not None:
        for _ in range(1 + value % 3):
            parent.append(etree.fromstring(etree.tostring(element)))


@_in_tree
def move(elements: list[etree._Element], place: int, value: int) -> None:
    """An element stands elsewhere."""
    element, target = elements[place % len(elements)], elements[value % len(elements)]
    if element not in [target, *target.iterancestors()]:
        target.append(element)


@_in_tree
def rename(elements: list[etree._Element], place: int, value: int) -> None:
    """An element is called as another one."""
    elements[place % len(elements)].tag = elements[value % len(elements)].tag


@_in_tree
def estrange(elements: list[etree._Element], place: int, value: int) -> None:
    """An element belongs to another namespace."""
    element = elements[place % len(elements)]
    element.tag = f"{{{NAMESPACES[value % len(NAMESPACES)]}}}{etree.QName(element).localname}"


@_in_tree
def write(elements: list[etree._Element], place: int, value: int) -> None:
    """An element holds another text."""
    elements[place % len(elements)].text = WORDS[value % len(WORDS)]


@_in_tree
def exchange_text(elements: list[etree._Element], place: int, value: int) -> None:
    """Two elements hold each other's text."""
    one, two = elements[place % len(elements)], elements[value % len(elements)]
    one.text, two.text = two.text, one.text


@_in_tree
def set_attribute(elements: list[etree._Element], place: int, value: int) -> None:
    """An attribute has another value."""
    element = elements[place % len(elements)]
    names = [*element.keys(), "kid", "index", "start", "minPixels"]
    element.set(names[value % len(names)], WORDS[(value // 7) % len(WORDS)])


@_in_tree
def take_attribute(elements: list[etree._Element], place: int, value: int) -> None:
    """An attribute of one element stands at another as well, or is gone."""
    element, other = elements[place % len(elements)], elements[value % len(elements)]
    for name in element.keys()[:1]:
        if element is other:
            del element.attrib[name]
        else:
            other.set(name, element.get(name) or "")


@_in_tree
def nest(elements: list[etree._Element], place: int, value: int) -> None:
    """Deep nesting inside an element."""
    element = elements[place % len(elements)]
    for _ in range(value % 45):
        element = etree.SubElement(element, elements[place % len(elements)].tag)


# --- payloads


@_in_tree
def spoil_payload(elements: list[etree._Element], place: int, value: int) -> None:
    """A byte inside a base64 value, a length among them, is another one, or the value is cut or has more bytes."""
    element = _with_payload(elements, place)
    if element is None:
        return
    data = bytearray(base64.b64decode(element.text or ""))
    at = (value >> 4) % (len(data) + 1)
    match value % 4:
        case 0 if at < len(data):
            data[at] ^= 1 << (value >> 12) % 8
        case 1:
            del data[at:]
        case 2:
            data[at : at + 4] = b"\xff\xff\xff\xff"
        case _:
            data[at:at] = BYTES[(value >> 12) % len(BYTES)]
    element.text = base64.b64encode(data).decode()


@_in_tree
def word_in_payload(elements: list[etree._Element], place: int, value: int) -> None:
    """A word inside a text in base64 is another one."""
    element = _with_payload(elements, place)
    if element is None:
        return
    data = base64.b64decode(element.text or "")
    coding = "utf-16-le" if data.find(b"\x00<\x00") >= 0 else "utf-8"
    parts = data.decode(coding, "replace").replace("=", "\x01=\x01").replace(",", "\x01,\x01").split("\x01")
    parts[value % len(parts)] = WORDS[(value // 5) % len(WORDS)]
    element.text = base64.b64encode("".join(parts).encode(coding, "replace")).decode()


def _with_payload(elements: list[etree._Element], place: int) -> etree._Element | None:
    held = [element for element in elements if len(element.text or "") > 15 and _is_base64(element.text or "")]
    return held[place % len(held)] if held else None


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False


# --- HTTP


def other_status(answer: HttpAnswer, place: int, value: int) -> HttpAnswer:
    """Another status."""
    return replace(answer, status=STATUSES[value % len(STATUSES)], reason=WORDS[place % len(WORDS)])


def other_header(answer: HttpAnswer, place: int, value: int) -> HttpAnswer:
    """One more header, or one in place of another."""
    new = HEADERS[value % len(HEADERS)]
    kept = answer.headers if place % 2 else tuple(one for one in answer.headers if one[0].lower() != new[0].lower())
    return replace(answer, headers=(*kept, new))


def fewer_headers(answer: HttpAnswer, place: int, value: int) -> HttpAnswer:
    """A header is gone."""
    at = place % (len(answer.headers) + 1)
    return replace(answer, headers=answer.headers[:at] + answer.headers[at + 1 :])


MUTATIONS: Mapping[str, Mutation] = {
    mutation.__name__: mutation
    for mutation in (
        flip, cut, insert, repeat, other_body, drop, double, move, rename, estrange, write, exchange_text,
        set_attribute, take_attribute, nest, spoil_payload, word_in_payload, other_status, other_header, fewer_headers,
    )
}  # fmt: skip

Steps = list[tuple[str, int, int]]


def mutated(exchange: Exchange, steps: Steps) -> Exchange:
    """The exchange with its answer spoilt, step by step; with no steps there is no answer at all."""
    answer = exchange.answer
    if answer is None or not steps:
        return replace(exchange, answer=None, failure=TransportFailure("timeout", "Nothing came in time."))
    for name, place, value in steps:
        answer = MUTATIONS[name](answer, place, value)
    return replace(exchange, answer=answer)
