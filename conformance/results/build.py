"""Makes the one raw result document of a run; every report is a view of it and can be made of it again, offline."""

from __future__ import annotations

from collections.abc import Container, Mapping
from pathlib import Path

from msgspec.structs import replace

from conformance.cases import cases_directory
from conformance.cases.library import shipped_name
from conformance.catalogue import UnknownName
from conformance.catalogue.advice import Advice, load_advice
from conformance.judge import KnownDeviation, SetOutcome, Summary
from conformance.model import Case, Expectation, Requirement, Step, Verdict
from conformance.recording.records import Exchanges
from conformance.results.bodies import name_bodies
from conformance.results.claims_matrix import matrix, not_covered, silence
from conformance.results.combinations import combinations
from conformance.results.document import (
    FORMAT,
    CaseRecord,
    CatalogueRecord,
    CheckRecord,
    Counts,
    Document,
    ExpectedAnswer,
    RequirementRecord,
    SetResult,
    StaleEntry,
    StepRecord,
    Tool,
)
from conformance.results.endpoints import endpoint_outcomes
from conformance.results.hashes import baseline_hash, environment_hash
from conformance.results.judgements import Judgements
from conformance.results.run_facts import RunFacts
from conformance.results.run_record import ClaimsRecord, ProfileRecord
from conformance.results.run_warnings import run_warnings
from conformance.results.suite_proof import proof
from conformance.results.traffic import budget
from conformance.run.profile import Profile


def results_document(
    run: RunFacts, judgements: Judgements, exchanges: Exchanges, summary: Summary, exit_status: int
) -> Document:
    """Everything that is known about a run; `exchanges` are the recorder's, by `case::step`."""
    name_bodies(exchanges)
    judgements.sort(run.cases)
    asked = judgements.cases
    ending = summary.ending
    return Document(
        format=FORMAT,
        tool=Tool("speke-conformance", run.tool_version),
        catalogue=CatalogueRecord(run.catalogue.version, run.catalogue.digest),
        baseline=baseline_hash(run),
        environment={"hash": environment_hash(run), **run.environment},
        run=replace(run.record, partial=ending.partial, interrupted=ending.interrupted, incomplete=ending.incomplete),
        profile=_profile(run.profile),
        claims=ClaimsRecord.of(run.claims, run.unclaimed, discovered=run.discovered),
        outcome=summary.outcome,
        exit_status=exit_status,
        counts=_counts(summary.counts),
        sets=[_set(one) for one in summary.sets],
        requirements=_requirements(run, judgements),
        checks=_checks(run, judgements),
        cases=[_case(case, run, exchanges, judgements) for case in run.cases if case.name in asked],
        not_run=sorted({case.name for case in run.cases} - asked),
        exchanges=dict(exchanges),
        passes=judgements.passes,
        results=judgements.results,
        stale=[_stale(entry, why) for entry, why in summary.stale],
        warnings=run_warnings(run, exchanges, judgements),
        budget=budget(run, exchanges),
        not_covered=not_covered(run, judgements),
        combinations=combinations(run, exchanges, whole=not ending.partial),
        matrix=matrix(run, exchanges, judgements.results),
        silence=silence(judgements.results),
        proof=proof(),
        endpoints=endpoint_outcomes(run, judgements, ending),
        complete=True,
    )


def node_of(case: Case) -> str:
    """File and name of a case as pytest takes them, wherever it is typed: what ships is named from the suite's folder.

    A case of one's own is named from the current folder where it is inside, else by its whole path.
    """
    if not case.path:
        return ""
    path, here = Path(case.path), Path.cwd()
    if path.is_relative_to(cases_directory()):
        return f"{shipped_name(path)}::{case.name}"
    return f"{(path.relative_to(here) if path.is_relative_to(here) else path).as_posix()}::{case.name}"


def _profile(profile: Profile) -> ProfileRecord:
    return ProfileRecord(
        profile.name,
        profile.title,
        list(profile.requires),
        list(profile.reports),
        list(profile.only_cases),
        list(profile.known),
        list(profile.disputed),
    )


def _stale(entry: KnownDeviation, why: str) -> StaleEntry:
    return StaleEntry(entry.finding, entry.reason, entry.reference, entry.date, entry.expires, why)


def _set(one: SetOutcome) -> SetResult:
    return SetResult(
        one.set.id,
        one.set.title,
        one.set.version,
        one.required,
        one.set.decides,
        one.set.claim,
        one.claimed,
        one.outcome,
        _counts(one.counts),
        one.why,
        one.set.group,
    )


def _counts(counts: Mapping[Verdict, int]) -> Counts:
    return {verdict: counts[verdict] for verdict in Verdict if counts.get(verdict)}


def _requirements(run: RunFacts, judgements: Judgements) -> dict[str, RequirementRecord]:
    """The rules that some result speaks of, and those in force that none does."""
    used = {name for one in judgements.kinds for name in one.requirements}
    used |= {name for one in run.sets for levels in one.levels.values() for name in levels}
    found = {}
    for name in sorted(used):
        try:
            found[name] = _requirement(run.catalogue.requirement(name), run)
        except UnknownName:
            continue
    return found


def _requirement(item: Requirement, run: RunFacts) -> RequirementRecord:
    page = run.catalogue.pages.get(item.source.page)
    return RequirementRecord(
        item.rule,
        item.set,
        {version: level.value for version, level in item.levels.items()},
        item.source.page,
        page.title if page else item.source.page,
        page.address if page else "",
        item.source.confidence.value,
        item.effect,
        item.source.sentence,
        item.fix,
        item.untestable,
    )


def _checks(run: RunFacts, judgements: Judgements) -> dict[str, CheckRecord]:
    used = {one.check for one in judgements.kinds}
    own = {name: load_advice().get(name, Advice()) for name in used}
    return {
        name: CheckRecord(check.question, check.explanation, list(check.requirements), own[name].fix, own[name].effect)
        for name, check in sorted(run.checks.items())
        if name in used
    }


def _case(case: Case, run: RunFacts, exchanges: Container[str], judgements: Judgements) -> CaseRecord:
    return CaseRecord(
        case.name,
        case.id,
        case.variant,
        case.title,
        case.why,
        case.area,
        case.version,
        list(case.tags),
        [_step(case, step, run, exchanges, judgements) for step in case.steps],
        node_of(case),
    )


def _step(case: Case, step: Step, run: RunFacts, exchanges: Container[str], judgements: Judgements) -> StepRecord:
    name = step.use or f"{case.name}::{step.id}"
    return StepRecord(
        step.id,
        _expect(step.expect, run),
        step.defect_title,
        name if name in exchanges else "",
        judgements.passed.get((case.name, step.id), []),
    )


def _expect(expect: Expectation, run: RunFacts) -> ExpectedAnswer:
    messages = [name for name in (expect.message, *expect.alternatives) if name]
    texts = [run.catalogue.messages[name].shown for name in messages if name in run.catalogue.messages]
    return ExpectedAnswer(expect.kind, texts, expect.any_refusal)
