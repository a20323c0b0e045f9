"""The answer tree becomes bytes, with whatever harmless handwriting is configured."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from conformance.refserver.config import Style
from conformance.refserver.names import cpix, pskc, xenc
from conformance.refserver.reading import UUID_TEXT

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_BASE64_TAGS = frozenset(
    {cpix("PSSH"), cpix("ContentProtectionData"), cpix("HLSSignalingData"), pskc("PlainValue"), xenc("CipherValue")}
)
_LISTS = tuple(cpix(name) for name in ("ContentKeyList", "DRMSystemList"))


def serialise(root: etree._Element, style: Style) -> bytes:
    """Write a tree as UTF-8; the tree itself may be changed by it."""
    if style != _PLAIN:
        _dress(root, style)
    body = etree.tostring(root, encoding="UTF-8", pretty_print=style.indent)
    if style.declaration:
        body = b'<?xml version="1.0" encoding="UTF-8"?>\n' + body
    return b"\xef\xbb\xbf" + body if style.bom else body


_PLAIN = Style()


def _dress(root: etree._Element, style: Style) -> None:
    if style.list_order == "reversed":
        for tag in _LISTS:
            for holder in root.iterchildren(tag):
                holder[:] = reversed(holder)
    for element in list(root.iter(etree.Element)):
        if style.child_order == "reversed" and element is not root and len(element) > 1:
            element[:] = reversed(element)
        if style.uppercase_uuids:
            _shout(element)
        if style.attribute_order != "as-made":
            _reorder(element, style.attribute_order == "reversed")
        _rewrite_text(element, style)
    if style.schema_location:
        root.set(f"{{{XSI}}}schemaLocation", "urn:dashif:org:cpix cpix.xsd")
    if style.comments:
        _between(root, lambda: etree.Comment(" made by the reference key server "))
    if style.processing_instructions:
        _between(root, lambda: etree.ProcessingInstruction("provider", "reference"))


def _shout(element: etree._Element) -> None:
    for name in ("kid", "systemId"):
        value = element.get(name)
        if value is not None and UUID_TEXT.fullmatch(value):
            element.set(name, value.upper())


def _reorder(element: etree._Element, backwards: bool) -> None:
    pairs = sorted(element.attrib.items())
    if backwards:
        pairs = list(reversed(list(element.attrib.items())))
    element.attrib.clear()
    for name, value in pairs:
        element.set(name, value)


def _rewrite_text(element: etree._Element, style: Style) -> None:
    if element.tag not in _BASE64_TAGS or not element.text:
        return
    if style.folded_base64:
        lines = re.findall(f".{{1,{style.folded_base64}}}", element.text)
        element.text = "\n" + "\n".join(lines) + "\n"
    if style.cdata:
        element.text = etree.CDATA(element.text)


def _between(root: etree._Element, make: Callable[[], etree._Element]) -> None:
    for holder in root:
        for child in list(holder):
            child.addprevious(make())
