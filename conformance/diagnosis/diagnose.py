"""From many results to the few causes: words for what was assigned, ready to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.catalogue import load_catalogue
from conformance.diagnosis.assign import Bundle, assigned
from conformance.diagnosis.cause import Cause, Diagnosis, Part
from conformance.diagnosis.observed import Observed, observed
from conformance.diagnosis.rules import NamedCause, load_rules
from conformance.judge import Judgement
from conformance.model import REFUSED, Verdict
from conformance.results.index import ResultsIndex

GRAVEST_FIRST = (Verdict.FAIL, Verdict.ERROR, Verdict.UNTESTABLE, Verdict.KNOWN, Verdict.ADVISORY)
"""The verdicts that have a cause, those first that a reader must fix first."""


def diagnose(reading: ResultsIndex) -> Diagnosis:
    """The causes of all results of a run that are not as they should be."""
    seen = observed(reading, *GRAVEST_FIRST)
    return Diagnosis(tuple(_told(bundle, seen, reading) for bundle in assigned(seen, load_rules())))


def _told(bundle: Bundle, seen: Observed, reading: ResultsIndex) -> Cause:
    # What shows it best stands first; only a graver verdict goes before.
    results = tuple(sorted(bundle.results, key=lambda one: GRAVEST_FIRST.index(one.verdict)))
    if bundle.rule is None:
        return _of_check(bundle.id, results, seen, reading)
    rule = bundle.rule
    wrong = rule.wrong.format(**_numbers(rule, results, seen))
    parts = _parts(rule.parts, results, seen, reading)
    return Cause(rule.id, rule.title, wrong, rule.fix, rule.effect, results[0].verdict, results, parts)


def _of_check(name: str, results: tuple[Judgement, ...], seen: Observed, reading: ResultsIndex) -> Cause:
    told = reading.failure(results[0])
    first = told.findings[0] if told.findings else None
    question = told.question.rstrip(".")
    if first is None or told.verdict in (Verdict.UNTESTABLE, Verdict.ERROR):
        title, wrong = f"Could not run: {question}", told.reason or "No reason is known."
        if told.verdict is Verdict.ERROR:
            title = f"The suite itself broke: {question}"
        return Cause(name, title, wrong, "", "", told.verdict, results, _parts("check", results, seen, reading))
    wrong = f"Expected {first.expected}; seen {first.seen}, at {first.where}."
    fix = first.hint or told.fix
    parts = _parts("check", results, seen, reading)
    return Cause(name, f"Failed check: {question}", wrong, fix, told.effect, told.verdict, results, parts)


def _numbers(rule: NamedCause, results: Sequence[Judgement], seen: Observed) -> dict[str, int]:
    """What a sentence may count: exchanges, because one that answers several steps is one mistake."""
    facts = [seen.facts(one) for one in results if one.verdict is not Verdict.UNTESTABLE]
    showing = [one for one in facts if rule.expected in ("", one.expected)]
    return {
        "shown": len({one.exchange for one in showing}),
        "refused": seen.asked(REFUSED),
        "accepted": seen.asked("accepted"),
    }


def _parts(kind: str, results: Iterable[Judgement], seen: Observed, reading: ResultsIndex) -> tuple[Part, ...]:
    found: dict[str, list[Judgement]] = {}
    for one in results:
        found.setdefault(_part_of(kind, one, seen, reading), []).append(one)
    parts = (Part(title, tuple(some)) for title, some in found.items())
    return tuple(sorted(parts, key=lambda part: -part.count))


def _part_of(kind: str, one: Judgement, seen: Observed, reading: ResultsIndex) -> str:
    facts = seen.facts(one)
    if one.verdict is Verdict.UNTESTABLE:
        return "checks that could not run because of it"
    if kind == "status":
        return f"answered {facts.status}" if facts.status else "no answer"
    if kind == "message" and facts.expected == REFUSED:
        messages = load_catalogue().messages
        due = " or ".join(f"“{messages[name].shown}”" for name in facts.due if name in messages)
        return f"expected: {due}" if due else "expected: any refusal"
    check = reading.document.checks.get(one.check)
    return f"{one.check}: {check.question}" if check is not None else one.check
