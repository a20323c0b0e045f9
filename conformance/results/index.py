"""Reads a result document for the views: what belongs to a result is found by name, and a failure is put together."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

URL = "$SPEKE_URL"
"""Stands for the server's URL in commands: reports show the host only."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")


@dataclass(frozen=True, slots=True)
class SeenValue:
    """One finding, as a report shows it."""

    where: str
    expected: str
    seen: str
    hint: str


@dataclass(frozen=True, slots=True)
class FailureView:
    """Everything a person needs to know about one result that is not as it should be."""

    verdict: str
    check: str
    question: str
    case: str
    title: str
    step: str
    defect: str
    requirement: str
    level: str
    set: str
    rule: str
    page: str
    address: str
    """Where anybody can read that page."""
    sentence: str
    effect: str
    fix: str
    findings: tuple[SeenValue, ...]
    reason: str
    finding_id: str
    node: str
    repeat: str
    """The command that asks this one question again."""
    curl: str
    """Path of the curl script inside the report's folder; empty where nothing was sent."""
    known: Mapping[str, str]
    disputed: Mapping[str, str]


class ResultsIndex:
    """A result document with its parts by name. Takes nothing from anywhere else."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.results: Sequence[Mapping[str, Any]] = document["results"]
        self.requirements: Mapping[str, Mapping[str, Any]] = document["requirements"]
        self.checks: Mapping[str, Mapping[str, Any]] = document["checks"]
        self.exchanges: Mapping[str, Mapping[str, Any]] = document["exchanges"]
        self.cases: Mapping[str, Mapping[str, Any]] = {case["name"]: case for case in document["cases"]}
        self.steps: Mapping[tuple[str, str], Mapping[str, Any]] = {
            (case["name"], step["id"]): step for case in document["cases"] for step in case["steps"]
        }

    @cached_property
    def by_step(self) -> Mapping[tuple[str, str], list[Mapping[str, Any]]]:
        """The results of each step, in order."""
        found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for result in self.results:
            found.setdefault((result["case"], result["step"]), []).append(result)
        return found

    @cached_property
    def by_requirement(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """The results that speak for each requirement, in order."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for result in self.results:
            for name in result["requirements"]:
                found.setdefault(name, []).append(result)
        return found

    @cached_property
    def paths(self) -> Mapping[str, str]:
        """Exchange -> where its files are inside the report's folder, without their endings; no two are the same."""
        taken: set[str] = set()
        found = {}
        for name, one in self.exchanges.items():
            base = f"exchanges/{safe_name(one['case'])}/{safe_name(one['step'])}"
            number, path = 2, base
            while path.lower() in taken:  # lower case: some file systems do not tell letters apart
                path, number = f"{base}-{number}", number + 1
            taken.add(path.lower())
            found[name] = path
        return found

    def exchange_of(self, result: Mapping[str, Any]) -> str:
        """The name of the exchange that a result is about; empty where there is none."""
        return str(self.steps.get((result["case"], result["step"]), {}).get("exchange", ""))

    def of_verdict(self, *verdicts: str) -> Iterator[Mapping[str, Any]]:
        """The results with one of these verdicts, in order."""
        return (result for result in self.results if result["verdict"] in verdicts)

    def failure(self, result: Mapping[str, Any]) -> FailureView:
        """What there is to tell about a result, put together from all parts of the document."""
        grades = [grade for grade in result.get("grades", ()) if grade["verdict"] == result["verdict"]]
        grade = next((one for one in grades if one["requirement"] == result.get("requirement")), None) or (
            grades[0] if grades else {}
        )
        name = grade.get("requirement") or result.get("requirement") or next(iter(result["requirements"]), "")
        rule = self.requirements.get(name, {})
        step = self.steps.get((result["case"], result["step"]), {})
        exchange = step.get("exchange", "")
        return FailureView(
            verdict=result["verdict"],
            check=result["check"],
            question=self.checks.get(result["check"], {}).get("question", ""),
            case=result["case"],
            title=self.cases.get(result["case"], {}).get("title", ""),
            step=result["step"],
            defect=step.get("defect", ""),
            requirement=name,
            level=grade.get("level", ""),
            set=grade.get("set", rule.get("set", "")),
            rule=rule.get("rule", ""),
            page=rule.get("page_title", ""),
            address=rule.get("page_address", ""),
            sentence=rule.get("sentence", ""),
            effect=rule.get("effect", ""),
            fix=rule.get("fix", ""),
            findings=tuple(
                SeenValue(one.get("where", ""), one.get("expected", ""), one.get("seen", ""), one.get("hint", ""))
                for one in result.get("findings", ())
            ),
            reason=result.get("reason", ""),
            finding_id=result.get("finding_id", ""),
            node=result["node"],
            repeat=self.repeat(result["node"]),
            curl=f"{self.paths[exchange]}.curl.sh" if exchange in self.paths else "",
            known=result.get("known", {}),
            disputed=result.get("disputed", {}),
        )

    def repeat(self, node: str) -> str:
        """The command that asks one question again; empty for a result without a node id."""
        if not node:
            return ""
        run = self.document["run"]
        url = "" if run["target"]["built_in"] else f' --server-url "{URL}"'
        return f"pytest {shlex.quote(node)}{url} {shlex.join(run['options'])}".rstrip()


def safe_name(name: str) -> str:
    """A file name made of a case's or step's name: no separators, no brackets, never hidden, of bounded length."""
    return _UNSAFE.sub("_", name).strip("._")[:100] or "_"
