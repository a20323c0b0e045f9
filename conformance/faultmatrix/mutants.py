"""Plays one fault or variant on the stage: what changes, which checks say so, and what is said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from conformance.checks.context import Context
from conformance.checks.refusals.standard_messages import expected_messages
from conformance.checks.registry import Check
from conformance.checks.selector import unexpected
from conformance.faultmatrix.baseline import DOOR, Baseline, BaselineExchange, Place, Within, aspect_of
from conformance.faultmatrix.faulty_answers import FaultyAnswers
from conformance.faultmatrix.heaviest_level import is_record
from conformance.faultmatrix.in_process import InProcess
from conformance.faultmatrix.whole_runs import at_once, concerns_laws, whole_run
from conformance.model import REFUSED, ResultState, Step, Verdict
from conformance.redaction.recorded import RecordedResult
from conformance.refserver import Fault
from conformance.refserver.faults.triggers import needs_company
from conformance.run.asking import answers_at, requirements_of

LOOKS = 1
"""How often a question is asked with the same scheme, rules and message, where a fault shows in many exchanges."""

COMPANY = 4
"""Requests that are under way at a time where a fault shows only among several; as in a run."""


class Mutation(StrEnum):
    """A way of getting a refusal with a standard message wrong."""

    OTHER_TEXT = "says another text"
    SUCCESS_WITH_TEXT = "answers 2xx or 3xx with the text"
    ACCEPTED = "accepts the request"


@dataclass
class MutantOutcome:
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


def play(stage: Baseline, fault: Fault, *, thorough: bool = False) -> MutantOutcome:
    """Play the exchanges that the fault can touch; only what is not byte-identical is looked at again.

    Not thorough: of exchanges that show the same, a few are enough, unless the fault has not yet shown all it should;
    then what is missing is asked wherever it can be.
    """
    outcome = MutantOutcome(fault.id)
    if concerns_laws(fault) or (thorough and not fault.kills and not fault.records):
        outcome.touched, pairs = whole_run(stage, fault)
        for result, usual in pairs:
            _note(outcome, stage.groups[0][0].act, None, result, usual)
    if needs_company(fault):
        for view in in_company(stage, fault):
            for place in range(len(view.group)):
                view.look(outcome, place, Counter(), most=None)
        return outcome
    looks: Counter[Hashable] = Counter()

    @cache
    def view_of(at: int) -> View:
        return View(stage, FaultyAnswers(fault, stage.groups[at]))

    def look(at: int, place: int, most: int | None, only: AbstractSet[str] = frozenset()) -> None:
        view_of(at).look(outcome, place, looks, most, only)

    for at, place in stage.order:
        look(at, place, LOOKS)
        if fault.base and not thorough and _shown(outcome, fault):
            # What else a story does is seen at the fault that it stands for in all carriers.
            return outcome
    if thorough:
        for at, place in stage.order:
            look(at, place, None)
        return outcome
    for at, place in likely_first(stage, _missing(outcome, fault)):
        if _shown(outcome, fault):
            break
        look(at, place, None, _missing(outcome, fault))
    return outcome


def likely_first(stage: Baseline, checks: AbstractSet[str]) -> list[Place]:
    """The scenes, those ahead at which the right server is asked one of the checks."""
    asking = {
        (at, place) for at, place in stage.order if any(one.check in checks for one in stage.groups[at][place].results)
    }
    return sorted(stage.order, key=lambda place: place not in asking)


def _missing(outcome: MutantOutcome, fault: Fault) -> frozenset[str]:
    """The checks that the fault names and that have not reported it."""
    return frozenset(fault.kills) - set(outcome.accusing) | frozenset(fault.records) - set(outcome.recorded)


def _shown(outcome: MutantOutcome, fault: Fault) -> bool:
    """Whether the fault has shown what it says of itself."""
    return bool(outcome.touched) and not _missing(outcome, fault)


class View:
    """One group of scenes as a faulty server plays them, as far as anybody has looked.

    With `within`, the fault is active in some scenes only; elsewhere the right server answers.
    """

    def __init__(self, stage: Baseline, answers: FaultyAnswers, within: Within | None = None) -> None:
        self.group = answers.group
        self._answers = answers
        self._active = [within is None or within(scene) for scene in self.group]
        self._checks = stage.checks
        self._contexts: dict[int, Context] = {}
        self._touched: set[int] = set()
        self._asked: dict[int, set[Hashable]] = {}

    def played(self, place: int) -> Context:
        """One exchange as the faulty server makes it; the right server's own where nothing differs."""
        return self._context(place)

    def play_all(self) -> View:
        """Send all requests now, in their order."""
        for place in range(len(self.group)):
            if place == self._answers.begin(place):
                mates = [one for one in range(place + 1, len(self.group)) if self._answers.begin(one) == place]
                if mates:
                    at_once(self._answers.came, [place, *mates])
                else:
                    self._answers.came(place)
        return self

    def look(
        self,
        outcome: MutantOutcome,
        place: int,
        looks: Counter[Hashable],
        most: int | None,
        only: AbstractSet[str] = frozenset(),
    ) -> None:
        """Ask what was not asked `most` times elsewhere at one exchange, provided that it differs.

        Of the checks `only`, where any are given.
        """
        scene = self.group[place]
        asked = self._asked.setdefault(place, set())
        if not any(most is None or looks[aspect] < most for aspect in scene.aspects - asked):
            return
        if not self._may_differ(place):
            return
        context = self._context(place)
        if context is scene.context:
            return
        if place in self._touched and not asked:
            outcome.touched += 1

        def wanted(check: Check, step: Step, version: str) -> bool:
            if only and check.id not in only:
                return False
            aspect = aspect_of(context, check.id, requirements_of(check, step))
            if aspect in asked or not (most is None or looks[aspect] < most):
                return False
            if not scene.act.in_force(check, step, version):
                return False
            asked.add(aspect)
            looks[aspect] += 1
            return True

        for one in scene.steps:
            for result in answers_at(context, one.case, one.step, wanted).spread():
                if result.check not in one.usual and _says_nothing(context, self._checks[result.check]):
                    continue
                _note(outcome, scene.act, context, DOOR.result(result), one.usual.get(result.check))

    def _may_differ(self, place: int) -> bool:
        scene = self.group[place]
        if self._can(place):
            return True
        # An unchanged refusal is not looked at again: its control only says whether it counts.
        return scene.context.expect.kind != "refused" and any(self._can(one) for one in scene.needs)

    def _can(self, place: int) -> bool:
        return self._active[place] and self._answers.can(place)

    def _context(self, place: int) -> Context:
        """The scene as the faulty server plays it; the right server's where nothing differs."""
        if place not in self._contexts:
            usual = self.group[place].context
            played = {id(self.group[one].context): self._context(one) for one in self.group[place].needs}
            exchange = self._answers.came(place) if self._active[place] else usual.exchange
            if self._active[place] and self._answers.differs(place):
                self._touched.add(place)
            earlier = {name: played[id(context)] for name, context in usual.earlier.items()}
            changed = place in self._touched or any(earlier[name] is not one for name, one in usual.earlier.items())
            self._contexts[place] = usual.again(exchange, earlier) if changed else usual
        return self._contexts[place]


def in_company(stage: Baseline, fault: Fault, within: Within | None = None) -> list[View]:
    """Several groups at a time on one server; only groups without refusals, since a refused request has no company."""
    act = stage.groups[0][0].act
    sender = InProcess(act.config, (fault,))
    groups = [
        group
        for group in stage.groups
        if len(group) > 1 and group[0].act is act and all(scene.context.accepted for scene in group)
    ]
    with ThreadPoolExecutor(COMPANY) as pool:
        return list(pool.map(lambda group: View(stage, FaultyAnswers(fault, group, sender), within).play_all(), groups))


def _says_nothing(context: Context, check: Check) -> bool:
    """Whether a check is asked of a document that a right server never gives: the request had to be refused."""
    return context.expect.kind == REFUSED and unexpected(check, context.step)


def _note(
    outcome: MutantOutcome,
    act: BaselineExchange,
    context: Context | None,
    result: RecordedResult,
    usual: RecordedResult | None,
) -> None:
    if result.state is ResultState.ERROR:
        outcome.crashes.append(f"{result.finding_id}: {result.reason}")
        return
    if result == usual:
        return
    _judge(outcome, act, result)
    if result.state is not ResultState.ASKED or result.findings == (usual.findings if usual else ()):
        return
    if is_record(result):
        outcome.recorded.setdefault(result.check, _told(result))
        outcome.requirements.setdefault(result.check, set()).update(result.requirements)
    elif result.findings:
        outcome.accusing.setdefault(result.check, _told(result))
        outcome.requirements.setdefault(result.check, set()).update(result.requirements)
        if context is not None:
            outcome.twists.update((name, twist, result.check) for name, twist in _twists(context))


def _judge(outcome: MutantOutcome, act: BaselineExchange, result: RecordedResult) -> None:
    judgement = act.rulebook.judge(result)
    required = {one.set.id for one in act.rulebook.sets if one.required and one.set.decides}
    for grade in judgement.grades:
        if grade.set not in required or grade.verdict not in (Verdict.FAIL, Verdict.ADVISORY, Verdict.UNTESTABLE):
            continue
        if grade.level.weight >= 2:
            outcome.verdicts.setdefault(str(grade.verdict), []).append(_told(result))


def _twists(context: Context) -> Iterator[tuple[str, Mutation]]:
    answer = context.exchange.answer
    messages = expected_messages(context) if context.expect.kind == "refused" else ()
    if answer is None or len(messages) != 1:
        return
    message = messages[0]
    says_it = message.stem.strip() in context.text
    if context.refused and not says_it:
        yield message.name, Mutation.OTHER_TEXT
    elif 200 <= answer.status <= 399 and says_it:
        yield message.name, Mutation.SUCCESS_WITH_TEXT
    elif context.accepted and context.document_error is None:
        yield message.name, Mutation.ACCEPTED


def _told(result: RecordedResult) -> str:
    if result.findings:
        first = result.findings[0]
        return f"{result.finding_id}: {first.where}: expected {first.expected}; seen {first.seen}"
    return f"{result.finding_id}: {result.reason or 'nothing is found any more'}"
