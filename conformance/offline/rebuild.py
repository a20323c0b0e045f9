"""A run as its result document tells it: profile, claims, ending and facts, for judging it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import DataError, nearest
from conformance.checks.registry import Check
from conformance.judge import Ending, KnownDeviation, Rulebook
from conformance.model import Case, Claims, Unclaimed
from conformance.results.run_facts import RunFacts, environment
from conformance.run.profile import Disputed, Profile
from conformance.run.session import rulebook_of


def claims_of(document: Mapping[str, Any]) -> Claims:
    """The claims by which the run was judged, whether stated or discovered."""
    told = document["claims"]
    return Claims(
        frozenset(told["versions"]),
        frozenset((system, scheme) for system, scheme in told["schemes"]),
        frozenset(told["features"]),
        tuple(told["refuses"]),
        told["concurrent"],
    )


def profile_of(document: Mapping[str, Any], place: str) -> Profile:
    """The profile of the run; DataError where it names a requirement set that this version does not have."""
    told = document["profile"]
    known = load_catalogue().sets
    for name in (*told["requires"], *told["reports"]):
        if name not in known:
            raise DataError(place, f"this version has no requirement set {name!r}{nearest(name, known)}")
    return Profile(
        name=told["name"],
        title=told["title"],
        path="",
        requires=tuple(told["requires"]),
        reports=tuple(told["reports"]),
        claims=None if document["claims"]["discovered"] else claims_of(document),
        only_cases=tuple(told["cases"]),
        known=tuple(KnownDeviation(**entry) for entry in told["known"]),
        disputed=tuple(Disputed(**entry) for entry in told["disputed"]),
    )


def rulebook(document: Mapping[str, Any], profile: Profile) -> Rulebook:
    """The sets in force in the run, as this version has them."""
    return rulebook_of(profile, claims_of(document), strict=document["run"]["strict"])


def ending_of(document: Mapping[str, Any]) -> Ending:
    """How the run ended; what was missing then is missing still."""
    run = document["run"]
    return Ending(run["partial"], run["interrupted"], run["incomplete"])


def facts_of(
    document: Mapping[str, Any], profile: Profile, rules: Rulebook, cases: Sequence[Case], checks: Mapping[str, Check]
) -> RunFacts:
    """The facts of the run for the reports; version, rules and environment are those of today."""
    run = document["run"]
    target = run["target"]
    return RunFacts(
        profile=profile,
        claims=rules.claims,
        sets=rules.sets,
        cases=tuple(cases),
        checks=checks,
        catalogue=load_catalogue(),
        discovered=document["claims"]["discovered"],
        unclaimed=tuple(Unclaimed(**one) for one in document["claims"]["refusals"]),
        seed=run["seed"],
        started=run["started"],
        finished=run["finished"],
        host=target["host"],
        scheme=target["scheme"],
        built_in=target["built_in"],
        faults=tuple(target["faults"]),
        auth_kind=run["auth"]["kind"],
        auth_options={name: text for name, text in run["auth"].items() if name != "kind"},
        gate=run["gate"],
        strict=run["strict"],
        insecure=run["insecure"],
        concurrency=run["concurrency"],
        timeout=run["timeout"],
        limits=run["limits"],
        labels=run["labels"],
        environment=environment(),
        command=run["command"],
        options=tuple(run["options"]),
        who=run["who"],
        stopped=run["stopped"],
        selected=run["partial"],
    )
