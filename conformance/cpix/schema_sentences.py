"""Turns what a schema engine says into a place, what was expected there and what was seen; never quotes a value.

A value that breaks the schema may be a key with a character too many, so only lengths and names are told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from conformance.cpix.xml import local_name, where

if TYPE_CHECKING:
    from xmlschema import XMLSchemaValidationError

_ATTRIBUTE = re.compile(r"attribute ([\w.:{}/\-#]+)=")
_MISSING = re.compile(r"missing required attribute '([^']{1,80})'")
_NOT_ALLOWED = re.compile(r"attribute '([^']{1,80})' not allowed")
_MUST_BE = re.compile(r"value must be ([a-z ]{1,40})$")
_LIBXML2 = re.compile(r"Element '([^']{1,200})'(?:, attribute '([^']{1,200})')?: (.*)", re.DOTALL)
_BUILT_IN = {
    "base64Binary": "base64 with padding, unused bits zero",
    "boolean": "true or false",
    "dateTime": "a date with a time, such as 2026-01-01T00:00:00Z",
    "duration": "a duration, such as PT10S",
    "integer": "a whole number",
    "nonNegativeInteger": "a whole number",
}
_QUOTED = re.compile(r"(?:The (?:QName )?value )?'.*'", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that the schema does not accept, without any value of the document."""

    where: str
    """XPath, as elsewhere."""
    expected: str
    seen: str
    about_names: bool = False
    """About an element or attribute that is there or is missing, and not about a value."""


def from_xmlschema(error: XMLSchemaValidationError, root: etree._Element) -> Complaint:
    """A complaint from an error of xmlschema about a document that was parsed by lxml."""
    element = error.elem if isinstance(error.elem, etree._Element) else root
    reason = error.reason or ""
    if missing := _MISSING.match(reason):
        return Complaint(where(element), f"the attribute {missing[1]}", "no such attribute", about_names=True)
    if extra := _NOT_ALLOWED.match(reason):
        seen = f"the attribute {extra[1]}"
        return Complaint(where(element), "only the attributes that the schema lists", seen, about_names=True)
    index = getattr(error, "index", None)
    if isinstance(index, int):
        if index < len(element):
            name = f"the element {local_name(element[index])}"
            return Complaint(where(element[index]), _children_of(element), name, about_names=True)
        return Complaint(where(element), _children_of(element), "other content", about_names=True)
    if reason.startswith("character data"):
        return Complaint(where(element), _children_of(element), "text between the elements", about_names=True)
    named = _ATTRIBUTE.match(reason)
    attribute = named[1] if named and named[1] in element.attrib else None
    value = str(element.get(attribute, "")) if attribute else element.text or ""
    plain = _MUST_BE.search(reason)
    wanted = f"a value that is {plain[1]}" if plain else _wanted(error.validator)
    return Complaint(where(element, attribute), wanted, _measure(value))


def from_libxml2(entry: etree._LogEntry, root: etree._Element) -> Complaint:
    """A complaint from a line of lxml's log; its place is the first element of that name."""
    found = _LIBXML2.match(entry.message or "")
    if found is None:
        return Complaint(where(root), "a document that is valid", "the schema does not accept it")
    element = next(root.iter(found[1]), root)
    attribute = found[2] if found[2] and found[2] in element.attrib else None
    if attribute is not None or "alue" in found[3] or "facet" in found[3]:
        value = str(element.get(attribute, "")) if attribute else element.text or ""
        return Complaint(where(element, attribute), "a value of the form that the schema gives", _measure(value))
    return Complaint(where(element), "what the schema allows", _QUOTED.sub("…", found[3]).strip(), True)


def _children_of(element: etree._Element) -> str:
    return f"only the elements that the schema lists in {local_name(element)}"


def _measure(value: str) -> str:
    return f"another value, {len(value)} characters long" if value else "an empty value"


def _wanted(validator: Any) -> str:
    """What a facet or a type of our schemas wants, in the words that stand beside it in the schema."""
    values = getattr(validator, "enumeration", None)
    if values:
        return " or ".join(str(value) for value in values)
    kind = getattr(validator, "parent", None) if not hasattr(validator, "primitive_type") else validator
    for one in (kind, getattr(validator, "parent", None)):
        words = str(getattr(one, "annotation", None) or "").strip()
        if words:
            return " ".join(words.split())
    return _BUILT_IN.get(str(getattr(validator, "local_name", "")), "a value of the form that the schema gives")
