"""What a version of the suite asks: taken from the suite itself, a catalogue folder or a result document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.cases import NotClaimed, resolve_case, resolve_plan
from conformance.catalogue import Catalogue, load_catalogue, read_catalogue
from conformance.catalogue.yamlfile import DataError
from conformance.checks.registry import Check
from conformance.checks.selector import foreseen
from conformance.model import VERSIONS, Case, Claims
from conformance.results.document import Document
from conformance.results.reader import read_results


@dataclass(frozen=True, slots=True)
class Rule:
    """A requirement as far as two versions can differ in it."""

    set: str
    levels: Mapping[str, str]
    """SPEKE version -> keyword."""
    text: str


@dataclass(frozen=True)
class Asks:
    """What is asked; None stands for what a source does not say."""

    name: str
    rules: Mapping[str, Rule]
    sets: Mapping[str, str]
    """Set -> title."""
    checks: Mapping[str, str] | None = None
    """Check -> question."""
    cases: Mapping[str, str] | None = None
    """Case with its variant -> title."""
    requires: tuple[str, ...] = ()
    """Sets that a profile names; empty where no profile is known."""
    claims: Claims | None = None
    whole: bool = True
    """False where only rules of the sets in force are known."""
    notes: tuple[str, ...] = ()
    """What a reader has to know of this source, a sentence each."""


def read_asks(path: Path) -> Asks:
    """What a results.json, a folder of reports, or a catalogue folder asks; raises DataError."""
    if path.is_dir() and (path / "sets.yaml").is_file():
        return of_catalogue(read_catalogue(path), str(path))
    if path.is_dir() and (path / "catalogue" / "sets.yaml").is_file():
        return of_catalogue(read_catalogue(path / "catalogue"), str(path))
    if not path.exists():
        raise DataError(str(path), "there is no such file or folder; name a results.json or a catalogue folder")
    return of_document(read_results(path), str(path))


def of_document(document: Document, name: str) -> Asks:
    """What a run asked, and what its profile requires."""
    version = f"{document.tool.version}, catalogue {document.catalogue.digest[:12]}"
    return Asks(
        name=f"{name} (suite {version})",
        rules={key: Rule(one.set, one.levels, one.rule) for key, one in document.requirements.items()},
        sets={one.id: one.title for one in document.sets},
        checks={key: one.question for key, one in document.checks.items()},
        cases={one.name: one.title for one in document.cases},
        requires=(*document.profile.requires, *document.profile.reports),
        claims=document.claims.claims,
        whole=False,
        notes=("the run was partial: what it did not check counts as new",) if document.run.partial else (),
    )


def of_catalogue(catalogue: Catalogue, name: str) -> Asks:
    """What a catalogue holds; which checks and cases go with it cannot be told from it."""
    return Asks(
        name=f"{name} (catalogue {catalogue.digest[:12]})",
        rules={
            key: Rule(one.set, {version: level.value for version, level in one.levels.items()}, one.rule)
            for key, one in catalogue.requirements.items()
        },
        sets={key: one.title for key, one in catalogue.sets.items()},
    )


def of_suite(cases: Sequence[Case], checks: Mapping[str, Check], other: Asks, version: str) -> Asks:
    """What this version asks; of the profile that `other` was run with, where there is one."""
    catalogue = load_catalogue()
    whole = of_catalogue(catalogue, f"this version, {version}")
    if other.claims is None:
        return Asks(whole.name, whole.rules, whole.sets)
    sets = [name for name in other.requires if name in catalogue.sets]
    held = {rule for name in sets for at in VERSIONS for rule in catalogue.resolve_set(name, at)}
    asked = [case for case in cases if _is_sent(case, other.claims)]
    used = {check.id for case in asked for step in case.steps for check in foreseen(step)}
    return Asks(
        whole.name,
        {name: rule for name, rule in whole.rules.items() if name in held or name in other.rules},
        {name: whole.sets[name] for name in sets},
        {name: check.question for name, check in checks.items() if name in used and set(check.requirements) & held},
        {case.name: case.title for case in asked},
        tuple(sets),
        other.claims,
        whole=False,
    )


def _is_sent(case: Case, claims: Claims) -> bool:
    """Whether some request of the case is sent under these claims."""
    try:
        resolve_case(case, claims)
        for step in case.steps:
            resolve_plan(step.plan, claims)
    except NotClaimed:
        return False
    return True
