"""From many results to the few causes: words for what was assigned, ready to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.catalogue import load_catalogue
from conformance.diagnosis.assign import Bundle, assigned
from conformance.diagnosis.cause import Cause, Diagnosis, Part
from conformance.diagnosis.observed import Observed, observed
from conformance.diagnosis.rules import NamedCause, load_rules
from conformance.judge import Judgement
from conformance.model import ACCEPTED, REFUSED, Verdict
from conformance.results.index import ResultsIndex

GRAVEST_FIRST = (Verdict.FAIL, Verdict.ERROR, Verdict.UNTESTABLE, Verdict.KNOWN, Verdict.ADVISORY)
"""The verdicts that have a cause, those first that a reader must fix first."""


def diagnose(reading: ResultsIndex, verdicts: Sequence[Verdict] = GRAVEST_FIRST) -> Diagnosis:
    """The causes of all results of a run that are not as they should be; of those with these verdicts."""
    seen = observed(reading, *verdicts)
    return Diagnosis(tuple(_told(bundle, seen, reading) for bundle in assigned(seen, load_rules())))


def notes_by_check(reading: ResultsIndex) -> list[Part]:
    """What is noted and changes nothing, most frequent first."""
    found: dict[str, list[Judgement]] = {}
    for one in reading.of_verdict(Verdict.NOTE):
        found.setdefault(one.check, []).append(one)
    return sorted((Part(check, tuple(results)) for check, results in found.items()), key=lambda part: -part.count)


def _told(bundle: Bundle, seen: Observed, reading: ResultsIndex) -> Cause:
    # What shows it best stands first; only a graver verdict goes before.
    results = tuple(sorted(bundle.results, key=lambda one: GRAVEST_FIRST.index(one.verdict)))
    if bundle.rule is None:
        return _of_check(bundle.id, results, seen, reading)
    rule = bundle.rule
    wrong = rule.wrong.format(**_numbers(rule, results, seen))
    parts = _parts(rule.parts, results, seen, reading)
    return Cause(rule.title, results, rule.id, wrong, rule.fix, rule.effect, results[0].verdict, parts)


def _of_check(name: str, results: tuple[Judgement, ...], seen: Observed, reading: ResultsIndex) -> Cause:
    told = reading.failure(results[0])
    first = told.findings[0] if told.findings else None
    question = told.question.rstrip(".")
    parts = _parts("check", results, seen, reading)
    if told.verdict is Verdict.ERROR:
        title = f"The suite itself broke: {question}"
        return Cause(title, results, name, told.reason, "", "", told.verdict, parts)
    if first is None or told.verdict is Verdict.UNTESTABLE:
        # What kept checks from running is the cause, whichever check it was.
        waiting = [one for one in results if one.verdict is Verdict.UNTESTABLE]
        checks, cases = len({one.check for one in waiting}), len({one.case for one in waiting})
        wrong = f"{_counted(checks, 'check')} could not run, in {_counted(cases, 'case')}."
        return Cause(told.reason or "No reason is known", results, name, wrong, "", "", told.verdict, parts)
    wrong = f"Expected {first.expected}; seen {first.seen}, at {first.where}."
    fix = first.hint or told.fix
    return Cause(f"Failed check: {question}", results, name, wrong, fix, told.effect, told.verdict, parts)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _numbers(rule: NamedCause, results: Sequence[Judgement], seen: Observed) -> dict[str, int]:
    """What a sentence may count: exchanges, because one that answers several steps is one mistake."""
    facts = [seen.facts(one) for one in results if one.verdict is not Verdict.UNTESTABLE]
    other = {REFUSED: ACCEPTED, ACCEPTED: REFUSED}.get(rule.expected)
    showing = {one.exchange: one.expected for one in facts if one.expected != other}
    return {
        "shown": len(showing),
        # Some faulty requests should be refused and need not.
        "refused": seen.asked(REFUSED) + sum(one != REFUSED for one in showing.values()),
        "accepted": seen.asked(ACCEPTED),
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
