"""Which check and which case tests which rule: found out by real runs against the built-in server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from conformance.cases import load_cases
from conformance.catalogue import load_catalogue
from conformance.checks import load_checks
from conformance.faultmatrix.simulated_run import simulate_run
from conformance.judge import Judgement
from conformance.model import Case, Requirement, ResultState
from conformance.refserver import Config
from conformance.refserver.config import Style
from conformance.run.profile import Profile, load_profile


@dataclass(frozen=True, slots=True)
class CoverageRun:
    """One run: a profile, the areas of cases (none: all), and what the built-in server does otherwise than usual."""

    profile: str
    areas: tuple[str, ...] = ()
    alter: Callable[[Config], Config] = lambda config: config


def _at_liberty(config: Config) -> Config:
    """The choices that the specification leaves to a server, made the other way."""
    more = {name: (*schemes, "cens") for name, schemes in config.schemes.items() if name in ("widevine", "playready")}
    return replace(
        config,
        kid_override=True,
        hls_keyid=True,
        widevine_pssh_version=1,
        schemes={**config.schemes, **more},
        style=Style(content_type="application/xml; charset=UTF-8"),
    )


RUNS = (
    CoverageRun("reference"),
    CoverageRun("reference", ("http", "kid", "drm"), _at_liberty),
    CoverageRun("speke-2.0", ("versions", "claims")),
    CoverageRun("speke-2.1", ("versions", "claims")),
)
"""What is run: some rules bind only servers of one version, or only servers that use a liberty."""


class TestedState(StrEnum):
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
    standing: TestedState
    checks: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    """Ids of the cases, in the order of the files, without their variants."""
    variants: int = 0
    """Cases with their variants."""
    needs: tuple[str, ...] = ()
    """What all these cases need: where it is not claimed, the rule is not judged."""
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
        return tuple(one for one in self.tested.values() if one.standing is TestedState.NOT_COVERED)


@dataclass
class _Seen:
    looked: bool = False
    checks: dict[str, None] = field(default_factory=dict)
    cases: dict[str, None] = field(default_factory=dict)
    variants: set[str] = field(default_factory=set)
    nothing: str = ""
    """Why the question found nothing to look at."""


def measure(cases: Sequence[Case] | None = None, runs: Sequence[CoverageRun] = RUNS) -> Coverage:
    """Run the cases and see what each rule was asked by; by default all that ship with the suite."""
    known = load_checks()
    library = list(cases) if cases is not None else load_cases(known)
    seen: dict[str, _Seen] = {}
    results = exchanges = 0
    asked: set[str] = set()
    for outing in runs:
        found = simulate_run(_every_set(load_profile(outing.profile)), library, outing.areas, outing.alter)
        _take(seen, found.judgements)
        if not outing.areas:
            results, exchanges = len(found.judgements), found.exchanges
            asked = {one.check for one in found.judgements}
    rules = load_catalogue().requirements.values()
    needs = {case.name: frozenset(case.needs) for case in library}
    tested = {rule.id: _tested(rule, seen.get(rule.id), needs) for rule in rules}
    return Coverage(tested, tuple(library), len(asked), results, exchanges)


def _every_set(profile: Profile) -> Profile:
    """The profile with all sets there are, so that no question is left out for the set that it belongs to."""
    return replace(profile, requires=tuple(load_catalogue().sets), reports=())


def _take(seen: dict[str, _Seen], results: Iterable[Judgement]) -> None:
    catalogue = load_catalogue()
    for result in results:
        if result.state is not ResultState.ASKED:
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


def _tested(rule: Requirement, seen: _Seen | None, needs: Mapping[str, frozenset[str]]) -> Tested:
    if seen is None:
        standing = TestedState.NOT_TESTABLE if rule.untestable else TestedState.NOT_COVERED
        return Tested(rule, standing, reason=rule.untestable)
    standing = TestedState.TESTED if seen.looked else TestedState.WHERE_PRESENT
    reason = "" if seen.looked else seen.nothing
    common = sorted(frozenset.intersection(*(needs[name] for name in seen.variants)))
    return Tested(rule, standing, tuple(seen.checks), tuple(seen.cases), len(seen.variants), tuple(common), reason)
