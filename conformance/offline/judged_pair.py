"""Judges a captured pair with the same checks and messages as a run, and says which questions need a live server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from conformance.cases.library import shipped_bundles
from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.registry import Check
from conformance.diagnosis.causes import causes
from conformance.judge import FAILED, PASSED, Ending, Result, ResultState, summarize
from conformance.model import Verdict
from conformance.offline.captured import Captured
from conformance.recording.exchange_record import learn_keys, without_secrets
from conformance.redaction.redactor import Redactor
from conformance.reporting.failure_text import heading, paragraph
from conformance.results.build import results_document
from conformance.results.document import Document, RunRecord, TargetRecord
from conformance.results.index import ResultsIndex
from conformance.results.judgements import Judgements
from conformance.results.run_facts import RunFacts, environment
from conformance.run.profile import Profile
from conformance.run.runner import ask_at, requirements_of
from conformance.run.session import rulebook_of, utc_now

BUNDLES = ("accepted.full", "accepted.shaka")
"""Everything that can be asked about one request that was accepted."""

SHOWN = ("FAIL", "ERROR", "KNOWN", "ADVISORY")
"""Verdicts that are told in full."""


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """What a pair comes to."""

    document: Document
    """As the result document of a run."""
    open: Mapping[str, str]
    """Check -> what it would need beside the pair."""
    live: tuple[str, ...]
    """Checks that need a live server: they compare several exchanges, or are about refusals and connections."""

    @property
    def exit_status(self) -> int:
        """1 where a binding rule is broken, else 0."""
        return FAILED if self.document.counts.get(Verdict.FAIL) else PASSED


def judge_pair(captured: Captured, profile: Profile, checks: Mapping[str, Check], salt: bytes) -> JudgedPair:
    """Ask every question that two documents can answer; `salt` is what fingerprints of keys are made with."""
    bundles = shipped_bundles(checks).lists
    asked = [checks[name] for name in dict.fromkeys(name for bundle in BUNDLES for name in bundles[bundle])]
    asked = [check for check in asked if check.applies(captured.context.shape)]
    rules = rulebook_of(profile, captured.claims)
    asked = [check for check in asked if rules.relevant(requirements_of(check, captured.step), captured.case.version)]
    redactor = Redactor(salt)
    _learn(captured.context, redactor)
    results, unanswered = [], {}
    for check in asked:
        result = without_secrets(ask_at(captured.context, captured.case, captured.step, check), redactor)
        if result.state is ResultState.UNTESTABLE:
            unanswered[check.id] = result.reason
        else:
            results.append(result)
    inside = {check.id for check in asked}
    live = tuple(name for name, check in checks.items() if name not in inside and _never(name, bundles))
    return JudgedPair(_document(captured, profile, checks, results), unanswered, live)


def _never(name: str, bundles: Mapping[str, tuple[str, ...]]) -> bool:
    return not any(name in bundles[bundle] for bundle in BUNDLES)


def _learn(context: Context, redactor: Redactor) -> None:
    # The request may hold keys as well; whoever captured it may have written them in.
    learn_keys(context, redactor)
    redactor.body(context.exchange.request.body)
    redactor.body(context.answer.body)


def _document(captured: Captured, profile: Profile, checks: Mapping[str, Check], results: list[Result]) -> Document:
    rules = rulebook_of(profile, captured.claims)
    judgements = Judgements(map(rules.judge, results))
    summary = summarize(judgements, replace(rules, known=()), Ending(partial=True))
    now = utc_now()
    facts = RunFacts(
        RunRecord(TargetRecord("a captured pair of documents"), started=now, finished=now),
        profile=profile,
        claims=captured.claims,
        sets=rules.sets,
        cases=(captured.case,),
        checks=checks,
        catalogue=load_catalogue(),
        environment=environment(),
    )
    return results_document(facts, judgements, {}, summary, 0)


def lines(judged: JudgedPair, width: int) -> Iterator[str]:
    """What is wrong, as a run would say it, and which questions are left; for a terminal of so many columns."""
    for cause in causes(ResultsIndex(judged.document), *SHOWN):
        yield heading(cause)
        yield from paragraph(cause, width)
        yield ""
    counts = ", ".join(f"{count} {verdict}" for verdict, count in judged.document.counts.items())
    yield f"{judged.document.count} questions answered: {counts or 'none'}"
    yield from _left(judged)


def _left(judged: JudgedPair) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for check, why in judged.open.items():
        reasons.setdefault(why, []).append(check)
    for why, names in reasons.items():
        yield f"not answered, because {why}: {', '.join(names)}"
    yield (
        f"{len(judged.live)} checks need a live server: they compare several exchanges, or are about refusals, "
        "connections and claims (speke-conformance list --checks names all)"
    )
