"""Judges captured pairs with the same checks and messages as a run, and says what they cannot tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from conformance.cases import load_cases
from conformance.catalogue import load_catalogue
from conformance.checks import load_checks
from conformance.checks.context import GATEWAY, SAYS_NOTHING, Context
from conformance.checks.refusals.deserved import ACCEPTED, REFUSED
from conformance.checks.refusals.standard_messages import found_messages
from conformance.checks.registry import Check, Subject
from conformance.checks.selector import select
from conformance.diagnosis.diagnose import diagnose, notes_by_check
from conformance.judge import FAILED, INCOMPLETE, PASSED, Ending, Judgement, summarize
from conformance.model import Case, Claims, Finding, Result, ResultState, Verdict
from conformance.offline.captured import Captured
from conformance.offline.mistakes import refuse_profile
from conformance.offline.recorded import BLURRED
from conformance.recording.exchange_record import learn
from conformance.redaction.recorded import RecordedResult
from conformance.redaction.redactor import Redactor
from conformance.reporting.cause_text import headline, told
from conformance.results.build import results_document
from conformance.results.document import Document, RunWarning
from conformance.results.index import ResultsIndex
from conformance.results.judgements import Judgements
from conformance.results.run_facts import RunFacts, environment
from conformance.results.run_record import RunRecord, TargetRecord
from conformance.run.asking import ask_at, requirements_of, result_of
from conformance.run.clock import utc_now
from conformance.run.profile import Profile
from conformance.run.rulebooks import rulebook_of
from conformance.run.whole_run import ask_over

SHOWN = (Verdict.FAIL, Verdict.ERROR, Verdict.KNOWN, Verdict.ADVISORY)
"""Verdicts that are told in full."""

OF_THE_STATUS = frozenset(
    {
        "http.success-status-200",
        "http.no-redirect",
        "refusal.status-4xx",
        "refusal.status-422",
        "refusal.status-is-error",
    }
)
"""Checks about the status line, which a body by itself does not tell."""

NO_STATUS = "the status of the answer is needed (its status line, with --headers FILE)"
NO_REQUEST_HEAD = "the request's X-Speke-Version is needed, which the answer names (give the request with head)"
_BY_POLICY = "contract-not-supported"
"""The standard message of a contract that a server refuses by design; whether it should, only a profile can tell."""
_NOT_OFFERED = frozenset({"unsupported-speke-version", "unsupported-version", "scheme-not-for-system"})
_NOT_OFFERED_HINT = "the server says that it does not offer this; if that is intended, send it to another server"
_MOST_NOTED = 160
_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """What captured pairs come to."""

    document: Document
    """As the result document of a run; what could not be judged is UNTESTABLE in it, with the reason."""
    open: Mapping[str, str]
    """Check -> what it would need beside the pair (of several pairs: beside one of them)."""
    live: tuple[str, ...]
    """Checks that need a live server: they compare several exchanges, or are about refusals and connections."""
    notes: tuple[str, ...] = ()
    """What was done to read the captures."""
    withheld: str = ""
    """What a recording keeps back; empty where nothing is."""

    unreadable: str = ""
    """Why no document could be looked at where one was due; empty where it could."""

    @property
    def exit_status(self) -> int:
        """1 where a binding rule is broken or a document was due that nobody can read, else 0.

        10 where nothing is broken, and the suite broke or a recording withholds something.
        """
        return self.status(complete=False)

    def status(self, *, complete: bool) -> int:
        """The exit status; `complete` demands that nothing was left open."""
        counts = self.document.counts
        if counts.get(Verdict.FAIL) or self.unreadable:
            return FAILED
        gaps = counts.get(Verdict.ERROR) or self.withheld or (complete and self.open)
        return INCOMPLETE if gaps else PASSED


def judge_pair(captured: Captured, profile: Profile, checks: Mapping[str, Check], salt: bytes) -> JudgedPair:
    """Ask every question that two documents can answer; `salt` is what fingerprints of keys are made with."""
    return judge_pairs([captured], profile, checks, salt)


def judge_pairs(captured: Sequence[Captured], profile: Profile, checks: Mapping[str, Check], salt: bytes) -> JudgedPair:
    """The same of several pairs, in one document; raises DataError where the profile judges another version."""
    redactor = Redactor(salt)
    for one in captured:
        refuse_profile(profile, one.case.version, one.case.name)
        _learn(one, redactor)
    results: list[RecordedResult] = []
    judgements: list[Judgement] = []
    for one in captured:
        rules = rulebook_of(profile, one.claims)
        asked = [
            check for check in _questions(one) if rules.relevant(requirements_of(check, one.step), one.case.version)
        ]
        mine = [redactor.result(_asked(one, profile, check)) for check in asked]
        results += mine
        judgements += [rules.judge(result) for result in mine]
    if len(captured) > 1:
        across = [redactor.result(result) for result in laws_across(captured, profile, redactor)]
        results += across
        judgements += [rulebook_of(profile, _claims(one.claims for one in captured)).judge(one) for one in across]
    left = {one.check: one.reason for one in results if one.state is ResultState.UNTESTABLE}
    live = tuple(name for name, check in checks.items() if _needs_a_case(check))
    withheld = next((one.withheld for one in captured if one.withheld), "")
    notes = tuple(f"{_named(one, captured)}{note}" for one in captured for note in (*one.notes, *_about_request(one)))
    unreadable = next((why for one in captured if (why := _unreadable(one))), "")
    found = JudgedPair(_document(captured, profile, checks, judgements), left, live, notes, withheld, unreadable)
    document = found.document
    document.warnings = [*(RunWarning("capture", note) for note in found.notes), *document.warnings]
    document.exit_status = found.exit_status
    return found


def _questions(one: Captured) -> Iterator[Check]:
    """The checks that the exchange is asked, by the same rule as in a run; what it lacks for one is said."""
    selection = select(one.context)
    yield from selection.asked
    yield from selection.missing


def laws_across(captured: Sequence[Captured], profile: Profile, redactor: Redactor) -> Iterator[Result]:
    """The laws of a run over captured exchanges, whose keys the redactor has learned already."""
    claims = _claims(one.claims for one in captured)
    rules = rulebook_of(profile, claims)
    for case in _about_all():
        for step in case.steps:
            contexts = ((one.case.name, one.context) for one in captured if not (one.withheld or one.answer_blurred))
            for result in ask_over(contexts, redactor, case, step, claims).spread():
                if rules.relevant(result.requirements, result.version):
                    yield result


@cache
def _about_all() -> tuple[Case, ...]:
    """The cases that stand for all exchanges together."""
    return tuple(case for case in load_cases(load_checks()) if case.sends_nothing)


def _needs_a_case(check: Check) -> bool:
    """Whether a check compares two requests, or is about something that only a case can expect."""
    return check.subject is Subject.RELATION or (check.subject is Subject.EXPECTATION and not check.expects)


def _asked(one: Captured, profile: Profile, check: Check) -> Result:
    why = _unjudged(one, profile, check)
    if why:
        return result_of(one.case, one.step, check, ResultState.UNTESTABLE, why)
    result = ask_at(one.context, one.case, one.step, check)
    return (
        replace(result, findings=tuple(_told(one, found) for found in result.findings)) if result.findings else result
    )


def _told(one: Captured, found: Finding) -> Finding:
    """The finding without the status where that is our guess, with a hint where the server refuses on purpose."""
    if found.where != "status":
        return found
    if not one.status_known:
        seen = found.seen.replace(str(one.context.answer.status), "an answer without its status line", 1)
        found = replace(found, seen=seen)
    declined = one.deserved.kind == ACCEPTED and any(
        message.name in _NOT_OFFERED for message in found_messages(one.context)
    )
    return replace(found, hint=_NOT_OFFERED_HINT) if declined else found


def _unjudged(one: Captured, profile: Profile, check: Check) -> str:
    """Why a question is not asked of this pair, in a clause; empty where it is."""
    context = one.context
    answer = context.answer
    if one.answer_blurred:
        return BLURRED
    if not one.status_known and check.id in OF_THE_STATUS:
        return NO_STATUS
    if answer.status in GATEWAY | SAYS_NOTHING and not found_messages(context):
        return f"the server answered {answer.status}, which is about access or load, not about the document"
    if one.deserved.kind != REFUSED and not one.request_head_known and _names(context, "unsupported-speke-version"):
        return NO_REQUEST_HEAD
    by_policy = _names(context, _BY_POLICY)
    if one.deserved.kind == ACCEPTED and profile.claims is None and by_policy:
        return "the server does not support this contract by its policy; a profile would say whether it should"
    return ""


def _names(context: Context, name: str) -> bool:
    """Whether the answer refuses with that standard message."""
    return context.refused and any(message.name == name for message in found_messages(context))


def _about_request(one: Captured) -> Iterator[str]:
    """What decided the expectation where it was no plain acceptance, and the answer turns on it."""
    if one.deserved.kind == REFUSED:
        yield f"the request had to be refused: {one.deserved.why}"
    elif one.deserved.kind != ACCEPTED and one.context.refused:
        yield f"the server refused the request, which it may: {one.deserved.why}"


def _unreadable(one: Captured) -> str:
    """Why the document of a success cannot be read; empty where it can, or where nobody knows what it was."""
    context = one.context
    error = context.document_error if context.accepted and one.deserved.kind != REFUSED else None
    return "" if error is None or one.answer_blurred else error.message


def _learn(one: Captured, redactor: Redactor) -> None:
    # The request may hold keys as well; whoever captured it may have written them in.
    learn(one.context, redactor)
    redactor.body(one.context.exchange.request.body)
    redactor.body(one.context.answer.body)


def _document(
    captured: Sequence[Captured], profile: Profile, checks: Mapping[str, Check], judgements: list[Judgement]
) -> Document:
    claims = _claims(one.claims for one in captured)
    rules = rulebook_of(profile, claims)
    summary = summarize(judgements, replace(rules, known=()), Ending(partial=True))
    now = utc_now()
    host = "a captured pair of documents" if len(captured) == 1 else f"{len(captured)} captured exchanges"
    facts = RunFacts(
        RunRecord(TargetRecord(host), started=now, finished=now),
        profile=profile,
        claims=claims,
        sets=rules.sets,
        cases=(*(one.case for one in captured), *(_about_all() if len(captured) > 1 else ())),
        checks=checks,
        catalogue=load_catalogue(),
        environment=environment(),
    )
    return results_document(facts, Judgements(judgements), {}, summary, 0)


def _claims(all_of_them: Iterable[Claims]) -> Claims:
    found_messages = list(all_of_them)
    return Claims(
        frozenset().union(*(one.versions for one in found_messages)),
        frozenset().union(*(one.schemes for one in found_messages)),
        frozenset().union(*(one.features for one in found_messages)),
    )


def _named(one: Captured, captured: Sequence[Captured]) -> str:
    return f"{one.case.name}: " if len(captured) > 1 else ""


def lines(judged: JudgedPair, width: int) -> Iterator[str]:
    """What is wrong, as a run would say it, and which questions are left; for a terminal of so many columns."""
    reading = ResultsIndex(judged.document)
    diagnosis = diagnose(reading, SHOWN)
    for cause in diagnosis.causes:
        yield headline(cause)
        yield from told(cause, diagnosis, reading, width)
        yield ""
    for text in judged.notes:
        yield f"NOTE  capture: {text}"
    for note in notes_by_check(reading):
        first = note.example.findings[0] if note.example.findings else None
        seen = f": {first.seen} (expected {first.expected}) at {first.where}" if first else ""
        yield f"NOTE  {note.title}{f' (×{note.count})' if note.count > 1 else ''}{seen[:_MOST_NOTED]}"
    counted = {name: count for name, count in judged.document.counts.items() if name is not Verdict.UNTESTABLE}
    counts = ", ".join(f"{count} {verdict}" for verdict, count in counted.items())
    if judged.unreadable and not judged.document.counts.get(Verdict.FAIL):
        yield f"FAIL  nothing in the answer could be judged: {judged.unreadable}"
    yield f"{sum(counted.values())} checks ran: {counts or 'none'}"
    yield from _left(judged)


def _left(judged: JudgedPair) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for check, why in judged.open.items():
        reasons.setdefault(why, []).append(check)
    for why, names in reasons.items():
        some = f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"
        yield f"not judged, because {why}: {', '.join(names) if len(names) <= _MOST_NAMED else some}"
    yield (
        f"{len(judged.live)} checks need a live server: they compare several exchanges, or are about "
        "connections and claims (speke-conformance list --checks names all)"
    )
