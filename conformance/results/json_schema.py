"""Holds plain JSON data against a published schema; knows those words of JSON Schema that our schemas use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}
_WORDS = frozenset(
    {
        *("$schema", "$id", "$defs", "title", "description", "$ref", "type", "const", "enum", "pattern", "minimum"),
        *("properties", "required", "additionalProperties", "propertyNames", "items", "prefixItems"),
        *("minItems", "maxItems", "allOf", "anyOf"),
    }
)
_LONGEST_VALUE = 60


class UnknownWord(Exception):
    """The schema uses a word that is not understood here; ignoring it would let wrong documents pass."""


def complaints(schema: Mapping[str, Any], document: Any) -> Iterator[tuple[str, str]]:
    """(place such as `results/3/verdict`, sentence) for whatever does not fit the schema.

    Raises UnknownWord for a schema that says more than is understood.
    """
    yield from _check(schema, document, "", schema)


def _check(schema: Any, value: Any, place: str, root: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if schema is True:
        return
    if schema is False:
        yield place, "nothing may stand here"
        return
    unknown = schema.keys() - _WORDS
    if unknown:
        raise UnknownWord(f"{', '.join(sorted(unknown))} at {place or 'the top'}")
    if "$ref" in schema:
        yield from _check(root["$defs"][schema["$ref"].rpartition("/")[2]], value, place, root)
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(_TYPES[name](value) for name in types):
            yield place, f"{' or '.join(types)} was expected, not {_shown(value)}"
            return
    if "const" in schema and not _same(value, schema["const"]):
        yield place, f"{_shown(schema['const'])} was expected, not {_shown(value)}"
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        yield place, f"{_shown(value)} is none of the words that may stand here"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield place, f"{_shown(value)} is not of the form {schema['pattern']}"
    if "minimum" in schema and _TYPES["number"](value) and value < schema["minimum"]:
        yield place, f"{value} is less than {schema['minimum']}"
    for one in schema.get("allOf", ()):
        yield from _check(one, value, place, root)
    if "anyOf" in schema and all(any(True for _ in _check(one, value, place, root)) for one in schema["anyOf"]):
        yield place, f"{_shown(value)} is none of what may stand here"
    if isinstance(value, dict):
        yield from _object(schema, value, place, root)
    elif isinstance(value, list):
        yield from _array(schema, value, place, root)


def _object(
    schema: Mapping[str, Any], value: Mapping[str, Any], place: str, root: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield place, f"{name} is missing"
    for name, item in value.items():
        inside = f"{place}/{name}" if place else name
        if "propertyNames" in schema:
            yield from _check(schema["propertyNames"], name, inside, root)
        yield from _check(
            known[name] if name in known else schema.get("additionalProperties", True), item, inside, root
        )


def _array(
    schema: Mapping[str, Any], value: list[Any], place: str, root: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    if len(value) < schema.get("minItems", 0) or len(value) > schema.get("maxItems", len(value)):
        yield place, f"{len(value)} items are too few or too many"
    first = schema.get("prefixItems", [])
    for number, item in enumerate(value):
        wanted = first[number] if number < len(first) else schema.get("items", True)
        yield from _check(wanted, item, f"{place}/{number}", root)


def _same(value: Any, other: Any) -> bool:
    # For Python, True equals 1; for JSON it does not.
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def _shown(value: Any) -> str:
    text = "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
