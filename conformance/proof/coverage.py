"""Which check and which case tests which rule: found out by real runs against the built-in server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from conformance.cases import load_cases
from conformance.catalogue import load_catalogue
from conformance.checks import load_checks
from conformance.judge import Result, State
from conformance.model import Case, Requirement
from conformance.profile import Profile, load_profile
from conformance.proof.rehearsal import rehearse

RUNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("reference", ()),
    ("speke-2.0", ("versions", "claims")),
    ("speke-2.1", ("versions", "claims")),
)
"""Profiles that are run, and the areas of cases for each (none: all); some rules bind only servers of one version."""


class Standing(StrEnum):
    """How far a rule is tested."""

    TESTED = "tested"
    WHERE_PRESENT = "tested where present"
    """Asked, but the answers of the built-in server hold nothing that the rule is about."""
    NOT_TESTABLE = "not testable"
    NOT_COVERED = "NOT COVERED"


@dataclass(frozen=True, slots=True)
class Tested:
    """One rule with everything that tests it, or the reason why nothing does."""

    requirement: Requirement
    standing: Standing
    checks: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    """Ids of the cases, in the order of the files, without their variants."""
    variants: int = 0
    """Cases with their variants."""
    reason: str = ""


@dataclass(frozen=True)
class Coverage:
    """The rules that bind key servers, and what the run with all cases amounted to."""

    tested: Mapping[str, Tested]
    cases: tuple[Case, ...]
    checks: int
    results: int
    exchanges: int

    def of_set(self, name: str) -> tuple[Tested, ...]:
        """The rules whose own set this is."""
        return tuple(one for one in self.tested.values() if one.requirement.set == name)

    def named_again(self, name: str) -> tuple[Tested, ...]:
        """The rules of other sets that this one names again, with a grade of its own."""
        return tuple(one for one in self.tested.values() if name in one.requirement.also_in)

    @property
    def gaps(self) -> tuple[Tested, ...]:
        """The rules that nothing tests and that give no reason."""
        return tuple(one for one in self.tested.values() if one.standing is Standing.NOT_COVERED)


@dataclass
class _Seen:
    looked: bool = False
    checks: dict[str, None] = field(default_factory=dict)
    cases: dict[str, None] = field(default_factory=dict)
    variants: set[str] = field(default_factory=set)
    nothing: str = ""
    """Why the question found nothing to look at."""


def measure(cases: Sequence[Case] | None = None, runs: Sequence[tuple[str, tuple[str, ...]]] = RUNS) -> Coverage:
    """Run the cases and see what each rule was asked by; by default all that ship with the suite."""
    known = load_checks()
    library = list(cases) if cases is not None else load_cases(known)
    seen: dict[str, _Seen] = {}
    results = exchanges = 0
    for number, (name, areas) in enumerate(runs):
        found = rehearse(_every_set(load_profile(name)), library, areas)
        _take(seen, [one.result for one in found.judgements])
        if number == 0:
            results, exchanges = len(found.judgements), found.exchanges
    rules = load_catalogue().requirements.values()
    tested = {rule.id: _tested(rule, seen.get(rule.id)) for rule in rules}
    asked = {check for case in library for step in case.steps for check in step.checks}
    return Coverage(tested, tuple(library), len(asked), results, exchanges)


def _every_set(profile: Profile) -> Profile:
    """The profile with all sets there are, so that no question is left out for the set that it belongs to."""
    return replace(profile, requires=tuple(load_catalogue().sets), reports=())


def _take(seen: dict[str, _Seen], results: Iterable[Result]) -> None:
    catalogue = load_catalogue()
    for result in results:
        if result.state is not State.ASKED:
            continue
        for name in result.requirements:
            if result.version not in catalogue.requirement(name).levels:
                continue
            one = seen.setdefault(name, _Seen())
            one.looked = one.looked or not result.reason
            one.nothing = one.nothing or result.reason
            one.checks[result.check] = None
            one.cases[result.case.partition("[")[0]] = None
            one.variants.add(result.case)


def _tested(rule: Requirement, seen: _Seen | None) -> Tested:
    if seen is None:
        standing = Standing.NOT_TESTABLE if rule.untestable else Standing.NOT_COVERED
        return Tested(rule, standing, reason=rule.untestable)
    standing = Standing.TESTED if seen.looked else Standing.WHERE_PRESENT
    reason = "" if seen.looked else seen.nothing
    return Tested(rule, standing, tuple(seen.checks), tuple(seen.cases), len(seen.variants), reason)


# --- by name -------------------------------------------------------------------------------------------------------

PARTS_OF_2_1: Mapping[str, str] = {
    "HDCPData": "extras.hdcp-offered",
    "robustness": "extras.robustness-offered",
    "HLSAllowedCPC": "extras.allowed-cpc-offered",
    "start and end": "periods.instants-unchanged",
    "startOffset and endOffset": "periods.offsets-unchanged",
    "HLS methods as schemes": "keys.hls-method-echoed",
}
"""What SPEKE 2.1 adds -> the check that is asked about it and about nothing else."""

Named = tuple[str, str, tuple[str, ...]]
"""Kind, name, and the cases that are about it."""


def by_name(cases: Sequence[Case]) -> Iterator[Named]:
    """The standard messages, contracts, DRM systems and parts of 2.1, each with its own cases."""
    catalogue = load_catalogue()
    for name, message in catalogue.messages.items():
        yield "message", message.text, _ids(case for case in cases if _expects(case, name))
    for name in catalogue.contracts:
        yield "contract", name, _ids(case for case in cases if _asks_contract(case, name))
    systems = {system for case in cases for step in case.steps for system in step.plan.systems}
    for name in catalogue.systems:
        if name in systems:
            yield "DRM system", name, _ids(case for case in cases if case.area == "drm" and _alone(case, name))
    for part, check in PARTS_OF_2_1.items():
        yield (
            "2.1",
            part,
            _ids(case for case in cases if case.version == "2.1" and _asks(case, check) and _only_2_1(case, cases)),
        )


def _expects(case: Case, message: str) -> bool:
    return any(step.expect.message == message and not step.expect.alternatives for step in case.steps)


def _asks_contract(case: Case, name: str) -> bool:
    return any(rule.preset == name for step in case.steps for rule in step.plan.rules)


def _alone(case: Case, system: str) -> bool:
    return any(step.plan.systems == (system,) for step in case.steps)


def _asks(case: Case, check: str) -> bool:
    return any(check in step.checks for step in case.steps)


def _only_2_1(case: Case, cases: Sequence[Case]) -> bool:
    return all(other.version == "2.1" for other in cases if other.id == case.id)


def _ids(cases: Iterable[Case]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(case.id for case in cases))
