"""Asks the questions at an exchange: all that the selector gives, decoding shared, no object for what passes."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.cases import NotClaimed
from conformance.cases.defects import DefectError
from conformance.checks.context import Context
from conformance.checks.registry import Check, Need, NotApplicable, Subject, Untestable
from conformance.checks.selector import due, select
from conformance.model import Case, Finding, Result, ResultState, Step

Performed = Context | NotClaimed | Untestable | Exception
"""What became of a step: its exchange, or why there is none."""

Wanted = Callable[[Check, Step, str], bool]
"""Whether a check is wanted at a step under a SPEKE version."""


def everything_wanted(check: Check, step: Step, version: str) -> bool:
    """Every check that arises."""
    return True


@dataclass(frozen=True, slots=True)
class Ended:
    """Checks of one step that ended alike and have no finding."""

    version: str
    state: ResultState
    reason: str
    checks: tuple[tuple[str, tuple[str, ...]], ...]
    """Id and requirements of each."""


@dataclass(frozen=True, slots=True)
class StepAnswers:
    """What came of the questions at one step, before anybody judges it."""

    case: str
    step: str
    alike: tuple[Ended, ...]
    """Checks that ended alike and have nothing to show: above all those that passed."""
    results: tuple[Result, ...]
    """Each check that has a finding, and each that broke."""

    def spread(self) -> Iterator[Result]:
        """A result for each check, those that passed included."""
        for one in self.alike:
            for check, names in one.checks:
                yield Result(self.case, self.step, check, one.version, names, one.state, (), one.reason)
        yield from self.results


class _Gathering:
    """Collects what came of the questions at one step, by kind of ending."""

    def __init__(self, case: Case, step: Step) -> None:
        self._case, self._step = case, step
        self._alike: dict[tuple[str, ResultState, str], list[tuple[str, tuple[str, ...]]]] = {}
        self._results: list[Result] = []

    def note(self, check: Check, version: str, state: ResultState, reason: str, found: tuple[Finding, ...]) -> None:
        """Take in the end of one question."""
        names = requirements_of(check, self._step)
        if found or state is ResultState.ERROR:
            case, step = self._case.name, self._step.id
            self._results.append(Result(case, step, check.id, version, names, state, found, reason))
        else:
            self._alike.setdefault((version, state, reason), []).append((check.id, names))

    def answers(self) -> StepAnswers:
        """Everything that was taken in."""
        alike = tuple(Ended(*ending, tuple(checks)) for ending, checks in self._alike.items())
        return StepAnswers(self._case.name, self._step.id, alike, tuple(self._results))


@dataclass(frozen=True, slots=True)
class Question:
    """A check that arises at a step."""

    check: Check
    version: str
    """The SPEKE version whose rules hold for it."""
    ended: tuple[ResultState, str] | None = None
    """State and reason where it has an end without being asked."""


def questions_at(performed: Performed, case: Case, step: Step) -> tuple[Question, ...]:
    """Everything that arises at a step, by the selector."""
    if step.use:
        return ()  # the exchange is another case's, and so are its questions
    if not isinstance(performed, Context):
        return unasked_at(step, case, *unperformed(performed))
    try:
        selection = select(performed)
    except Exception as error:  # the suite itself broke: the step has no verdict, the run goes on
        return unasked_at(step, case, ResultState.ERROR, crash_sentence(error))
    asked = (Question(check, version_for(check, case, performed)) for check in selection.asked)
    if not selection.missing:
        return tuple(asked)
    ended = ResultState.UNTESTABLE, why_missing(performed)
    return (*asked, *(Question(check, case.version, ended) for check in selection.missing))


def unasked_at(step: Step, case: Case, state: ResultState, why: str) -> tuple[Question, ...]:
    """What would have been asked at a step, all of it ended alike for one reason."""
    return tuple(Question(check, case.version, (state, why)) for check in due(step)) if not step.use else ()


def answered(performed: Performed, case: Case, step: Step, questions: Iterable[Question]) -> StepAnswers:
    """Ask the questions at what became of a step."""
    gathering = _Gathering(case, step)
    for one in questions:
        if one.ended is not None:
            gathering.note(one.check, one.version, *one.ended, ())
        elif isinstance(performed, Context):
            gathering.note(one.check, one.version, *asked_of(performed, one.check))
    return gathering.answers()


def answers_at(performed: Performed, case: Case, step: Step, wanted: Wanted = everything_wanted) -> StepAnswers:
    """Ask what the selector gives at a step and is wanted."""
    # One after the other: what is wanted may depend on what was asked before.
    questions = (one for one in questions_at(performed, case, step) if wanted(one.check, step, one.version))
    return answered(performed, case, step, questions)


def why_missing(context: Context) -> str:
    """Why neither the answer nor the refusal that was due can be looked at, in a sentence."""
    if context.expect.kind == "refused":
        return context.missing_for(Need.REFUSAL) or "the answer is about access, not about the request"
    return context.missing_for(Need.SUCCESS) or context.failure_sentence


_OF_THE_CASE = frozenset({Subject.EXCHANGE, Subject.EXPECTATION})
"""Subjects for which the rules of the case's version hold: what is expected is expected by the case."""


def version_for(check: Check, case: Case, context: Context) -> str:
    """The SPEKE version whose rules hold: that of the case for what is expected, else the one the request names."""
    if check.subject in _OF_THE_CASE or context.version not in context.claims.versions:
        return case.version
    return context.version


def unperformed(performed: NotClaimed | Untestable | Exception) -> tuple[ResultState, str]:
    """The end of all questions at a step that has no exchange, and the reason."""
    if isinstance(performed, NotClaimed):
        return ResultState.NOT_CLAIMED, str(performed)
    if isinstance(performed, Untestable):
        return ResultState.UNTESTABLE, str(performed)
    return ResultState.ERROR, crash_sentence(performed)


def asked_of(context: Context, check: Check) -> tuple[ResultState, str, tuple[Finding, ...]]:
    """One question at an exchange; whatever breaks on the way becomes an ERROR."""
    try:
        blocked = prerequisite(context, check)
        if blocked is not None:
            return *blocked, ()
        return ResultState.ASKED, "", check.run(context)
    except NotApplicable as reason:
        return ResultState.ASKED, str(reason), ()
    except Untestable as reason:
        return ResultState.UNTESTABLE, str(reason), ()
    except Exception as error:  # the suite itself broke: never green, never the server's fault
        return ResultState.ERROR, crash_sentence(error), ()


def ask_at(context: Context, case: Case, step: Step, check: Check) -> Result:
    """One question at an exchange, whether or not the selector gives it there, as a result."""
    state, reason, found = asked_of(context, check)
    return result_of(case, step, check, state, reason, found, version_for(check, case, context))


def result_of(
    case: Case,
    step: Step,
    check: Check,
    state: ResultState,
    reason: str = "",
    found: Iterable[Finding] = (),
    version: str = "",
) -> Result:
    """What became of one question."""
    names = requirements_of(check, step)
    return Result(case.name, step.id, check.id, version or case.version, names, state, tuple(found), reason)


def prerequisite(context: Context, check: Check) -> tuple[ResultState, str] | None:
    """Why a question cannot be asked at this exchange (state and reason); None where it can."""
    if check.subject is Subject.EXPECTATION and check.need is not Need.EXCHANGE and context.expect.kind == "refused":
        control = context.earlier.get("control")
        if control is not None and not control.accepted:
            return ResultState.UNTESTABLE, (
                "the same request without the defect is not accepted, so its refusal proves nothing "
                f"({control.missing_for(Need.SUCCESS)})"
            )
    lacking = context.missing_for(check.need)
    if lacking is None:
        return None
    free = context.expect.kind in ("free", "accepted-or-refused")
    if free and context.refused and check.need in (Need.SUCCESS, Need.DOCUMENT, Need.KEYS):
        return ResultState.ASKED, "the server refuses the request, which it may"
    if free and context.accepted and check.need is Need.REFUSAL:
        return ResultState.ASKED, "the server accepts the request, which it may"
    return ResultState.UNTESTABLE, lacking


def requirements_of(check: Check, step: Step) -> tuple[str, ...]:
    """The requirements a check speaks for at a step: its own, and those that the step names."""
    if not check.from_case or not step.requirements:
        return check.requirements
    return tuple(dict.fromkeys((*check.requirements, *step.requirements)))


def crash_sentence(error: BaseException) -> str:
    """What broke in the suite and where, without values that could hold a key."""
    if isinstance(error, DefectError):
        return f"the case cannot be sent as it is written: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"the suite itself broke ({type(error).__name__}{place}); please report this as a bug of the suite"
