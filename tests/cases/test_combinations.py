"""The requests of the covering array: what is claimed decides which there are, and nothing else does."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from conformance.cases import cases_directory, resolve_plan
from conformance.cases.combinations import BASE, ArrayOptions, dimension_values
from conformance.cases.covering import covered_by
from conformance.cases.loader import read_case_file
from conformance.catalogue.yamlfile import DataError
from conformance.checks import load_checks
from conformance.model import Case, Claims
from conformance.run.profile import load_profile

FILE = cases_directory() / "combinations" / "requests.yaml"


@cache
def rows(claims: Claims | None = None, strength: int = 2, listed: bool = False) -> tuple[Case, ...]:
    """The cases of the shipped array."""
    return read_case_file(FILE, cases_directory(), load_checks(), ArrayOptions(claims, strength, listed)).cases


def pairs(cases: tuple[Case, ...]) -> set[object]:
    """The pairs of values that stand together in some row."""
    return {one for case in cases for one in covered_by(dict(case.combination), 2)}


def test_the_reference_profile_has_every_value_and_about_ninety_requests() -> None:
    found = rows(load_profile("reference").claims)
    used = {pair for case in found for pair in case.combination}
    known = {(name, value) for name, values in dimension_values(FILE, "PAIRS").items() for value in values}
    assert used == known
    assert len(found) <= 100
    assert len({case.name for case in found}) == len(found)


def test_every_request_can_be_asked_of_whoever_claims_no_more() -> None:
    claims = load_profile("reference").claims
    assert claims is not None
    for case in rows(claims):
        plan = case.steps[0].plan
        assert resolve_plan(plan, claims).scheme == plan.scheme
        assert all(claims.has(need) for need in case.needs)


def test_the_same_claims_have_the_same_requests_and_fewer_claims_fewer() -> None:
    little = Claims(frozenset({"2.0"}), frozenset({("fairplay", "cbcs")}), frozenset({"periods"}))
    assert [case.name for case in rows(little)] == [case.name for case in rows(little)]
    assert {dict(case.combination)["systems"] for case in rows(little)} == {"fairplay", "all"}
    assert len(rows(little)) < len(rows(load_profile("reference").claims))


def test_where_the_claims_are_discovered_the_least_of_them_is_covered_by_itself() -> None:
    least = tuple(case for case in rows() if case.version == "2.0" and "key-encryption" not in case.needs)
    assert pairs(least) >= pairs(rows(BASE))
    assert all(case.steps[0].plan.instead for case in rows())


def test_what_is_not_there_is_replaced_by_what_is() -> None:
    claims = Claims(frozenset({"2.0"}), frozenset({("widevine", "cenc")}), frozenset({"multi-key", "periods"}))
    case = next(one for one in rows() if dict(one.combination)["systems"] == "fairplay")
    plan = resolve_plan(case.steps[0].plan, claims)
    assert (plan.systems, plan.schemes, plan.instead) == (("widevine",), ("cenc",), ())


def test_provisioned_contents_are_asked_for_by_their_own_name() -> None:
    assert not any(case.steps[0].plan.content_id for case in rows(load_profile("reference").claims, 2, True))


def test_all_members_of_a_long_list_have_their_turn() -> None:
    found = rows(load_profile("reference").claims)
    presets = {rule.preset for case in found for rule in case.steps[0].plan.rules}
    assert presets >= {f"PRESET-VIDEO-{number}" for number in range(1, 9)}
    assert presets >= {"PRESET-AUDIO-1", "PRESET-AUDIO-2", "PRESET-AUDIO-3", "EXAMPLE-8", "EXAMPLE-10"}


ENTRY = """
- combinations: MINE
  title: Mine
  why: To see.
  dimensions:
    version: {"2.0": }
    iv: {%s}
"""


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ("all: {request: {explicit-iv: al}}", "explicit-iv 'al' is not one of all, none, first"),
        ("all: {reqest: {}}", "unknown field 'reqest' (did you mean 'request'?)"),
        ("", "takes 1 to 8"),
        ("all: {needs: [key-encrytion]}", "did you mean 'key-encryption'"),
        ("all: {for-each: {x: {values: kidz}}, request: {}}", "list of values 'kidz' is not one of"),
    ],
)
def test_a_mistake_is_named(values: str, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(ENTRY % values, encoding="utf-8")
    with pytest.raises(DataError, match=r"mine\.yaml:\d+: ") as error:
        read_case_file(file, tmp_path, load_checks())
    assert sentence in str(error.value)


def test_an_array_without_versions_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("- {combinations: M, title: t, why: w, dimensions: {iv: {all: }}}\n", encoding="utf-8")
    with pytest.raises(DataError, match="the dimension version is missing"):
        read_case_file(file, tmp_path, load_checks())
