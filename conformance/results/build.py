"""The one raw result document of a run; every report is a view of it and can be made of it again, offline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from fnmatch import fnmatchcase
from typing import Any

from conformance.catalogue import UnknownName
from conformance.judge import Judgement, KnownDeviation, SetOutcome, Summary
from conformance.model import Case, Expectation, Requirement, Step, Verdict
from conformance.recording.exchange_record import result_record
from conformance.results.claims_matrix import matrix, not_covered, silence
from conformance.results.hashes import baseline_hash, environment_hash
from conformance.results.run_facts import RunFacts
from conformance.results.run_warnings import run_warnings
from conformance.results.suite_proof import proof
from conformance.results.traffic import budget
from conformance.run.profile import Profile

FORMAT = 1
"""Version of the document's shape; a reader refuses a greater one."""

Nodes = Mapping[tuple[str, str, str], str]
"""(case, step, check) -> the node id that repeats the question."""


def results_document(
    run: RunFacts,
    judgements: Sequence[Judgement],
    nodes: Nodes,
    exchanges: Mapping[str, dict[str, Any]],
    summary: Summary,
    exit_status: int,
) -> dict[str, Any]:
    """Everything that is known about a run, as plain JSON data; `complete: true` comes last.

    `exchanges` are the recorder's, by `case::step`. The shape is published as `schema/results.schema.json`.
    """
    results = [
        result_record(one, nodes.get((one.result.case, one.result.step, one.result.check), "")) for one in judgements
    ]
    _mark_disputed(results, run.profile)
    cases = {case.name: case for case in run.cases}
    asked = [case for case in run.cases if case.name in {result["case"] for result in results}]
    document: dict[str, Any] = {
        "format": FORMAT,
        "tool": {"name": "speke-conformance", "version": run.tool_version},
        "catalogue": {"version": run.catalogue.version, "digest": run.catalogue.digest},
        "baseline": baseline_hash(run),
        "environment": {"hash": environment_hash(run), **run.environment},
        "run": _run(run, summary),
        "profile": _profile(run.profile),
        "claims": _claims(run),
        "outcome": summary.outcome.value,
        "exit_status": exit_status,
        "counts": {verdict.value: summary.counts.get(verdict, 0) for verdict in Verdict if summary.counts.get(verdict)},
        "sets": [_set(one) for one in summary.sets],
        "requirements": _requirements(run, results),
        "checks": _checks(run, results),
        "cases": [_case(case, run, exchanges) for case in asked],
        "not_run": sorted(set(cases) - {case.name for case in asked}),
        "exchanges": dict(exchanges),
        "results": results,
        "stale": [_stale(entry, why) for entry, why in summary.stale],
        "warnings": run_warnings(run, exchanges, results),
        "budget": budget(run, exchanges),
        "not_covered": not_covered(run, results),
        "matrix": matrix(run, exchanges, results),
        "silence": silence(results),
        "proof": proof(),
    }
    document["complete"] = True
    return document


def _run(run: RunFacts, summary: Summary) -> dict[str, Any]:
    return {
        "seed": run.seed,
        "started": run.started,
        "finished": run.finished,
        "target": {
            "host": run.host,
            "scheme": run.scheme,
            "built_in": run.built_in,
            "faults": list(run.faults),
        },
        "auth": {"kind": run.auth_kind, **run.auth_options},
        "gate": run.gate,
        "strict": run.strict,
        "insecure": run.insecure,
        "concurrency": run.concurrency,
        "timeout": run.timeout,
        "limits": dict(run.limits),
        "labels": dict(run.labels),
        "who": run.who,
        "command": run.command,
        "options": list(run.options),
        "stopped": run.stopped,
        "partial": summary.ending.partial,
        "interrupted": summary.ending.interrupted,
        "incomplete": summary.ending.incomplete,
    }


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "title": profile.title,
        "requires": list(profile.requires),
        "reports": list(profile.reports),
        "cases": list(profile.only_cases),
        "known": [_known(entry) for entry in profile.known],
        "disputed": [
            {"finding": one.finding, "sentence": one.sentence, "reference": one.reference, "date": one.date}
            for one in profile.disputed
        ],
    }


def _known(entry: KnownDeviation) -> dict[str, str]:
    return {
        "finding": entry.finding,
        "reason": entry.reason,
        "reference": entry.reference,
        "date": entry.date,
        "expires": entry.expires,
    }


def _stale(entry: KnownDeviation, why: str) -> dict[str, str]:
    return _known(entry) | {"why": why}


def _claims(run: RunFacts) -> dict[str, Any]:
    claims = run.claims
    return {
        "discovered": run.discovered,
        "versions": sorted(claims.versions),
        "schemes": [list(pair) for pair in sorted(claims.schemes)],
        "features": sorted(claims.features),
        "refuses": list(claims.refuses),
        "concurrent": claims.concurrent,
        "refusals": [asdict(one) for one in run.unclaimed],
    }


def _set(one: SetOutcome) -> dict[str, Any]:
    return {
        "id": one.set.id,
        "title": one.set.title,
        "version": one.set.version,
        "required": one.required,
        "decides": one.set.decides,
        "claim": one.set.claim,
        "claimed": one.claimed,
        "outcome": one.outcome.value,
        "counts": {verdict.value: one.counts[verdict] for verdict in Verdict if one.counts.get(verdict)},
        "why": one.why,
    }


def _requirements(run: RunFacts, results: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The rules that some result speaks of, and those in force that none does."""
    used = {name for result in results for name in result["requirements"]}
    used |= {name for one in run.sets for levels in one.levels.values() for name in levels}
    found = {}
    for name in sorted(used):
        try:
            found[name] = _requirement(run.catalogue.requirement(name), run)
        except UnknownName:
            continue
    return found


def _requirement(item: Requirement, run: RunFacts) -> dict[str, Any]:
    page = run.catalogue.pages.get(item.source.page)
    told: dict[str, Any] = {
        "rule": item.rule,
        "set": item.set,
        "levels": {version: level.value for version, level in item.levels.items()},
        "page": item.source.page,
        "page_title": page.title if page else item.source.page,
        "page_address": page.address if page else "",
        "confidence": item.source.confidence.value,
        "effect": item.effect,
    }
    if item.source.sentence:
        told["sentence"] = item.source.sentence
    if item.fix:
        told["fix"] = item.fix
    if item.untestable:
        told["untestable"] = item.untestable
    return told


def _checks(run: RunFacts, results: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    used = {result["check"] for result in results}
    return {
        name: {
            "question": check.question,
            "explanation": check.explanation,
            "requirements": list(check.requirements),
        }
        for name, check in sorted(run.checks.items())
        if name in used
    }


def _case(case: Case, run: RunFacts, exchanges: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": case.name,
        "id": case.id,
        "variant": case.variant,
        "title": case.title,
        "why": case.why,
        "area": case.area,
        "version": case.version,
        "tags": list(case.tags),
        "steps": [_step(case, step, run, exchanges) for step in case.steps],
    }


def _step(case: Case, step: Step, run: RunFacts, exchanges: Mapping[str, Any]) -> dict[str, Any]:
    name = step.use or f"{case.name}::{step.id}"
    told: dict[str, Any] = {"id": step.id, "expect": _expect(step.expect, run)}
    if step.defect_title:
        told["defect"] = step.defect_title
    if name in exchanges:
        told["exchange"] = name
    return told


def _expect(expect: Expectation, run: RunFacts) -> dict[str, Any]:
    messages = [name for name in (expect.message, *expect.alternatives) if name]
    texts = [run.catalogue.messages[name].text for name in messages if name in run.catalogue.messages]
    told: dict[str, Any] = {"kind": expect.kind}
    if texts:
        told["messages"] = texts
    if expect.any_refusal:
        told["any_refusal"] = True
    return told


def _mark_disputed(results: Iterable[dict[str, Any]], profile: Profile) -> None:
    if not profile.disputed:
        return
    for result in results:
        name = result.get("finding_id", "")
        for one in profile.disputed if name else ():
            # Node names contain brackets, which fnmatch would read as a character class.
            if fnmatchcase(name, one.finding.replace("[", "[[]")):
                result["disputed"] = {"sentence": one.sentence, "reference": one.reference, "date": one.date}
