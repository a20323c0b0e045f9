"""What no single file shows: rules that nothing tests, reasons that are out of date, claims that no case needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from conformance.catalogue import Catalogue
from conformance.catalogue.yamlfile import DataError
from conformance.checks.registry import Check
from conformance.checks.relations import after_refusals
from conformance.checks.selector import foreseen, possible
from conformance.model import Case, Place, Step
from conformance.run.asking import requirements_of
from conformance.run.profile import Profile

PERIODS = "periods"
"""The feature without which no request with a key period is sent."""


def refuse_idle_claims(profile: Profile, cases: Iterable[Case]) -> None:
    """Raise DataError for a claim of the profile that no case needs: nothing would ever show whether it is true."""
    needed = needed_claims(cases)
    for claim, place in profile.claim_places.items():
        if claim not in needed:
            raise DataError(
                place, f"the profile claims {claim!r}, but no case needs it, so nothing would show whether it is true"
            )


def needed_claims(cases: Iterable[Case]) -> frozenset[str]:
    """Every claim on which it depends whether some case, or some request of a case, is sent."""
    found: set[str] = set()
    for case in cases:
        if case.sends_nothing:
            continue
        found.add(f"version.{case.version}")
        found.update(case.needs)
        for step in case.steps:
            plan = step.plan
            if plan.periods:
                found.add(PERIODS)
            if plan.systems_mode != "asked":
                found.update(f"{system}+{scheme}" for system in plan.systems for scheme in plan.schemes)
    return frozenset(found)


def untested(catalogue: Catalogue, cases: Iterable[Case]) -> Iterator[tuple[Place, str]]:
    """Where the catalogue and the cases do not fit together: the place of the rule, and what to do about it."""
    tested = tested_requirements(catalogue, cases)
    for name, rule in catalogue.requirements.items():
        place = rule.place or Place("requirements", 1)
        checks = tested.get(name, ())
        if not checks and not rule.untestable:
            yield (
                place,
                f"nothing tests the requirement {name}: add a check and a case that runs it, or say in `untestable` "
                "why it cannot be seen from outside",
            )
        elif checks and rule.untestable:
            yield place, f"the requirement {name} says why it cannot be tested, but {checks[0]} tests it"


def tested_requirements(catalogue: Catalogue, cases: Iterable[Case]) -> Mapping[str, tuple[str, ...]]:
    """Requirement id -> the checks that some case asks about it, under a SPEKE version for which the rule holds."""
    found: dict[str, dict[str, None]] = {}
    for case in cases:
        for step in case.steps:
            for check in (*foreseen(step), *_after_refusals(step)):
                for name in requirements_of(check, step):
                    if case.version in catalogue.requirement(name).levels:
                        found.setdefault(name, {})[check.id] = None
    return {name: tuple(checks) for name, checks in found.items()}


def _after_refusals(step: Step) -> Iterator[Check]:
    """The comparisons with the control of refused requests: they arise by themselves, and no case names them."""
    return (check for check in possible(step) if step.last and check.partners is after_refusals)
