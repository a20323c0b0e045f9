"""Harmless ways of writing the same request: what no key server may be confused by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from lxml import etree

from conformance.cpix.xml import CPIX

_KID_BEGINS: Final = re.compile(rb'( kid=")([0-9A-Za-z])')
_ON = ("yes",)
STYLES: Mapping[str, tuple[str, ...]] = {
    "prefix": (),
    "uppercase-kids": _ON,
    "indent": _ON,
    "attribute-order": ("reversed",),
    "child-order": ("spec",),
    "list-order": ("reversed", "by-system"),
    "comments": _ON,
    "empty-elements": ("two-tags",),
    "xml-declaration": _ON,
    "bom": _ON,
    "single-quotes": _ON,
    "crlf": _ON,
    "character-references": _ON,
}
"""Styles that a plan may ask for, with the words that they take; `prefix` takes any prefix."""

_SPEC_ORDER = (
    "HLSSignalingData",
    "ContentProtectionData",
    "PSSH",
    "SmoothStreamingProtectionHeaderData",
    "KeyPeriodFilter",
    "AudioFilter",
    "VideoFilter",
)


def style_tree(root: etree._Element, style: Mapping[str, str]) -> etree._Element:
    """The tree with the styles that change it: prefixes, order, comments, white space, empty elements."""
    if "prefix" in style:
        root = _with_prefix(root, style["prefix"] or None)
    if style.get("attribute-order") == "reversed":
        for element in root.iter(etree.Element):
            items = list(element.attrib.items())
            element.attrib.clear()
            for name, value in reversed(items):
                element.set(name, value)
    if style.get("child-order") == "spec":
        for element in root.iter(f"{{{CPIX}}}DRMSystem", f"{{{CPIX}}}ContentKeyUsageRule"):
            element[:] = sorted(element, key=lambda child: _rank(child))
    for name in _LISTS if "list-order" in style else ():
        for holder in root.iter(f"{{{CPIX}}}{name}"):
            holder[:] = reversed(holder) if style["list-order"] == "reversed" else sorted(holder, key=_by_system)
    if style.get("comments") == "yes":
        for element in list(root):
            element.insert(0, etree.Comment(" the suite writes this comment to see that it is skipped "))
    if style.get("empty-elements") == "two-tags":
        for element in root.iter(etree.Element):
            element.text = element.text or ""  # written as <PSSH></PSSH>, as SPEKE's pages print it
    if style.get("indent") == "yes":
        etree.indent(root, space="\t")
    return root


def serialize(root: etree._Element, style: Mapping[str, str]) -> bytes:
    """The tree as bytes, with the styles that change only the text."""
    body: bytes = etree.tostring(root, encoding="UTF-8")
    if style.get("character-references") == "yes":
        body = _KID_BEGINS.sub(lambda match: b"%s&#%d;" % (match[1], match[2][0]), body)
    declaration = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    if style.get("single-quotes") == "yes":
        body = body.replace(b"'", b"&apos;").replace(b'"', b"'")
        declaration = b"<?xml version='1.0' encoding='utf-8'?>\n"
    if style.get("xml-declaration") == "yes":
        body = declaration + body
    if style.get("crlf") == "yes":
        body = body.replace(b"\n", b"\r\n")
    return b"\xef\xbb\xbf" + body if style.get("bom") == "yes" else body


_LISTS = ("ContentKeyList", "DRMSystemList")


def _by_system(element: etree._Element) -> str:
    return element.get("systemId", "")


def _rank(child: etree._Element) -> int:
    name = etree.QName(child).localname if isinstance(child.tag, str) else ""
    return _SPEC_ORDER.index(name) if name in _SPEC_ORDER else len(_SPEC_ORDER)


def _with_prefix(root: etree._Element, prefix: str | None) -> etree._Element:
    """The same tree with another prefix for the CPIX namespace (None: the default namespace)."""
    nsmap = {(prefix if uri == CPIX else known): uri for known, uri in root.nsmap.items()}
    # The stubs do not know that None is the default namespace's prefix.
    renamed = etree.Element(root.tag, {str(k): str(v) for k, v in root.attrib.items()}, nsmap=cast(Any, nsmap))
    renamed.text = root.text
    for child in list(root):
        renamed.append(child)
    etree.cleanup_namespaces(renamed, keep_ns_prefixes=[name for name in nsmap if name])
    return renamed
