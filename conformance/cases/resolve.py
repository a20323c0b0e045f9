"""Makes a plan definite: asks with those DRM systems and that scheme which are claimed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from conformance.cases.features import UNCLAIMED
from conformance.cases.plans import DEFAULT_SCHEMES
from conformance.catalogue import load_catalogue
from conformance.model import Case, Claims, Plan


class NotClaimed(Exception):
    """The case needs a capability that is not claimed; the text names it."""


def resolve_case(case: Case, claims: Claims) -> None:
    """Raise NotClaimed where the case needs something that the claims do not hold."""
    if case.version and case.version not in claims.versions:
        raise NotClaimed(f"SPEKE version {case.version} is not claimed")
    for need in case.needs:
        if not claims.has(need):
            claim = need.removeprefix(UNCLAIMED)
            raise NotClaimed(f"{claim} is claimed anyway" if claim != need else f"{need} is not claimed")


def only_offers(case: Case, claims: Claims | None) -> bool:
    """Whether the case looks for capabilities that nobody claims, and there are none to be found.

    They are claimed, or the claims (None) are found out by probing, which leaves nothing unclaimed that is delivered.
    """
    wanted = [need for need in case.needs if need.startswith(UNCLAIMED)]
    return bool(wanted) and (claims is None or not all(claims.has(need) for need in wanted))


def resolve_plan(plan: Plan, claims: Claims) -> Plan:
    """The plan with one scheme and definite systems; NotClaimed where none is claimed."""
    if plan.periods and not claims.has("periods"):
        raise NotClaimed("periods is not claimed, and the request has a key period")
    if plan.systems_mode == "asked":
        return replace(plan, schemes=plan.schemes[:1])
    best: tuple[str, tuple[str, ...]] | None = None
    named = plan.systems if plan.systems_mode == "exactly" else _with_signalling(plan)
    for scheme in plan.schemes:
        claimed = tuple(system for system in named if (system, scheme) in claims.schemes)
        if plan.systems_mode == "exactly":
            if claimed == plan.systems:
                return replace(plan, schemes=(scheme,))
        elif claimed and (best is None or len(claimed) > len(best[1])):
            best = (scheme, claimed)
    if plan.instead and (best is None or best[0] != plan.schemes[0]):
        found = _instead(plan, claims)
        if found is not None:
            return found
    if best is None:
        wanted = " or ".join(plan.schemes)
        joint = " with " if plan.systems_mode == "exactly" else " or "
        raise NotClaimed(f"{joint.join(named)} under {wanted} is not claimed")
    scheme, systems = best
    return replace(plan, schemes=(scheme,), systems=systems[:1] if plan.systems_mode == "one-of" else systems)


def _instead(plan: Plan, claims: Claims) -> Plan | None:
    """Those of the systems that are claimed, with the plan's scheme if that can be; None where nothing is."""
    for scheme in dict.fromkeys((plan.scheme, *DEFAULT_SCHEMES)):
        for mode, systems in (("claimed-of", plan.systems), ("one-of", plan.instead)):
            other = replace(plan, schemes=(scheme,), systems=systems, systems_mode=mode, instead=())
            try:
                return resolve_plan(other, claims)
            except NotClaimed:
                continue
    return None


def _with_signalling(plan: Plan) -> tuple[str, ...]:
    """The systems of a choice that have some of the signalling that is asked for: of others a DRMSystem is empty."""
    known = load_catalogue().systems
    wanted = plan.signalling
    return tuple(name for name in plan.systems if not wanted or wanted.intersection(known[name].signalling))


def contents_of(cases: Iterable[Case], claims: Claims | None = None) -> list[str]:
    """The contents (`identity#label`) that the cases ask for; with claims, those of the cases that will be sent."""
    found: dict[str, None] = {}
    for case in cases:
        for step in case.steps:
            wanted = not only_offers(case, claims) and (claims is None or _is_claimed(case, step.plan, claims))
            if not step.use and wanted and not case.sends_nothing:
                found[f"{case.identity or case.name}#{step.plan.content}"] = None
    return list(found)


def _is_claimed(case: Case, plan: Plan, claims: Claims) -> bool:
    try:
        resolve_case(case, claims)
        resolve_plan(plan, claims)
    except NotClaimed:
        return False
    return True


def refuse_policy(plan: Plan, claims: Claims) -> None:
    """Raise NotClaimed where the plan asks for a contract that the server refuses by its declared policy."""
    for name in claims.refuses:
        if {rule.track_type for rule in load_catalogue().contract(name)} == {rule.track_type for rule in plan.rules}:
            raise NotClaimed(f"the contract {name} is refused by the policy that the profile declares")
