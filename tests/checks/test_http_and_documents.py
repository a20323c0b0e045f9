"""The checks about HTTP, document structure, echo, refusals, versions and state, on the reference server.

The right server gives nothing above a note; each fault is found by the checks that it names, and by few others;
harmless variation of the server stays green.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from conformance.checks.selector import possible
from conformance.model import VERSIONS, Case, Result, ResultState
from conformance.refserver import Config, RefusedContract, load_faults
from tests.checks.playing import (
    cases_of,
    claims,
    fault_file,
    found,
    known_checks,
    play,
    told,
    worst_level,
)

AREAS = ("http", "versions", "document", "errors", "malformed")

MODULES = ("http", "document", "structure", "echo", "refusal", "state", "versions", "malformed")

PLAYED: dict[str, tuple[str, ...]] = {
    "http": ("http", "versions", "document", "errors"),
    "echo": ("http", "document"),
    "structure": ("http", "document"),
    "errors": ("versions", "errors", "malformed"),
    "versions": ("versions", "http"),
    "state": ("document", "http", "malformed"),
}
"""File of faults -> the areas whose cases are played against them."""

PROVEN_ELSEWHERE = frozenset(
    {
        "STATE-MIXED-UNDER-CONCURRENCY",
        "STATE-CACHED-BY-KEY-COUNT",
        "HTTP-ENDLESS",
        "HTTP-DRIPS",
        "HTTP-GZIP-ONLY-SAID",
        "VERSION-REFUSED-IN-OWN-WORDS",
        "VERSION-ONLY-THE-HEADER-COUNTS",
    }
)
"""Show only among other requests, over a wire, or at a server of one version: the whole proof plays them so."""

POLICY = RefusedContract("SHARED", track_types=frozenset({"ALL"}))

FAULTS = [
    pytest.param(area, fault, id=fault.id)
    for area in PLAYED
    for fault in fault_file(area)
    if fault.id not in PROVEN_ELSEWHERE and "POLICY" not in fault.id
]


@cache
def cases(areas: tuple[str, ...], versions: tuple[str, ...] = VERSIONS) -> tuple[Case, ...]:
    return tuple(case for area in areas for case in cases_of(area) if case.version in versions)


@cache
def baseline(areas: tuple[str, ...], versions: tuple[str, ...] = VERSIONS) -> tuple[Result, ...]:
    return tuple(play(cases(areas, versions)))


def grave(results: Sequence[Result]) -> list[Result]:
    """Results that cost something: an advisory or more, a broken check, a question that could not be asked."""
    return [
        one
        for one in results
        if one.state in (ResultState.ERROR, ResultState.UNTESTABLE) or (one.findings and worst_level(one) >= 2)
    ]


def test_the_right_server_gives_nothing_above_a_note() -> None:
    results = baseline(AREAS)
    assert not grave(results), told(grave(results)) or [one.reason for one in grave(results)]
    assert len(results) > 1500


def test_every_check_of_these_topics_is_killed_by_a_fault() -> None:
    named = {name for fault in load_faults().values() for name in (*fault.kills, *fault.records)}
    ours = {name for name, check in known_checks().items() if check.module.rpartition(".")[2] in MODULES}
    assert ours <= named, sorted(ours - named)


def test_every_check_of_these_topics_is_asked_somewhere() -> None:
    asked = {check.id for case in cases(AREAS) for step in case.steps for check in possible(step)}
    ours = {name for name, check in known_checks().items() if check.module.rpartition(".")[2] in MODULES}
    assert ours <= asked


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_a_server_of_one_version_is_asked_for_its_own_and_refuses_the_other(version: str) -> None:
    claimed = claims(versions=frozenset({version}))
    results = play(cases(AREAS), config=Config(versions=(version,)), claimed=claimed)
    assert not grave(results), told(grave(results))
    assert any(one.check == "versions.unclaimed-version-refused" for one in results)


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_a_server_that_serves_a_version_that_it_does_not_claim_is_told_that_it_could(version: str) -> None:
    claimed = claims(versions=frozenset({version}))
    seen = found(play(cases(("versions",)), claimed=claimed))
    assert "versions.unclaimed-version-refused" not in seen
    assert "claims.delivered-is-claimed" in seen


def test_a_server_that_answers_an_unclaimed_version_as_its_own_is_found() -> None:
    fault = next(fault for fault in fault_file("versions") if fault.id == "VERSION-2.1-ANSWERED-AS-2.3")
    seen = found(play(cases(("versions",)), [fault], claimed=claims(versions=frozenset({"2.0"}))))
    assert "versions.unclaimed-version-refused" in seen
    assert "claims.delivered-is-claimed" not in seen


@pytest.mark.parametrize("name", ["", "OTHER-WORDS", "AS-SUCCESS", "ACCEPTED"])
def test_a_declared_policy_is_asked_for_its_message(name: str) -> None:
    claimed = claims(refuses=("SHARED",))
    faults = [fault for fault in fault_file("errors") if fault.id == f"ERROR-POLICY-{name}"]
    chosen = tuple(case for case in cases(("errors",)) if case.id == "ERR-CONTRACT-NOT-SUPPORTED")
    results = play(chosen, faults, config=Config(refuses=(POLICY,)), claimed=claimed)
    asked = [one for one in results if one.state is ResultState.ASKED]
    assert {one.case for one in asked} == {
        f"ERR-CONTRACT-NOT-SUPPORTED[{version}-SHARED]" for version in ("2.0", "2.1")
    }
    seen = {name for name, ones in found(results).items() if any(worst_level(one) >= 2 for one in ones)}
    assert seen == {kill for fault in faults for kill in fault.kills}


def test_a_server_that_refuses_everything_collects_no_green_negatives() -> None:
    fault = replace(
        next(fault for fault in fault_file("errors") if fault.id == "ERROR-STATUS-400"),
        when=(),
        id="EVERYTHING-REFUSED",
    )
    results = play(cases(("errors",)), [fault])
    asked = [one for one in results if one.check == "refusal.standard-message"]
    assert asked
    assert all(one.state in (ResultState.UNTESTABLE, ResultState.NOT_CLAIMED) for one in asked)
