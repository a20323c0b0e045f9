"""What the run covered and what not: the matrix of capabilities, rules without a result, and the silence register."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conformance.model import VERSIONS
from conformance.results.run_facts import RunFacts

Results = Sequence[Mapping[str, Any]]

MOST_OBSERVATIONS = 20
"""Different observations of one check that the silence register keeps."""

Cell = tuple[str, str, str]
"""(version, DRM system, scheme)."""


def matrix(run: RunFacts, exchanges: Mapping[str, Mapping[str, Any]], results: Results) -> list[dict[str, Any]]:
    """One row for each SPEKE version, DRM system and scheme that is claimed, was asked or was refused when probed.

    `state` is yes (asked, delivered, and nothing failed where it was asked), no, not covered or not claimed; `asked`
    and `delivered` count exchanges, `failed` counts results.
    """
    titles = {system.title: name for name, system in run.catalogue.systems.items()}
    steps = {f"{case.name}::{step.id}": step for case in run.cases for step in case.steps}
    failed = _failures(run, results)
    counts: defaultdict[Cell, list[int]] = defaultdict(lambda: [0, 0, 0])
    for name, one in exchanges.items():
        step = steps.get(name)
        if step is None or step.expect.kind != "accepted":
            continue
        for (system, scheme), delivered in _delivered(one.get("story", {}), titles).items():
            count = counts[step.plan.version, system, scheme]
            count[0] += 1
            count[1] += delivered
            count[2] += len([1 for about in failed.get(name, ()) if not about or system in about])
    cells = set(counts) | {
        (version, system, scheme) for version in run.claims.versions for system, scheme in run.claims.schemes
    }
    cells |= {
        (version, one.claim.partition("+")[0], one.claim.partition("+")[2])
        for one in run.unclaimed
        if "+" in one.claim
        for version in run.claims.versions
    }
    rank = {name: at for at, name in enumerate(run.catalogue.systems)}
    ordered = sorted(cells, key=lambda cell: (VERSIONS.index(cell[0]), rank.get(cell[1], 99), cell[1], cell[2]))
    return [_row(run, cell, *counts[cell]) for cell in ordered]


def _row(run: RunFacts, cell: Cell, asked: int, delivered: int, failed: int) -> dict[str, Any]:
    version, system, scheme = cell
    # Only schemes of common encryption are claimed; an HLS method in their place is claimed with its system.
    claimed = (system, scheme) in run.claims.schemes or (system in run.claims.systems and scheme.isupper())
    if not claimed or version not in run.claims.versions:
        state = "not claimed"
    elif not asked:
        state = "not covered"
    else:
        state = "yes" if delivered and not failed else "no"
    known = run.catalogue.systems.get(system)
    return {
        "version": version,
        "system": system,
        "title": known.title if known else system,
        "scheme": scheme,
        "state": state,
        "asked": asked,
        "delivered": delivered,
        "failed": failed,
    }


def _delivered(story: Mapping[str, Any], titles: Mapping[str, str]) -> dict[tuple[str, str], bool]:
    """(DRM system, scheme) as asked -> whether every key of it came with a filled DRMSystem."""
    found: dict[tuple[str, str], bool] = {}
    for row in story.get("keys", ()):
        for one in row["systems"]:
            cell = (titles.get(one["system"], one["system"]), row["scheme"])
            came = bool(row["answered"]) and one["delivered"] and set(one.get("empty", ())) != set(one["asked"])
            found[cell] = found.get(cell, True) and came
    return found


def _failures(run: RunFacts, results: Results) -> dict[str, list[frozenset[str]]]:
    """Exchange -> for each FAIL or KNOWN there, the DRM systems that it is about; empty for one about all of them."""
    about = {
        one.set.id: one.set.claim.removeprefix("system.") for one in run.sets if one.set.claim.startswith("system.")
    }
    uses = {(case.name, step.id): step.use or f"{case.name}::{step.id}" for case in run.cases for step in case.steps}
    found: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
    for result in results:
        if result["verdict"] in ("FAIL", "KNOWN"):
            bad = [grade["set"] for grade in result.get("grades", ()) if grade["verdict"] in ("FAIL", "KNOWN")]
            systems = frozenset(about[name] for name in bad if name in about)
            found[uses.get((result["case"], result["step"]), "")].append(systems)
    return found


def not_covered(run: RunFacts, results: Results) -> list[dict[str, str]]:
    """Rules of the required and claimed sets that nothing was found out about, and claims that nobody asked for."""
    answered: set[str] = set()
    reasons: dict[str, str] = {}
    for result in results:
        for name in result["requirements"]:
            if result["state"] == "asked":
                answered.add(name)
            else:
                reasons.setdefault(name, str(result.get("reason") or result["verdict"]))
    found: dict[str, dict[str, str]] = {}
    for one in run.sets:
        if not one.required or not one.set.decides or (one.set.claim and not run.claims.has(one.set.claim)):
            continue
        for name in {name for levels in one.levels.values() for name in levels}:
            if name in answered or name in found:
                continue
            rule = run.catalogue.requirements.get(name)
            why = (rule.untestable if rule else "") or reasons.get(name, "no question of this run is about it")
            found[name] = {
                "requirement": name,
                "set": one.set.id,
                "why": why,
                "kind": "untestable" if rule and rule.untestable else "not asked",
            }
    return [found[name] for name in sorted(found)]


def silence(results: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What was observed where the specifications are silent or contradict themselves: recorded, never judged."""
    seen: dict[str, dict[str, list[str]]] = {}
    requirement: dict[str, str] = {}
    for result in results:
        if result["verdict"] != "RECORDED":
            continue
        check = str(result["check"])
        requirement.setdefault(check, str(result.get("requirement", "")))
        for finding in result.get("findings", ()):
            cases = seen.setdefault(check, {}).setdefault(str(finding.get("seen", "")), [])
            if result["case"] not in cases:
                cases.append(str(result["case"]))
    return [
        {
            "check": check,
            "requirement": requirement[check],
            "observed": [{"seen": text, "cases": cases} for text, cases in list(found.items())[:MOST_OBSERVATIONS]],
        }
        for check, found in sorted(seen.items())
    ]
