"""The run as a whole: every exchange enters the ledger, and at the end the laws are asked over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from conformance.checks.context import Context
from conformance.checks.run.gather import facts_of
from conformance.checks.run.laws import WholeRun
from conformance.ledger.book import Ledger
from conformance.ledger.facts import ExchangeFacts
from conformance.model import Case, Claims, Step
from conformance.recording.exchange_record import learn_keys
from conformance.redaction.recorded import RecordedResult
from conformance.redaction.redactor import Redactor
from conformance.run.asking import StepAnswers, Wanted, answers_at, everything_wanted


def enter(ledger: Ledger, context: Context, redactor: Redactor) -> None:
    """Take in an exchange."""
    ledger.add(facts_at(context, redactor))


def facts_at(context: Context, redactor: Redactor) -> ExchangeFacts:
    """What the ledger keeps of an exchange; the redactor learns its keys first, so that digests can be compared."""
    learn_keys(context, redactor)
    return facts_of(context, redactor)


def laws_at(
    ledger: Ledger,
    case: Case,
    step: Step,
    claims: Claims,
    wanted: Wanted = everything_wanted,
    found: Mapping[str, Claims] | None = None,
) -> StepAnswers:
    """Ask the laws, of all that has been entered so far, and of what was `found` to be claimed at each endpoint."""
    return answers_at(whole_run(ledger, case, step, claims, found), case, step, wanted)


def whole_run(
    ledger: Ledger, case: Case, step: Step, claims: Claims, found: Mapping[str, Claims] | None = None
) -> WholeRun:
    """What a law sees of all that has been entered so far."""
    return WholeRun(case, step, ledger.facts(), claims, ledger.left_out, found)


def ask_over(
    contexts: Iterable[tuple[str, Context]], redactor: Redactor, case: Case, step: Step, claims: Claims
) -> StepAnswers:
    """Ask the laws of exchanges that somebody else made, each with its name: a day's traffic, a folder of captures."""
    ledger = Ledger()
    for name, context in contexts:
        ledger.add(facts_of(context, redactor, name))
    return laws_at(ledger, case, step, claims)


def results_of(answers: StepAnswers, redactor: Redactor) -> dict[str, RecordedResult]:
    """Check -> what came of it, free of secrets."""
    return {one.check: redactor.result(one) for one in answers.spread()}
