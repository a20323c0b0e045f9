"""The published schema of a result document, as the tests use it."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator

from conformance.results.document import Document
from conformance.results.reader import schema
from conformance.results.seal import sealed

SCHEMA = schema()


def complaints(document: Document | dict[str, Any]) -> list[str]:
    """What the schema has to say against a document; empty for a valid one."""
    Draft202012Validator.check_schema(SCHEMA)
    if isinstance(document, Document):
        document = json.loads(sealed(document))
    found = Draft202012Validator(SCHEMA).iter_errors(document)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:120]}" for error in found]
