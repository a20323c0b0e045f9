"""Which checks are asked at an exchange: subject × what came × what the request asks for × what is claimed.

No case lists them. A run, the fault matrix and `check` use this one rule, so the same pair of documents is asked the
same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from conformance.checks.context import GATEWAY, Context
from conformance.checks.needs import Need
from conformance.checks.registry import CHECKS, Check
from conformance.checks.shape import Shape, is_claimed, of_plan
from conformance.checks.subject import Subject
from conformance.model import ACCEPTED, REFUSED, WHOLE_RUN, Step


class Came(StrEnum):
    """What the server did with a request, as far as it decides what is asked."""

    ANSWER = "a 200"
    REFUSAL = "a refusal that is about the request"
    NOTHING = "nothing that is about the request"


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked at one exchange."""

    asked: tuple[Check, ...]
    """To be asked of what came."""
    missing: tuple[Check, ...] = ()
    """Would be asked of the accepted answer, or of the refusal, that was due and did not come."""


def possible(step: Step) -> tuple[Check, ...]:
    """What may be asked at a step, whatever comes: known from its plan before anything is sent."""
    return _possible(_traits(step), of_plan(step.plan))


def due(step: Step) -> tuple[Check, ...]:
    """What is asked at a step where the server does what is expected; comparisons are not among it."""
    return tuple(
        check for check in possible(step) if check.subject is not Subject.RELATION and not unexpected(check, step)
    )


def foreseen(step: Step) -> tuple[Check, ...]:
    """What is asked at a step where the server does what is expected, and the comparisons that the case names."""
    named = (check for check in possible(step) if check.subject is Subject.RELATION and check.id in step.checks)
    return (*due(step), *named)


def unexpected(check: Check, step: Step) -> bool:
    """Whether a check is asked at a step only where the server does the opposite of what is expected."""
    if check.id in step.checks:
        return False
    if step.expect.kind == ACCEPTED:
        return check.subject is Subject.REFUSAL
    return step.expect.kind == REFUSED and check.subject in (Subject.ACCEPTED, Subject.RELATION)


def select(context: Context) -> Selection:
    """What is asked at an exchange that took place."""
    step, came = context.step, what_came(context)
    traits, planned = _traits(step), of_plan(step.plan)
    asked = dict.fromkeys(_expected(traits, planned))
    missing: dict[Check, None] = {}
    if traits.ordinary:
        if came is Came.ANSWER:
            asked.update(dict.fromkeys(_of_answer(context)))
        elif came is Came.REFUSAL:
            asked.update(dict.fromkeys(_applying(Subject.REFUSAL, planned)))
            asked.update(dict.fromkeys(_of_refusal(context)))
        if came is not Came.ANSWER and step.expect.kind == ACCEPTED:
            missing.update(dict.fromkeys(_applying(Subject.ACCEPTED, planned)))
        if came is Came.NOTHING and step.expect.kind == REFUSED:
            missing.update(dict.fromkeys(_applying(Subject.REFUSAL, planned)))
    return Selection(
        tuple(check for check in asked if check.id not in step.without),
        tuple(check for check in missing if check not in asked and check.id not in step.without),
    )


def what_came(context: Context) -> Came:
    """What the server did, by the answer alone: not by what was expected."""
    answer = context.exchange.answer
    if answer is None or context.missing_for(Need.ANSWER) is not None:
        return Came.NOTHING
    if context.refused:
        return Came.REFUSAL if answer.status not in GATEWAY or _is_admitted(context) else Came.NOTHING
    if not context.accepted:
        return Came.NOTHING
    # A 200 without a document to a request that is to be refused is an error told the wrong way.
    untold = context.expect.kind == REFUSED and context.document_error is not None
    return Came.NOTHING if untold else Came.ANSWER


def _is_admitted(context: Context) -> bool:
    """Whether whoever asks is let in at all: then a gateway's status speaks of this request."""
    return any(other.accepted for other in context.earlier.values())


def _of_answer(context: Context) -> Iterator[Check]:
    if not context.request_readable or not is_claimed(context.shape, context.claims):
        return
    shape = context.shape
    closed = shape.encrypted and not context.openable
    bare = replace(shape, encrypted=False)
    for check in _applying(Subject.ACCEPTED, shape):
        # What nobody can decrypt, because the certificate is of no use, is not asked about.
        if not closed or (check.need is not Need.KEYS and check.applies(bare)):
            yield check
    for check in _applying(Subject.RELATION, shape):
        if check.partners is not None and not (closed and check.need is Need.KEYS) and check.partners(context):
            yield check


def _of_refusal(context: Context) -> Iterator[Check]:
    """Comparisons that need no document, such as whether a request is still answered as before."""
    if context.request_readable:
        for check in _applying(Subject.RELATION, context.shape):
            if check.need <= Need.ANSWER and check.partners is not None and check.partners(context):
                yield check


# --- what follows from plan and expectation alone; the same for many steps


@dataclass(frozen=True, slots=True)
class _Traits:
    """What a step says of itself, as far as it decides what is asked there."""

    kinds: frozenset[str]
    named: tuple[str, ...]
    ordinary: bool
    without: frozenset[str]
    borrowed: bool


def _traits(step: Step) -> _Traits:
    plan = step.plan
    reached = plan.credentials == "configured" and plan.transport == "configured" and not plan.follow
    ordinary = reached and step.expect.kind != WHOLE_RUN
    return _Traits(step.expect.kinds, step.checks, ordinary, frozenset(step.without), bool(step.use))


@lru_cache(maxsize=4096)
def _possible(traits: _Traits, shape: Shape) -> tuple[Check, ...]:
    if traits.borrowed:
        return ()
    found = dict.fromkeys(_expected(traits, shape))
    if traits.ordinary:
        for subject in (Subject.ACCEPTED, Subject.RELATION, Subject.REFUSAL):
            found.update(dict.fromkeys(_applying(subject, shape)))
    return tuple(check for check in found if check.id not in traits.without)


@lru_cache(maxsize=4096)
def _expected(traits: _Traits, shape: Shape) -> tuple[Check, ...]:
    """What is asked whatever comes: of any exchange, what the expectation brings, and what the step names."""
    known = CHECKS.by_id
    of_exchange = Subject.EXCHANGE if WHOLE_RUN not in traits.kinds else None
    brought = [check for check in known.values() if check.subject is of_exchange or check.expects & traits.kinds]
    named = [known[name] for name in traits.named if known[name].subject is not Subject.RELATION]
    both = dict.fromkeys((*(brought if traits.ordinary or WHOLE_RUN in traits.kinds else ()), *named))
    return tuple(check for check in both if check.applies(shape))


@lru_cache(maxsize=8192)
def _applying(subject: Subject, shape: Shape) -> tuple[Check, ...]:
    return tuple(check for check in CHECKS.by_id.values() if check.subject is subject and check.applies(shape))
