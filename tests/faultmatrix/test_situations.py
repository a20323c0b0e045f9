"""Faults that show in one situation alone are found in it."""

from __future__ import annotations

from functools import cache, partial

import pytest

from conformance.cases import load_cases
from conformance.cases.combinations import ArrayOptions
from conformance.checks import load_checks
from conformance.faultmatrix.baseline import Baseline, set_up
from conformance.faultmatrix.in_process import InProcess
from conformance.faultmatrix.laws import is_green
from conformance.faultmatrix.mutants import play
from conformance.faultmatrix.quick_choice import Candidate, best_choice, profile_text
from conformance.faultmatrix.simulated_run import simulate_run
from conformance.faultmatrix.situations import SITUATIONS, Score, play_in_situations
from conformance.model import Case
from conformance.refserver import Config, Fault, load_faults
from conformance.refserver.variants import load_variants
from conformance.run.profile import load_profile

SAMPLE = ("KEY-ZERO", "HLS-MEDIA-AND-MASTER-SWAPPED", "PSSH-OF-OTHER-SYSTEM", "WIDEVINE-POLICY", "KEY-SAME-FOR-ALL")
"""Faults of the sample; `faults --situations` plays all of them."""

HIDDEN = (
    "RUN-IV-FIRST-KEY-IN-PLAYLIST",
    "RUN-V1-ELEMENTS-FOR-ONE-KEY",
    "RUN-UPPER-CASE-KID-UNSIGNALLED",
    "RUN-UPPER-CASE-KID-OTHER-KEY",
)
"""Mistakes that no request shows which asks for all DRM systems at once."""

SERVING_FAIRPLAY = ("aws-suite", "mediaconvert", "mediapackage-v2-live", "mediapackage-vod", "reference", "speke-2.0")


@cache
def combined(name: str, strength: int = 2) -> tuple[Case, ...]:
    """The rows of the array for a profile, with the case that asks one system alone, and the laws."""
    cases = load_cases(load_checks(), options=ArrayOptions(load_profile(name).claims, strength))
    return tuple(case for case in cases if case.combination or case.id == "RUN-ONE-SYSTEM" or case.sends_nothing)


@cache
def small() -> Baseline:
    """The right server, asked the rows of the array."""
    return set_up(combined("reference"))


@pytest.mark.parametrize("name", SAMPLE)
def test_a_fault_is_found_in_each_situation_alone(name: str) -> None:
    found = play_in_situations(small(), load_faults()[name])
    assert found.visible > 10
    assert found.missed == ()


def test_what_no_check_names_is_said_to_be_missed() -> None:
    fault = load_faults()["RUN-V1-ELEMENTS-FOR-ONE-KEY"]
    found = play_in_situations(small(), fault, SITUATIONS[:2])
    assert (found.killed, found.visible) == (2, 2)
    assert Score(4, 3, (("A", "version 2.0", "C::ask"),)).sentence.endswith("killed by name (75.0 %)")


def _faulty(fault: Fault, config: Config) -> InProcess:
    return InProcess(config, (fault,))


@pytest.mark.parametrize("name", SERVING_FAIRPLAY)
def test_what_hides_behind_all_systems_is_found_under_every_profile(name: str) -> None:
    alone = [case for case in combined(name) if dict(case.combination).get("systems") not in ("usual", "all")]
    for fault in (load_faults()[one] for one in HIDDEN):
        found = simulate_run(load_profile(name), alone, server=partial(_faulty, fault))
        told = {one.check for one in found.judgements if one.findings}
        assert told & set(fault.kills), f"{fault.id} is not found under {name}"


@pytest.mark.parametrize("name", ["KEYS-KID-OVERRIDE", "XML-UPPER-CASE-UUIDS", "KEYS-EXPLICIT-IV-OF-PROVIDER"])
def test_a_harmless_variant_stays_green_in_triples(name: str) -> None:
    stage = set_up(combined("reference", 3)[::12])
    variant = load_variants()[name]
    assert is_green(variant, play(stage, variant, thorough=True))


def _candidate(name: str, *steps: str) -> Candidate:
    return Candidate(name, frozenset((name, step) for step in steps), ())


def test_the_best_for_the_price_is_chosen_first() -> None:
    tried = [_candidate("A", "ask"), _candidate("B", "1", "2"), _candidate("C", "ask")]
    killed = {"one": ["A"], "two": ["B", "A"], "three": ["B"], "four": ["B"], "five": [], "six": ["C"]}
    choice = best_choice(tried, killed, most=3)
    assert choice.cases == ("A", "B")
    assert (choice.requests, choice.seen, choice.faults, choice.share) == (3, 4, 6, 66)
    assert "title: 3 requests that see 66 % of the faults that the suite knows" in profile_text(choice)


def test_a_case_that_others_make_superfluous_is_exchanged() -> None:
    tried = [_candidate("A", "1"), _candidate("B", "1"), _candidate("C", "1")]
    killed = {"1": ["A", "B"], "2": ["A", "B"], "3": ["A", "C"], "4": ["A", "C"], "5": ["B"], "6": ["C"], "7": ["A"]}
    # Alone A sees most, and beside it nothing is gained that B and C together do not have.
    assert best_choice(tried, killed, most=1).cases == ("A",)
    choice = best_choice(tried, {name: cases for name, cases in killed.items() if name != "7"}, most=2)
    assert (set(choice.cases), choice.seen) == ({"B", "C"}, 6)
