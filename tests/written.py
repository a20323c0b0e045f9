"""A results.json as others read it: plain JSON, with nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def every_result(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All results of a document, those that passed among them, each with its node id."""
    nodes = {case["name"]: case["node"] for case in document["cases"]}
    passed = [
        {**document["passes"][place], "case": case["name"], "step": step["id"], "state": "asked", "verdict": "PASS"}
        for case in document["cases"]
        for step in case["steps"]
        for place in step.get("passed", ())
    ]
    return [
        {**one, "node": f"{nodes[one['case']]}::{one['step']}[{one['check']}]"}
        for one in (*document["results"], *passed)
    ]
