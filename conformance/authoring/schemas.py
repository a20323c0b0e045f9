"""The published schemas by name, as text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from conformance.authoring.case_schema import case_schema
from conformance.authoring.fault_schema import fault_schema
from conformance.authoring.profile_schema import profile_schema
from conformance.authoring.schema_parts import Schema

SCHEMAS: Mapping[str, Callable[[], Schema]] = {"case": case_schema, "fault": fault_schema, "profile": profile_schema}


def schema_text(name: str) -> str:
    """The schema of that name as JSON; KeyError for a name that there is none of."""
    return json.dumps(SCHEMAS[name](), indent=1, ensure_ascii=False) + "\n"


def file_name(name: str) -> str:
    """What its file is called, wherever it stands."""
    return f"{name}.schema.json"
