"""A request body becomes an XML tree, or a refusal; nothing in it is trusted."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from lxml import etree

from conformance.refserver.names import cpix
from conformance.refserver.refusals import Refusal

MAXIMUM_ELEMENTS = 20_000
MAXIMUM_ATTRIBUTES = 64

_DECLARED_ENCODING = re.compile(rb"^(?:\xef\xbb\xbf)?<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


def parse(body: bytes, maximum: int, dropped: AbstractSet[str] = frozenset()) -> etree._Element:
    """Parse a CPIX request body of at most `maximum` bytes; raise Refusal where it is not one.

    `dropped` names checks that a fault has switched off; without `doctype`, internal entities are expanded.
    """
    if len(body) > maximum:
        raise Refusal("body-size", "The request body is too large.", 413)
    if not body.strip():
        raise Refusal("body", "The request has no body; a CPIX document was expected.")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("body-encoding", "The request body is not UTF-8.") from None
    declared = _DECLARED_ENCODING.match(body)
    if declared and declared.group(1).lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        raise Refusal("body-encoding", "The request body declares an encoding other than UTF-8.")
    if b"<!DOCTYPE" in body and "doctype" not in dropped:
        raise Refusal("doctype", "A document type declaration is not accepted.")
    parser = etree.XMLParser(
        encoding="UTF-8",
        resolve_entities="doctype" in dropped,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover="xml" in dropped,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Refusal("xml", "The request body is not well-formed XML.") from None
    if root is None:
        raise Refusal("xml", "The request body is not well-formed XML.")
    _refuse_excess(root)
    if root.tag != cpix("CPIX") and "root" not in dropped:
        raise Refusal("root", "The root element of the request is not CPIX.")
    return root


def _refuse_excess(root: etree._Element) -> None:
    for count, element in enumerate(root.iter()):
        if count >= MAXIMUM_ELEMENTS or len(element.keys()) > MAXIMUM_ATTRIBUTES:
            raise Refusal("body-size", "The request document has too many parts.", 413)
