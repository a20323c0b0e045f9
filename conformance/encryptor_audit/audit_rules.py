"""What an audit judges by: the encryptor's rules as requirement sets, its habits, and a profile's sets for answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from conformance.cases.features import everything
from conformance.catalogue import Catalogue, load_catalogue
from conformance.checks.registry import Check
from conformance.encryptor_audit.answer_checks import SAME_KEY, load_answer_checks
from conformance.encryptor_audit.quirks import KnownEncryptor, Quirk
from conformance.encryptor_audit.registry import load_request_checks
from conformance.judge import Rulebook, SetInForce
from conformance.model import VERSIONS, Level, Requirement, RequirementSet
from conformance.run.profile import Profile
from conformance.run.rulebooks import rulebook_of

_UNSEEN = "it is about what the encryptor does with an answer, which cannot be seen from the key server's side"


@dataclass(frozen=True)
class Rules:
    """The questions of an audit and what they are judged by."""

    catalogue: Catalogue
    """The shipped one, with the encryptor's rules and habits among the requirements."""
    profile: Profile
    rulebook: Rulebook
    duties: Mapping[str, Check]
    """Asked of each request."""
    answers: Mapping[str, Check]
    """Asked of each answer; empty where the answers are the reference server's own."""
    habits: tuple[Quirk, ...] = ()

    @property
    def checks(self) -> Mapping[str, Check]:
        """All questions by id."""
        return {check.id: check for check in (*self.duties.values(), *self.answers.values())}


def make_rules(encryptor: KnownEncryptor | None, answered_by: Profile | None = None, *, strict: bool = False) -> Rules:
    """The rules of an audit; with a profile its sets judge the answers, too."""
    catalogue = load_catalogue()
    duties = dict(load_request_checks()) | (encryptor.checks() if encryptor else {})
    tested = {name for check in duties.values() for name in check.requirements}
    own = {name: _own(rule, tested) for name, rule in catalogue.encryptor_requirements.items()}
    own |= {habit.requirement.id: habit.requirement for habit in encryptor.habits} if encryptor else {}
    sets = [_set(f"encryptor-{version}@1", f"SPEKE v{version}, the encryptor's part", version) for version in VERSIONS]
    in_force = [SetInForce(one, True, {one.version: _levels(own.values(), one.version)}) for one in sets]
    if encryptor is not None:
        usual = RequirementSet(encryptor.set, f"Habits of {encryptor.title}", decides=False)
        levels = {version: {habit.requirement.id: Level.NOTE for habit in encryptor.habits} for version in VERSIONS}
        in_force.append(SetInForce(usual, False, levels))
    answering = rulebook_of(answered_by, everything(), strict=strict) if answered_by is not None else None
    sets_of_answers = answering.sets if answering is not None else ()
    return Rules(
        _with(catalogue, own, [one.set for one in in_force]),
        _profile([*in_force, *sets_of_answers], answered_by),
        Rulebook((*in_force, *sets_of_answers), everything(), answering.known if answering else (), strict),
        duties,
        {**load_answer_checks(), SAME_KEY.id: SAME_KEY} if answered_by is not None else {},
        encryptor.habits if encryptor else (),
    )


def _own(rule: Requirement, tested: set[str]) -> Requirement:
    home = "encryptor-2.1@1" if "2.0" not in rule.levels else "encryptor-2.0@1"
    return replace(rule, set=home, untestable="" if rule.id in tested else _UNSEEN)


def _set(name: str, title: str, version: str) -> RequirementSet:
    return RequirementSet(name, title, version=version)


def _levels(rules: Iterable[Requirement], version: str) -> Mapping[str, Level]:
    # Habits have a set of their own, although they hold for every version.
    return {rule.id: rule.levels[version] for rule in rules if version in rule.levels and "habits" not in rule.set}


def _with(catalogue: Catalogue, own: Mapping[str, Requirement], sets: Iterable[RequirementSet]) -> Catalogue:
    return replace(
        catalogue,
        requirements=MappingProxyType({**catalogue.requirements, **own}),
        sets=MappingProxyType({**catalogue.sets, **{one.id: one for one in sets}}),
        names=MappingProxyType({**catalogue.names, **{name: name for name in own}}),
    )


def _profile(sets: Iterable[SetInForce], answered_by: Profile | None) -> Profile:
    names = [(one.set.id, one.required) for one in sets]
    known = answered_by.known if answered_by is not None else ()
    return Profile(
        name="audit" if answered_by is None else f"proxy, answers by {answered_by.name}",
        title="What an encryptor sends" if answered_by is None else "Traffic between encryptor and key server",
        path="",
        requires=tuple(name for name, required in names if required),
        reports=tuple(name for name, required in names if not required),
        known=known,
    )
