"""Whether a negative carries one defect: what else its request breaks, and whether the case says why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.cases.broken_rules import broken_rules
from conformance.cases.certificates import KeyRing
from conformance.cases.identity import Seed
from conformance.cases.request import build_request
from conformance.cases.resolve import NotClaimed, resolve_case, resolve_plan
from conformance.model import Case, Claims, HttpRequest, Step

REFUSED = "refusal.request-refused"
"""The check that says of a request that it should have been refused."""


@dataclass(frozen=True, slots=True)
class Negative:
    """A step whose request is to be refused, and the rules that it breaks."""

    case: Case
    step: Step
    request: HttpRequest
    broken: tuple[str, ...]

    @property
    def name(self) -> str:
        """As a node id names it."""
        return f"{self.case.name}::{self.step.id}"

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


def negatives(cases: Iterable[Case], claims: Claims, ring: KeyRing) -> Iterator[Negative]:
    """Every faulty request that these claims allow; not those that only the server's own policy refuses."""
    for case in cases:
        for step in case.steps:
            if step.use or not is_negative(step) or any(need.startswith("policy.") for need in case.needs):
                continue
            request = request_of(case, step, claims, ring)
            if request is not None:
                rules = broken_rules(request)
                yield Negative(
                    case, step, request, ("plain-http", *rules) if step.plan.transport == "plain-http" else rules
                )


def request_of(case: Case, step: Step, claims: Claims, ring: KeyRing) -> HttpRequest | None:
    """The request as a run with these claims would send it; None where it would not."""
    try:
        resolve_case(case, claims)
        plan = resolve_plan(step.plan, claims)
    except NotClaimed:
        return None
    certificates = ring.certificate_texts(recipient.name for recipient in plan.recipients)
    return build_request(step, plan, case.identity or case.name, Seed("defects"), _NOWHERE, certificates).http


_NOWHERE = "https://key-server.example/"


def not_single(found: Iterable[Negative]) -> Iterator[str]:
    """A sentence for each negative that breaks more than one rule, none at all, or excuses what it does not break."""
    for one in found:
        name = f"{one.case.place}: {one.name}"
        if not one.about:
            yield f"{name} breaks no rule that this suite knows, so nothing should refuse it"
        elif len(one.about) > 1:
            yield (
                f"{name} breaks {' and '.join(one.about)}: a server that lacks one of these validations refuses it by "
                "another; let everything else fit, or say under also-breaks why it cannot"
            )
        for idle in one.idle_excuses:
            yield f"{name} excuses {idle} under also-breaks, which its request keeps"
