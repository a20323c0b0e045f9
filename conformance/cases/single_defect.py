"""Whether a negative carries one defect: what else its request breaks, and whether the case says why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.cases.broken_rules import broken_rules
from conformance.model import Case, HttpRequest, Step

REFUSED = "refusal.request-refused"
"""The check that says of a request that it should have been refused."""


@dataclass(frozen=True, slots=True)
class Negative:
    """A step whose request is to be refused, and the rules that it breaks."""

    case: Case
    step: Step
    broken: tuple[str, ...]

    @property
    def about(self) -> tuple[str, ...]:
        """The rules that the request breaks and for which the case gives no excuse: one, where the defect is single."""
        excused = {name for name, _ in self.step.also_breaks}
        return tuple(name for name in self.broken if name not in excused)

    @property
    def idle_excuses(self) -> tuple[str, ...]:
        """Rules that the case excuses although its request keeps them."""
        return tuple(name for name, _ in self.step.also_breaks if name not in self.broken)


def is_negative(step: Step) -> bool:
    """Whether the step's request is faulty and should be refused, whatever the words."""
    return step.expect.kind == "refused" or (step.expect.kind == "accepted-or-refused" and REFUSED in step.checks)


def negative(case: Case, step: Step, request: HttpRequest) -> Negative:
    """A faulty request with the rules that it breaks."""
    rules = broken_rules(request)
    return Negative(case, step, ("plain-http", *rules) if step.plan.transport == "plain-http" else rules)


def not_single(negatives: Iterable[Negative]) -> Iterator[str]:
    """A sentence for each negative that breaks more than one rule, none at all, or excuses what it does not break."""
    for one in negatives:
        name = f"{one.case.place}: {one.case.name}::{one.step.id}"
        if not one.about:
            yield f"{name} breaks no rule that this suite knows, so nothing should refuse it"
        elif len(one.about) > 1:
            yield (
                f"{name} breaks {' and '.join(one.about)}: a server that lacks one of these validations refuses it by "
                "another; let everything else fit, or say under also-breaks why it cannot"
            )
        for idle in one.idle_excuses:
            yield f"{name} excuses {idle} under also-breaks, which its request keeps"
