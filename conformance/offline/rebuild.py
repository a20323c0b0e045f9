"""A run as its result document tells it: profile, claims, ending and facts, for judging it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.cases.combinations import ArrayOptions
from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import DataError, nearest
from conformance.checks.registry import Check
from conformance.judge import Rulebook
from conformance.model import Case
from conformance.results.document import Document
from conformance.results.run_facts import RunFacts, environment
from conformance.run.profile import Profile
from conformance.run.rulebooks import rulebook_of


def profile_of(document: Document, place: str) -> Profile:
    """The profile of the run; DataError where it names a requirement set that this version does not have."""
    told = document.profile
    known = load_catalogue().sets
    for name in (*told.requires, *told.reports):
        if name not in known:
            raise DataError(place, f"this version has no requirement set {name!r}{nearest(name, known)}")
    return Profile(
        name=told.name,
        title=told.title,
        path="",
        requires=tuple(told.requires),
        reports=tuple(told.reports),
        claims=None if document.claims.discovered else document.claims.claims,
        only_cases=tuple(told.cases),
        known=tuple(told.known),
        disputed=tuple(told.disputed),
    )


def arrays_of(document: Document) -> ArrayOptions:
    """For whom the covering arrays of the run were made."""
    made = document.run.arrays
    return ArrayOptions(document.claims.claims if made.claimed else None, made.strength, made.listed)


def rulebook(document: Document, profile: Profile) -> Rulebook:
    """The sets in force in the run, as this version has them."""
    return rulebook_of(profile, document.claims.claims, strict=document.run.strict)


def rebuilt_facts(
    document: Document, profile: Profile, rules: Rulebook, cases: Sequence[Case], checks: Mapping[str, Check]
) -> RunFacts:
    """The facts of the run for the reports; version, rules and environment are those of today."""
    return RunFacts(
        document.run,
        profile=profile,
        claims=rules.claims,
        sets=rules.sets,
        cases=tuple(cases),
        checks=checks,
        catalogue=load_catalogue(),
        discovered=document.claims.discovered,
        unclaimed=tuple(document.claims.refusals),
        environment=environment(),
    )
