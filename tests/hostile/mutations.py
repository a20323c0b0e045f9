"""Ways to spoil an answer: its bytes, its tree, the payloads inside its elements, its HTTP head."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import replace

from lxml import etree

from conformance.model import Exchange, HttpAnswer, TransportFailure
from tests.hostile.words import BYTES, HEADERS, NAMESPACES, STATUSES, WHOLE, WORDS

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
    """A piece of the body occurs twice."""
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
