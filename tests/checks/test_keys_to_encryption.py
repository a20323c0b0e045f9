"""The checks of content keys, KIDs, contract, periods, key encryption, safety and Shaka, on the reference server.

The right server gives nothing above a note; each fault is found by the checks that it names, and by few others;
harmless variation of the server stays green.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from conformance.checks.selector import possible
from conformance.model import VERSIONS, Case, Result, ResultState
from conformance.refserver import Config, Fault, load_faults
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

AREAS = ("keys", "contract", "combinations", "periods", "safety", "encryption")

MODULES = (
    "keys",
    "explicit_iv",
    "weak_keys",
    "safety",
    "kid",
    "contract",
    "periods",
    "period_keys",
    "period_times",
    "encryption",
    "encryption_values",
    "encryption_compared",
    "encryption_certificates",
    "shaka",
)

PLAYED: dict[str, tuple[str, ...]] = {
    "keys": ("keys", "safety", "periods"),
    "kid": ("keys", "safety"),
    "contract": ("combinations", "contract"),
    "periods": ("periods",),
    "encryption": ("encryption",),
}
"""File of faults -> the areas whose cases are played against them."""

ELSEWHERE = frozenset({"refusal.request-refused", "widevine.names-its-kid"})
"""Checks of other topics that faults of these files are for; their own tests see to them."""

FAULTS = [pytest.param(area, fault, id=fault.id) for area in PLAYED for fault in fault_file(area)]


@cache
def cases(areas: tuple[str, ...], versions: tuple[str, ...] = VERSIONS) -> tuple[Case, ...]:
    """The cases of some areas, without the long matrices."""
    chosen = (case for area in areas for case in cases_of(area) if case.version in versions)
    return tuple(case for case in chosen if "repetition" not in case.tags)


@cache
def baseline(areas: tuple[str, ...], versions: tuple[str, ...]) -> tuple[Result, ...]:
    return tuple(play(cases(areas, versions)))


def is_ours(result: Result) -> bool:
    return known_checks()[result.check].module.rpartition(".")[2] in MODULES


def grave(results: Sequence[Result]) -> list[Result]:
    """Results that cost something: an advisory or more, a broken check, a question that could not be asked."""
    return [
        one
        for one in results
        if one.state in (ResultState.ERROR, ResultState.UNTESTABLE) or (one.findings and worst_level(one) >= 2)
    ]


def areas_for(area: str, fault: Fault) -> tuple[str, ...]:
    """Where a fault shows: in the cases of its topic, and in those with encryption if it is about that."""
    topics = {name.partition(".")[0] for name in fault.kills}
    more = [one for topic, one in (("encryption", "encryption"), ("playready", "drm")) if topic in topics]
    return tuple(dict.fromkeys((*PLAYED[area], *more)))


def recorded(results: Sequence[Result], usual: Sequence[Result]) -> dict[str, list[Result]]:
    """Check id -> results that only record, where they record something else than with the right server."""
    before = {(one.case, one.step, one.check): one.findings for one in usual}
    return found(
        one for one in results if worst_level(one) == 0 and before.get((one.case, one.step, one.check)) != one.findings
    )


@pytest.mark.parametrize("area", AREAS)
def test_the_right_server_gives_nothing_above_a_note(area: str) -> None:
    results = play(cases_of(area))
    assert not grave(results), told(grave(results)) or [one.reason for one in grave(results)]


def test_every_check_of_these_topics_is_killed_by_a_fault() -> None:
    named = {name for fault in load_faults().values() for name in (*fault.kills, *fault.records)}
    ours = {name for name, check in known_checks().items() if check.module.rpartition(".")[2] in MODULES}
    assert ours <= named, ours - named


def test_every_check_of_these_topics_is_asked_somewhere() -> None:
    asked = {check.id for case in cases(AREAS) for step in case.steps for check in possible(step)}
    ours = {name for name, check in known_checks().items() if check.module.rpartition(".")[2] in MODULES}
    assert ours <= asked, ours - asked


def encryption_results(config: Config, *features: str) -> list[Result]:
    chosen = tuple(case for case in cases(("encryption",)) if case.id == "ENCRYPTION-ASKED-OF-ALL")
    return play(chosen, config=config, claimed=claims(features=frozenset(features)))


def test_a_server_without_key_encryption_may_refuse_it() -> None:
    results = encryption_results(Config(key_encryption=False))
    assert not grave(results), told(grave(results))


@pytest.mark.parametrize("claimed", [True, False])
def test_a_clear_answer_to_a_request_for_encryption_weighs_as_much_as_the_claim(claimed: bool) -> None:
    chosen = tuple(case for case in cases(("encryption",)) if case.id == "ENCRYPTION-ASKED-OF-ALL")
    faults = [fault for fault in fault_file("encryption") if fault.id == "ENCRYPTION-IGNORED"]
    features = frozenset({"key-encryption"} if claimed else ())
    seen = found(play(chosen, faults, claimed=claims(features=features)))
    assert "encryption.not-in-the-clear" in seen
    assert ("safety.encryption-claim-kept" in seen) is claimed


def test_without_multi_key_rotation_and_encryption_the_cases_for_them_are_not_claimed() -> None:
    results = play(cases(AREAS), claimed=claims(features=frozenset()))
    assert not grave(results), told(grave(results))
    assert any(one.state is ResultState.NOT_CLAIMED for one in results)


def test_a_server_that_makes_up_keys_has_one_root_cause() -> None:
    """Where the plain repetition differs, the other comparisons say that they cannot be made."""
    fault = next(fault for fault in fault_file("keys") if fault.id == "KEY-NEW-EACH-TIME")
    results = play(cases(("safety",), ("2.1",)), [fault])
    compared = [one for one in results if one.check.startswith("safety.key-independent")]
    assert compared
    assert all(one.state is ResultState.UNTESTABLE and "repetition" in one.reason for one in compared), told(compared)


def test_a_kid_that_changes_by_itself_makes_key_comparisons_untestable() -> None:
    fault = next(fault for fault in fault_file("kid") if fault.id == "KID-OVERRIDDEN-NOW-AND-THEN")
    chosen = tuple(case for case in cases(("safety",), ("2.1",)) if case.id == "SAFE-REPETITION")
    again = [
        one for one in play(chosen, [fault]) if one.check == "safety.same-key-on-repetition" and one.step == "again"
    ]
    assert [one.state for one in again] == [ResultState.UNTESTABLE]


@pytest.mark.parametrize("fault", fault_file("keys"), ids=lambda fault: fault.id)
def test_no_finding_holds_a_key(fault: Fault) -> None:
    """Whatever is wrong with keys, sentences speak of KIDs and lengths."""
    texts = [
        part
        for result in play(cases(("keys",), ("2.1",))[:3], [replace(fault, when=())])
        if is_ours(result) and not result.check.startswith("iv.")
        for one in result.findings
        for part in (one.expected, one.seen, one.hint)
    ]
    assert not [text for text in texts if re.search(r"[A-Za-z0-9+/_-]{21}[AQgw]|[0-9a-f]{32}", text)]
