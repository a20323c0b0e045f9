"""What is in the wheel and the sdist."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.installation.installing import ROOT, Distributions, build

pytestmark = pytest.mark.slow


def _wheel_names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_all_data_and_no_test(distributions: Distributions) -> None:
    names = _wheel_names(distributions.wheel)
    cases = {f"conformance/_{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "testcases").rglob("*.yaml")}
    profiles = {f"conformance/_{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "profiles").glob("*.yaml")}
    kinds = ("*.yaml", "*.xsd", "*.json", "*.j2", "*.css", "*.js", "*.txt")
    data = {path.relative_to(ROOT).as_posix() for kind in kinds for path in (ROOT / "conformance").rglob(kind)}
    assert not (cases | profiles | data | {"conformance/py.typed"}) - names
    assert not [name for name in names if not name.startswith("conformance/")]


def test_the_sdist_makes_the_same_wheel(distributions: Distributions, tmp_path: Path) -> None:
    with tarfile.open(distributions.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = next(path for path in tmp_path.iterdir() if path.is_dir())
    again = build(tmp_path / "dist", unpacked)
    assert _wheel_names(again.wheel) == _wheel_names(distributions.wheel)
    for name in (
        "docs/getting-started.md",
        "requirements.lock",
        "tests/installation/test_distributions.py",
        "Makefile",
    ):
        assert (unpacked / name).is_file(), name
