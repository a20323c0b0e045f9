"""The published schema of a result document, as the tests use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

import conformance.results

SCHEMA: dict[str, Any] = json.loads(
    (Path(conformance.results.__file__).parent / "schema" / "results.schema.json").read_text("utf-8")
)


def complaints(document: dict[str, Any]) -> list[str]:
    """What the schema has to say against a document; empty for a valid one."""
    Draft202012Validator.check_schema(SCHEMA)
    found = Draft202012Validator(SCHEMA).iter_errors(document)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:120]}" for error in found]
