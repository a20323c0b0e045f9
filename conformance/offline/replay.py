"""Judges recorded exchanges again, with this version, without a server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from conformance import __version__
from conformance.cases.resolve import only_offers
from conformance.checks.context import Context
from conformance.checks.registry import Check
from conformance.judge import Judgement, Rulebook, as_result, exit_status, summarize
from conformance.model import Case, Result, ResultState, Step
from conformance.offline.partial_context import PartialContext
from conformance.offline.rebuild import profile_of, rebuilt_facts, rulebook
from conformance.offline.record_needs import BLANK_KEYS, STATUS_ALONE, RecordNeed, need_of
from conformance.offline.recorded import BLURRED, NO_EXCHANGE, NO_KEYS, RecordedRunner
from conformance.redaction.recorded import RecordedResult
from conformance.redaction.redactor import Redactor
from conformance.results.bodies import WARNING
from conformance.results.build import results_document
from conformance.results.document import Document, ReplayOf, ReplayRecord, RunWarning
from conformance.results.index import ResultsIndex
from conformance.results.judgements import Judgements
from conformance.results.run_facts import RunFacts
from conformance.results.run_record import EndpointRecord
from conformance.run.asking import questions_at, requirements_of, result_of, version_for
from conformance.run.run_plan import at_endpoints

OF_KEYS = "the laws of a run compare content keys, which no record holds"

Key = tuple[str, str, str]


@dataclass
class Replayed:
    """What a record comes to when it is judged by this version."""

    document: Document
    judged: int = 0
    """Results that were found again from the recorded exchanges."""
    as_recorded: dict[Key, str] = field(default_factory=dict)
    """(case, step, check) -> why the recorded result was carried over."""
    gone: list[Key] = field(default_factory=list)
    """Recorded questions that this version does not ask any more."""
    unasked: list[Key] = field(default_factory=list)
    """Questions of this version for which the record holds neither an exchange nor a result."""
    unlisted: list[Key] = field(default_factory=list)
    """Those of `as_recorded` of which no list says beforehand that they can only be recorded."""
    facts: RunFacts | None = None
    """The run as this version sees it."""

    @property
    def exit_status(self) -> int:
        """That of the run, by the verdicts of this version."""
        return self.document.exit_status


def replay(
    document: Document, library: Sequence[Case], checks: Mapping[str, Check], place: str, *, whole: bool = False
) -> Replayed:
    """Judge a result document again; `library` are the cases of this version, and those of the user's own.

    A `whole` replay asks what the profile selects of the library, whatever the record says that it asked, and judges
    as on the day of the run.

    Checks that need the bytes of keys, and those that look at what was withheld, keep the result that was recorded;
    so do questions whose exchange never took place. Raises DataError where the profile cannot be found again.
    """
    profile = profile_of(document, place)
    rules = rulebook(document, profile)
    if whole:
        rules = replace(rules, today=document.run.started[:10])
    recorded = {(one.case, one.step, one.check): one for one in ResultsIndex(document).every()}
    library = at_endpoints(library, [one.number for one in document.run.endpoints] or [0])
    names = {case.name for case in document.cases}
    if whole:
        names |= {case.name for case in library if not only_offers(case, profile.claims)}
    runner = _Runners(document, rules, library)
    found = Replayed(document)
    cases = [case for case in library if case.name in names]
    asked = _asked(runner, cases, rules, checks, recorded, whole=not document.run.partial)
    results = list(_results(found, runner, asked, recorded))
    found.gone = sorted(recorded.keys() - {(one.case, one.step, one.check) for one in results})
    named = {*document.not_run, *(case.name for case in document.cases)}
    facts = rebuilt_facts(document, profile, rules, [case for case in library if case.name in named], checks)
    found.facts = facts
    _build(found, document, rules, results, facts)
    return found


class _Runners:
    """A runner of records for each endpoint, by the claims that were made there."""

    def __init__(self, document: Document, rules: Rulebook, library: Sequence[Case]) -> None:
        places = document.run.endpoints or [EndpointRecord(0, "", document.run.target.scheme)]
        self._found = {
            one.number: RecordedRunner(
                document.exchanges,
                f"{one.scheme or 'http'}://recorded.invalid/",
                one.claims.claims if one.claims is not None else rules.claims,
                library,
                discovered=document.claims.discovered,
            )
            for one in places
        }

    def of(self, case: Case) -> RecordedRunner:
        """That of the case's endpoint; any for what is asked of all exchanges together."""
        return self._found.get(case.endpoint) or next(iter(self._found.values()))


def _asked(
    runner: _Runners,
    cases: Sequence[Case],
    rules: Rulebook,
    checks: Mapping[str, Check],
    recorded: Iterable[Key],
    *,
    whole: bool,
) -> Iterator[tuple[Case, Step, Check]]:
    """What the record was asked and, of a whole run, what this version asks of the same exchanges."""
    before: dict[tuple[str, str], list[Check]] = {}
    for name, at, check_id in recorded:
        if check_id in checks:
            before.setdefault((name, at), []).append(checks[check_id])
    for case in cases:
        for step in case.steps:
            found = dict.fromkeys(before.get((case.name, step.id), ()))
            performed = runner.of(case).performed(case, step)
            if whole:
                found.update(dict.fromkeys(one.check for one in questions_at(performed, case, step)))
            for check in found:
                version = version_for(check, case, performed) if isinstance(performed, Context) else case.version
                if rules.relevant(requirements_of(check, step), version):
                    yield case, step, check


def _results(
    found: Replayed,
    runner: _Runners,
    asked: Iterator[tuple[Case, Step, Check]],
    recorded: Mapping[Key, Judgement],
) -> Iterator[RecordedResult]:
    redactor = Redactor(b"")
    blank = any(one.check in BLANK_KEYS and one.findings for one in recorded.values())
    for case, step, check in asked:
        key = (case.name, step.id, check.id)
        result, missing = ask_record(runner.of(case), case, step, check, by_fingerprint=not blank)
        if not missing:
            found.judged += 1
            yield redactor.result(result)
        elif key in recorded:
            found.as_recorded[key] = missing
            if not _is_listed(runner.of(case), case, step, check, missing, recorded[key]):
                found.unlisted.append(key)
            # By the requirements of today; what was seen is that of the record.
            yield replace(as_result(recorded[key]), requirements=result.requirements)
        elif missing == NO_EXCHANGE:
            found.unasked.append(key)
        else:
            yield redactor.result(result_of(case, step, check, ResultState.UNTESTABLE, missing))


def ask_record(
    runner: RecordedRunner, case: Case, step: Step, check: Check, *, by_fingerprint: bool = False
) -> tuple[Result, str]:
    """One question at a recorded exchange, and what the record lacks to answer it (empty where it lacks nothing)."""
    if case.sends_nothing:
        return result_of(case, step, check, ResultState.UNTESTABLE, OF_KEYS), OF_KEYS
    context = runner.performed(case, step)
    story = context.story if isinstance(context, PartialContext) else ()
    for one in story:
        one.missed = ""
        one.by_fingerprint = by_fingerprint and need_of(check.id) is RecordNeed.FINGERPRINTS
    result = runner.ask(case, step, check)
    if result.state is ResultState.NOT_CLAIMED:
        return result, ""
    if result.reason == NO_EXCHANGE:
        return result, NO_EXCHANGE
    lack = next((one.gaps.answer for one in story if one.gaps.answer), "")
    if lack and not (lack == BLURRED and check.id in STATUS_ALONE):
        return result, lack
    missed = next((one.missed for one in story if one.missed), "")
    return result, missed


def _is_listed(runner: RecordedRunner, case: Case, step: Step, check: Check, missing: str, was: Judgement) -> bool:
    """Whether it is known beforehand, whatever the record says, that such a result can only be recorded."""
    if missing == NO_EXCHANGE:
        return was.state is ResultState.UNTESTABLE
    if missing == BLURRED:
        context = runner.performed(case, step)
        return isinstance(context, PartialContext) and all(one.refused for one in context.story if one.gaps.answer)
    if missing == NO_KEYS and step.plan.recipients:
        return True
    return need_of(check.id) is not RecordNeed.EXCHANGE


def _build(
    found: Replayed, document: Document, rules: Rulebook, results: Sequence[RecordedResult], facts: RunFacts
) -> None:
    judgements = Judgements()
    for result in results:
        judged = rules.judge(result)
        judged.as_recorded = (result.case, result.step, result.check) in found.as_recorded
        judgements.add(judged)
    summary = summarize(judgements, rules, document.run.ending)
    status = exit_status(summary, judgements, gate=document.run.gate)
    made = results_document(facts, judgements, document.exchanges, summary, status)
    made.replay = ReplayRecord(
        ReplayOf(document.tool.version, document.baseline),
        __version__,
        found.judged,
        len(found.as_recorded),
        len(found.gone),
        len(found.unasked),
    )
    made.warnings = [
        RunWarning("replay", sentence(found, document)),
        *(one for one in document.warnings if one.id == WARNING),
        *made.warnings,
    ]
    found.document = made


def sentence(found: Replayed, document: Document) -> str:
    """What a replay is worth, in two sentences."""
    carried = len(found.as_recorded)
    return (
        f"This is a replay: version {__version__} judged the exchanges that version {document.tool.version} "
        f"recorded, and no server was contacted. {found.judged} results were found again, {carried} carried over as "
        "recorded, because they need what no record holds (content keys above all)."
    )


def lines(found: Replayed) -> Iterator[str]:
    """What was judged again and what was carried over, and why, for a terminal."""
    yield f"{found.judged} results judged again, {len(found.as_recorded)} carried over as recorded"
    reasons: dict[str, list[str]] = {}
    for (_, _, check), why in found.as_recorded.items():
        reasons.setdefault(why, []).append(check)
    for why, checks in reasons.items():
        yield f"  {len(checks)} because {why}:"
        yield f"    {', '.join(sorted(set(checks)))}"
    if found.unasked:
        yield f"{len(found.unasked)} checks of this version need a live server: the record holds no such exchange"
    if found.gone:
        names = sorted({check for _, _, check in found.gone})
        yield f"{len(found.gone)} recorded results belong to checks that this version does not run: {', '.join(names)}"
