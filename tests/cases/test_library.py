"""Where cases come from: ours, and folders of one's own beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

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
    usual = [case for case in cases if not case.sends_nothing and not case.moment]
    assert (usual[-1].id, usual[-1].path) == ("MINE", str(tmp_path / name))
    assert usual[-1].area == ("deep" if "/" in name else "mine")


def test_what_has_a_moment_stands_there_and_the_laws_come_last() -> None:
    cases = load_cases(load_checks())
    moments = [case.moment for case in cases]
    assert (moments[0], moments[-2], cases[-1].sends_nothing) == ("start", "end", True)
    assert len(cases) * 0.45 < moments.index("half") < len(cases) * 0.55


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
