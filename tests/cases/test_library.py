"""Where cases come from: ours, and folders of one's own beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.cases.bundles import Bundles, load_bundles
from conformance.cases.library import load_cases
from conformance.catalogue.yamlfile import DataError
from conformance.checks import load_checks

MINE = '- id: MINE\n  title: t\n  why: w\n  versions: ["2.0"]\n  steps:\n    - id: ask\n      checks: [%s]\n'


def mine(folder: Path, name: str = "mine.yaml", checks: str = "http.request-accepted") -> Path:
    """A folder with one case file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(MINE % checks)
    return folder


@pytest.mark.parametrize("name", ["mine.yaml", "mine.yml", "deep/er/mine.yaml"])
def test_cases_of_ones_own_come_behind_ours(name: str, tmp_path: Path) -> None:
    cases = load_cases(load_checks(), [mine(tmp_path, name)])
    assert len(cases) > 100
    assert (cases[-1].id, cases[-1].path) == ("MINE", str(tmp_path / name))
    assert cases[-1].area == ("deep" if "/" in name else "mine")


def test_cases_of_ones_own_may_use_our_bundles_and_have_their_own(tmp_path: Path) -> None:
    (tmp_path / "bundles.yaml").write_text("mine: [http.no-redirect, {bundle: accepted.control}]\n")
    case = load_cases(load_checks(), [mine(tmp_path, checks="{bundle: mine}")])[-1]
    assert {"http.no-redirect", "http.request-accepted"} <= set(case.steps[0].checks)


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("accepted.core: []\n", 1, "one of the suite's own; take another name"),
        ("a: [{bundle: accepted.coer}]\n", 1, "(did you mean 'accepted.core'?)"),
        ("a: [{bundle: b}]\nb: [{bundle: a}]\n", 2, "bundle 'a' contains itself"),
        ("a: [http.no-redirct]\n", 1, "(did you mean 'http.no-redirect'?)"),
        ("a: [[1]]\n", 1, "is not known"),
        ("a:\n", 1, "bundle a must be a list, not nothing"),
        ("- a\n", 1, "the bundles file must be a mapping"),
    ],
)
def test_a_mistake_in_the_bundles(text: str, line: int, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "bundles.yaml").write_text(text)
    with pytest.raises(DataError) as caught:
        load_cases(load_checks(), [mine(tmp_path)])
    assert f"bundles.yaml:{line}: " in str(caught.value)
    assert sentence in str(caught.value)


def test_bundles_are_written_out_in_any_order_and_without_repetition(tmp_path: Path) -> None:
    path = tmp_path / "bundles.yaml"
    path.write_text("outer: [{bundle: inner}, a.one, {bundle: inner}]\ninner: [a.two, a.one]\n")
    assert load_bundles(path, {"a.one", "a.two"}) == Bundles({"inner": ("a.two", "a.one"), "outer": ("a.two", "a.one")})


def test_the_id_of_another_case_is_taken(tmp_path: Path) -> None:
    mine(tmp_path, "one.yaml")
    with pytest.raises(
        DataError, match=rf"two\.yaml:1: the case id MINE\[2\.0\] is already taken by {tmp_path.name}/one"
    ):
        load_cases(load_checks(), [mine(tmp_path, "two.yaml")])


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(DataError):
        load_cases(load_checks(), [tmp_path])
    (tmp_path / "folder.yaml").rmdir()
    with pytest.raises(DataError, match="holds no YAML file of cases"):
        load_cases(load_checks(), [tmp_path])
