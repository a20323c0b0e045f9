"""What there is: requirements, cases, checks, sets, profiles and faults, one a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from conformance.catalogue import load_catalogue
from conformance.checks.registry import Check
from conformance.model import Case, Requirement
from conformance.refserver import load_faults
from conformance.run.profile import load_profile, profile_names


def requirements(cases: Sequence[Case], checks: Mapping[str, Check]) -> Iterator[str]:
    """Every rule with its level and set, in the order of the catalogue."""
    catalogue = load_catalogue()
    for one in catalogue.requirements.values():
        untestable = " (nothing can test it)" if one.untestable else ""
        yield f"{one.id:<18} {levels(one):<12} {one.set:<20} {one.rule}{untestable}"


def case_lines(cases: Sequence[Case], checks: Mapping[str, Check]) -> Iterator[str]:
    """Every case with its variants, in the order of the files."""
    variants: dict[str, list[Case]] = {}
    for case in cases:
        variants.setdefault(case.id, []).append(case)
    for name, those in variants.items():
        several = f" ({len(those)} variants)" if len(those) > 1 else ""
        yield f"{name:<28} {those[0].area:<12} {those[0].title}{several}"


def check_lines(cases: Sequence[Case], checks: Mapping[str, Check]) -> Iterator[str]:
    """Every check with what it says, by name."""
    for name, check in sorted(checks.items()):
        rules = ", ".join(check.requirements) or "the rule that the case names"
        yield f"{name:<42} {check.question} [{rules}]"


def sets(cases: Sequence[Case], checks: Mapping[str, Check]) -> Iterator[str]:
    """Every requirement set, how many rules it holds, and what has to be claimed for it."""
    catalogue = load_catalogue()
    for name, one in catalogue.sets.items():
        claim = f"; needs the claim {one.claim}" if one.claim else ""
        decides = "" if one.decides else "; never decides"
        yield f"{name:<24} {one.title} ({len(catalogue.resolve_set(name))} rules{claim}{decides})"


def profiles(cases: Sequence[Case], checks: Mapping[str, Check]) -> Iterator[str]:
    """Every shipped profile, and the sets that it requires."""
    for name in profile_names():
        profile = load_profile(name)
        yield f"{name:<24} {profile.title} [{', '.join(profile.requires)}]"


def faults(cases: Sequence[Case], checks: Mapping[str, Check]) -> Iterator[str]:
    """Every fault of the reference key server, and the checks that detect it."""
    for name, fault in load_faults().items():
        if fault.base:
            continue
        told = ", ".join((*fault.kills, *fault.records))
        also = f" (also in one carrier: {', '.join(f'[{one}]' for one in fault.carriers)})" if fault.carriers else ""
        yield f"{name:<34} {fault.story} [{told}]{also}"


TOPICS: Mapping[str, Callable[[Sequence[Case], Mapping[str, Check]], Iterator[str]]] = {
    "requirements": requirements,
    "cases": case_lines,
    "checks": check_lines,
    "sets": sets,
    "profiles": profiles,
    "faults": faults,
}
"""Option of `list` -> the lines it prints."""


def levels(requirement: Requirement) -> str:
    """Its keyword, or those of its versions where they differ."""
    words = dict.fromkeys(level.value for level in requirement.levels.values())
    return " / ".join(words)


def summary(cases: Sequence[Case], checks: Mapping[str, Check]) -> Iterator[str]:
    """How many there are of each, and how to see them."""
    for name, lines in TOPICS.items():
        yield f"{sum(1 for _ in lines(cases, checks)):>6} {name:<14} speke-conformance list --{name}"
    yield ""
    yield "speke-conformance explain NAME describes a check, requirement, case, set, fault or verdict."
