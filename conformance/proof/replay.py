"""Plays one fault or variant on the stage: what changes, which checks say so, and what is said of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.checks.context import Context
from conformance.checks.messages import due
from conformance.judge import Result, State
from conformance.model import Verdict
from conformance.proof.grades import is_record
from conformance.proof.inprocess import InProcess, fingerprint
from conformance.proof.stage import Scene, Stage
from conformance.refserver import Fault
from conformance.refserver.faults.triggers import can_touch, needs_company, remembers
from conformance.runner import ask_at

COMPANY = 4
"""Requests that are under way at a time where a fault shows only among several; as in a run."""


class Twist(StrEnum):
    """A way of getting a refusal with a standard message wrong."""

    OTHER_TEXT = "says another text"
    SUCCESS_WITH_TEXT = "answers 2xx or 3xx with the text"
    ACCEPTED = "accepts the request"


@dataclass
class Outcome:
    """What one fault or variant comes to, as plain data that can cross to another process."""

    fault: str
    touched: int = 0
    """Exchanges whose answer is not byte-identical to the right server's."""
    accusing: dict[str, str] = field(default_factory=dict)
    """Check -> the first new finding, in words; checks of RECORD requirements are not among them."""
    recorded: dict[str, str] = field(default_factory=dict)
    """RECORD check -> what it sees now that it did not see before."""
    requirements: dict[str, set[str]] = field(default_factory=dict)
    """Check -> the requirements for which it has a new finding or another record."""
    twists: set[tuple[str, str, str]] = field(default_factory=set)
    """(name of a standard message, twist, check that reports it)."""
    verdicts: dict[str, list[str]] = field(default_factory=dict)
    """FAIL, ADVISORY and UNTESTABLE of decisive sets -> what was judged so."""
    crashes: list[str] = field(default_factory=list)


def play(stage: Stage, fault: Fault, *, thorough: bool = False) -> Outcome:
    """Play the exchanges that the fault can touch; only what is not byte-identical is looked at again.

    Not thorough: of exchanges that show the same, one is enough, unless the fault has not yet shown all it should.
    """
    outcome = Outcome(fault.id)
    sender = InProcess(stage.config, (fault,), stage.wrapped)
    if needs_company(fault):
        _look(outcome, stage, _in_company(stage, sender))
        return outcome
    first, rest = _chosen(stage, fault)
    for groups in (first, rest):
        if groups is rest and not thorough and _shown(outcome, fault):
            break
        for group, touchable in groups:
            sender.restart()
            _look(outcome, stage, _group(group, sender, touchable))
    return outcome


Chosen = list[tuple[tuple[Scene, ...], list[bool]]]


def _chosen(stage: Stage, fault: Fault) -> tuple[Chosen, Chosen]:
    """The groups with something to touch: those that show something new, and those that show it once more."""
    everything = remembers(fault)
    seen: set[Hashable] = set()
    first: Chosen = []
    rest: Chosen = []
    for group in stage.groups:
        touchable = [everything or can_touch(fault, scene.facts) for scene in group]
        aspects = {one for scene, can in zip(group, touchable, strict=True) if can for one in scene.aspects}
        if any(touchable):
            (rest if aspects <= seen else first).append((group, touchable))
            seen |= aspects
    return first, rest


def _shown(outcome: Outcome, fault: Fault) -> bool:
    """Whether the fault has shown what it says of itself."""
    return bool(outcome.touched) and not (
        set(fault.kills) - set(outcome.accusing) or set(fault.records) - set(outcome.recorded)
    )


def _look(outcome: Outcome, stage: Stage, changed: Iterable[tuple[Scene, Context]]) -> None:
    for scene, context in changed:
        if fingerprint(context.exchange) != fingerprint(scene.context.exchange):
            outcome.touched += 1
        for question, usual in zip(scene.questions, scene.results, strict=True):
            _note(outcome, stage, context, ask_at(context, *question), usual)


def _in_company(stage: Stage, sender: InProcess) -> Iterator[tuple[Scene, Context]]:
    """Several groups at a time on one server; only groups without refusals, since a refused request has no company."""
    groups = [group for group in stage.groups if len(group) > 1 and all(scene.context.accepted for scene in group)]
    with ThreadPoolExecutor(COMPANY) as pool:
        jobs = [pool.submit(lambda one: list(_group(one, sender, [True] * len(one))), group) for group in groups]
        for job in jobs:
            yield from job.result()


def _group(group: tuple[Scene, ...], sender: InProcess, touchable: list[bool]) -> Iterator[tuple[Scene, Context]]:
    replaced: dict[int, Context] = {}
    for scene, can_differ in zip(group, touchable, strict=True):
        before = scene.context
        exchange = sender.send(before.exchange.request) if can_differ else before.exchange
        earlier = {name: replaced.get(id(context), context) for name, context in before.earlier.items()}
        if fingerprint(exchange) != fingerprint(before.exchange) or earlier != before.earlier:
            context = replaced[id(before)] = before.again(exchange, earlier)
            yield scene, context


def _note(outcome: Outcome, stage: Stage, context: Context, result: Result, usual: Result) -> None:
    if result.state is State.ERROR:
        outcome.crashes.append(f"{result.finding_id}: {result.reason}")
        return
    if result == usual:
        return
    _judge(outcome, stage, result)
    if result.state is not State.ASKED or result.findings == usual.findings:
        return
    if is_record(result):
        outcome.recorded.setdefault(result.check, _told(result))
        outcome.requirements.setdefault(result.check, set()).update(result.requirements)
    elif result.findings:
        outcome.accusing.setdefault(result.check, _told(result))
        outcome.requirements.setdefault(result.check, set()).update(result.requirements)
        outcome.twists.update((name, twist, result.check) for name, twist in _twists(context))


def _judge(outcome: Outcome, stage: Stage, result: Result) -> None:
    judgement = stage.rulebook.judge(result)
    required = {one.set.id for one in stage.rulebook.sets if one.required and one.set.decides}
    for grade in judgement.grades:
        if grade.set not in required or grade.verdict not in (Verdict.FAIL, Verdict.ADVISORY, Verdict.UNTESTABLE):
            continue
        if grade.level.weight >= 2:
            outcome.verdicts.setdefault(str(grade.verdict), []).append(_told(result))


def _twists(context: Context) -> Iterator[tuple[str, Twist]]:
    answer = context.exchange.answer
    messages = due(context) if context.expect.kind == "refused" else ()
    if answer is None or len(messages) != 1:
        return
    message = messages[0]
    says_it = message.stem.strip() in context.text
    if context.refused and not says_it:
        yield message.name, Twist.OTHER_TEXT
    elif 200 <= answer.status <= 399 and says_it:
        yield message.name, Twist.SUCCESS_WITH_TEXT
    elif context.accepted and context.document_error is None:
        yield message.name, Twist.ACCEPTED


def _told(result: Result) -> str:
    if result.findings:
        first = result.findings[0]
        return f"{result.finding_id}: {first.where}: expected {first.expected}; seen {first.seen}"
    return f"{result.finding_id}: {result.reason or 'nothing is found any more'}"


def by_verdict(outcome: Outcome, *verdicts: Verdict) -> Mapping[str, list[str]]:
    """What was judged one of these ways, in decisive sets."""
    return {str(one): outcome.verdicts[str(one)] for one in verdicts if str(one) in outcome.verdicts}
