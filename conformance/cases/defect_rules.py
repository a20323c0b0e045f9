"""What a defect in a case file may say: each mistake is reported with its line, before anything is built or sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from conformance.cases.defects import NAMESPACES, OPERATIONS, VARIABLE, element_and_attribute, fragment
from conformance.cases.scalars import scalar
from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import (
    DataError,
    Map,
    expect_fields,
    expect_list,
    expect_map,
    expect_text,
    expect_word,
    nearest,
)
from conformance.model import Place

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NAME = re.compile(r"(?:(?P<prefix>[\w.-]+):)?[^\W\d][\w.-]*")
_ANY_VARIABLE = re.compile(r"\$\{[^}]*\}?")
_VARIABLES = (
    "a defect knows ${kid.N}, ${content-id}, ${speke-version}, ${listener}, ${system.NAME} and those of for-each"
)
_PROBE = etree.Element("probe")


def read_defects(raw: Any, place: Place) -> tuple[Mapping[str, object], ...]:
    """The operations of a `defect:` list; DataError for an unknown operation, field, XPath, prefix or variable."""
    items = expect_list(raw, place, "defect")
    found: list[Mapping[str, object]] = []
    for item, at in zip(items, items.places, strict=True):
        one = expect_map(item, at, "a defect")
        for name, argument in one.items():
            expect_word(name, OPERATIONS, one.at(name), "operation")
            _known_variables(argument, one.at(name))
            _RULES[name](argument, one.at(name), f"the operation {name}")
        found.append(one)
    return tuple(found)


def _known_variables(value: Any, place: Place) -> None:
    if isinstance(value, Mapping):
        for item in value.values():
            _known_variables(item, place)
    elif isinstance(value, list):
        for item in value:
            _known_variables(item, place)
    elif isinstance(value, str):
        for match in _ANY_VARIABLE.finditer(value):
            known = VARIABLE.fullmatch(match.group())
            if known is None:
                raise DataError(place, f"the variable {match.group()} is not known; {_VARIABLES}")
            systems = load_catalogue().systems
            if known["system"] and known["system"] not in systems:
                raise DataError(
                    place, f"DRM system {known['system']!r} is not known{nearest(known['system'], systems)}"
                )


def _path(value: Any, place: Place, what: str) -> None:
    path, _ = element_and_attribute(VARIABLE.sub("x", expect_text(value, place, f"{what}: a path")))
    try:
        found = _PROBE.xpath(path, namespaces=dict(NAMESPACES))
    except etree.XPathError as error:
        raise DataError(place, f"{what}: {path!r} is not an XPath that can be used ({error})") from None
    if not isinstance(found, list):
        raise DataError(place, f"{what}: {path!r} names no elements")


def _attribute_path(value: Any, place: Place, what: str) -> None:
    _path(value, place, what)
    _, attribute = element_and_attribute(str(value))
    if attribute is not None:
        _name(attribute, place, what, {**NAMESPACES, "xml": ""})


def _name(value: Any, place: Place, what: str, prefixes: Mapping[str, str] = NAMESPACES) -> None:
    match = _NAME.fullmatch(expect_text(value, place, f"{what}: a name"))
    if match is None:
        raise DataError(place, f"{what}: {value!r} is not a name in XML")
    if match["prefix"] is not None:
        expect_word(match["prefix"], prefixes, place, f"{what}: the prefix")


def _text(value: Any, place: Place, what: str) -> None:
    if value is not None:
        scalar(value, place, what)


def _xml(value: Any, place: Place, what: str) -> None:
    try:
        children = fragment(VARIABLE.sub("x", expect_text(value, place, f"{what}: xml")))
    except etree.XMLSyntaxError as error:
        raise DataError(place, f"{what}: the xml is not well-formed ({error.msg})") from None
    if not children:
        raise DataError(place, f"{what}: the xml holds no element, comment or processing instruction")


def _position(value: Any, place: Place, what: str) -> None:
    if value not in ("first", "last") and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise DataError(place, f"{what}: position is first, last or a whole number from 0")


def _fields(required: Mapping[str, _Rule], optional: Mapping[str, _Rule] | None = None) -> _Rule:
    rules = {**required, **(optional or {})}

    def rule(argument: Any, place: Place, what: str) -> None:
        mapping: Map = expect_map(argument, place, what)
        expect_fields(mapping, required=required, optional=optional or (), what=what)
        for name, value in mapping.items():
            rules[name](value, mapping.at(name), what)

    return rule


def _headers(argument: Any, place: Place, what: str) -> None:
    for name, value in expect_map(argument, place, what).items():
        if not _TOKEN.fullmatch(name):
            raise DataError(place, f"{what}: {name!r} is not the name of a header")
        for item in value if isinstance(value, list) else [value]:
            text = "" if item is None else scalar(item, place, what)
            if "\n" in text or "\r" in text or not text.isascii():
                raise DataError(place, f"{what}: the value of {name} is not one line of ASCII")


def _method(argument: Any, place: Place, what: str) -> None:
    if not _TOKEN.fullmatch(expect_text(argument, place, what)):
        raise DataError(place, f"{what}: {argument!r} is not an HTTP method")


def _share(argument: Any, place: Place, what: str) -> None:
    if isinstance(argument, bool) or not isinstance(argument, int | float) or not 0 <= argument < 1:
        raise DataError(place, f"{what} takes the share of the bytes to be kept: a number from 0, less than 1")


def _some_text(value: Any, place: Place, what: str) -> None:
    if not isinstance(value, str) or not value:
        raise DataError(place, f"{what}: the text to be replaced must not be empty")


_Rule = Callable[[Any, Place, str], None]

_RULES: Mapping[str, _Rule] = {
    "remove": _attribute_path,
    "set": _fields({"at": _attribute_path, "to": _text}),
    "insert": _fields({"into": _path, "xml": _xml}, {"position": _position}),
    "rename": _fields({"at": _path, "to": _name}),
    "move": _fields({"at": _path, "into": _path}, {"position": _position}),
    "copy": _fields({"at": _path, "into": _path}, {"position": _position}),
    "copy-value": _fields({"from": _attribute_path, "to": _attribute_path}),
    "header": _headers,
    "method": _method,
    "body": _text,
    "truncate": _share,
    "replace": _fields({"this": _some_text, "by": _text}),
}
