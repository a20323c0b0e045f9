"""The operations that make a good request bad, as JSON Schema."""

from __future__ import annotations

from conformance.authoring.schema_parts import Schema, mapping, plain, text
from conformance.cases.defects import OPERATIONS

_PATH = text("XPath with the prefixes cpix, pskc, ds, enc.")
_POSITION: Schema = {"anyOf": [{"enum": ["first", "last"]}, {"type": "integer", "minimum": 0}]}
_VALUE: Schema = {"type": ["string", "number", "boolean", "null"]}


def operations() -> dict[str, Schema]:
    """Operation -> its argument; one that is not described here may hold anything."""
    known: dict[str, Schema] = {
        "remove": text("An element, or an attribute (…/@name)."),
        "set": mapping({"at": _PATH, "to": _VALUE}, ("at", "to"), "An attribute's value, or an element's text."),
        "insert": mapping({"into": _PATH, "xml": text(), "position": _POSITION}, ("into", "xml")),
        "rename": mapping({"at": _PATH, "to": text("prefix:name")}, ("at", "to")),
        "move": mapping({"at": _PATH, "into": _PATH, "position": _POSITION}, ("at", "into")),
        "copy": mapping({"at": _PATH, "into": _PATH, "position": _POSITION}, ("at", "into")),
        "copy-value": mapping({"from": _PATH, "to": _PATH}, ("from", "to")),
        "header": {
            "type": "object",
            "additionalProperties": {"anyOf": [_VALUE, {"type": "array", "items": plain()}]},
            "description": "Header -> value; null removes it, a list sends it several times.",
        },
        "method": text("The HTTP method."),
        "body": {**_VALUE, "description": "The whole body, exactly as written here."},
        "truncate": {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "description": "Share of the bytes kept."},
        "replace": mapping({"this": text(), "by": _VALUE}, ("this", "by"), "On the text of the request."),
    }
    return {name: known.get(name, {}) for name in OPERATIONS}
