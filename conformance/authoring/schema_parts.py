"""Small pieces of JSON Schema (draft 7, which editors know best)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
VARIABLE: Schema = {"type": "string", "pattern": r"\$\{[^}]+\}"}
"""A text with a variable of `for-each`, which may stand for any word."""


def text(description: str = "", pattern: str = "") -> Schema:
    """Text that is not empty."""
    return _told({"type": "string", "minLength": 1, **({"pattern": pattern} if pattern else {})}, description)


def word(words: Iterable[str], description: str = "", *, variable: bool = False) -> Schema:
    """One of some words; `variable`: or a variable of `for-each`."""
    listed: Schema = {"enum": list(words)}
    return _told({"anyOf": [listed, VARIABLE]} if variable else listed, description)


def one_or_more(item: Schema, description: str = "") -> Schema:
    """One item, or a list of them."""
    return _told({"anyOf": [item, items(item)]}, description)


def items(item: Schema, description: str = "", *, least: int = 0) -> Schema:
    """A list."""
    return _told({"type": "array", "items": item, **({"minItems": least} if least else {})}, description)


def mapping(fields: Mapping[str, Schema], required: Iterable[str] = (), description: str = "") -> Schema:
    """A mapping with these fields and no other."""
    made: Schema = {"type": "object", "properties": dict(fields), "additionalProperties": False}
    if names := list(required):
        made["required"] = names
    return _told(made, description)


def one_of_fields(fields: Mapping[str, Schema], description: str = "") -> Schema:
    """A mapping with exactly one of these fields."""
    return mapping(fields, (), description) | {"minProperties": 1, "maxProperties": 1}


def values(description: str = "") -> Schema:
    """Attribute values: text, a number or a truth value each."""
    return _told({"type": "object", "additionalProperties": plain()}, description)


def plain(description: str = "") -> Schema:
    """A plain value."""
    return _told({"type": ["string", "number", "boolean"]}, description)


def ref(name: str) -> Schema:
    """What stands under that name among the definitions of the document."""
    return {"$ref": f"#/definitions/{name}"}


def document(name: str, title: str, schema: Schema, definitions: Mapping[str, Schema] | None = None) -> Schema:
    """A whole schema with its head and the parts that it refers to by name."""
    shared = {"definitions": dict(definitions)} if definitions else {}
    return {"$schema": DRAFT, "$id": name, "title": title, **schema, **shared}


def _told(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description} if description else schema
