"""What `new` writes passes its own gates as it is, and nothing that is there is touched."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from conformance.__main__ import main
from conformance.authoring.schemas import schema_text
from conformance.cases import cases_directory
from conformance.catalogue.yamlfile import load, plain
from conformance.run.profile import load_profile

ROOT = cases_directory().parent


def _valid(path: Path, schema: str) -> bool:
    return jsonschema.Draft7Validator(json.loads(schema_text(schema))).is_valid(plain(load(path)))


def test_a_case_passes_against_the_built_in_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "case", "MINE"]) == 0
    assert _valid(tmp_path / "cases" / "mine.yaml", "case")
    command = [sys.executable, "-m", "conformance", "run", "--profile", "reference", "--cases", "cases", "--"]
    ended = subprocess.run(
        [*command, "cases/mine.yaml"], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout
    document = json.loads(Path("reports/latest/results.json").read_text(encoding="utf-8"))
    assert set(document["counts"]) == {"PASS"} and len(document["exchanges"]) >= 6


def test_a_profile_is_read_and_can_be_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "profile", "my-server"]) == 0
    assert load_profile("my-server.yaml").name == "my-server"
    assert _valid(tmp_path / "my-server.yaml", "profile")
    assert main(["plan", "--profile", "my-server.yaml"]) == 0
    assert "profile my-server: The key server my-server" in capsys.readouterr().out


@pytest.mark.slow
def test_a_check_and_a_fault_keep_the_laws(tmp_path: Path) -> None:
    for name in ("conformance", "testcases", "profiles", "docs/schema"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    assert main(["new", "check", "http.no-debug-header", "--dir", str(tmp_path)]) == 0
    assert main(["new", "fault", "KEY-SECOND-LOST", "--dir", str(tmp_path)]) == 0
    code = (
        "from conformance.faultmatrix.matrix import run_matrix\n"
        "from conformance.faultmatrix.laws import checks_proven, requirements_proven, violations\n"
        "matrix = run_matrix(['HTTP-NO-DEBUG-HEADER', 'KEY-SECOND-LOST'], processes=1)\n"
        "assert not violations(matrix), violations(matrix)\n"
        "assert checks_proven(matrix) == {'http.no-debug-header', 'keys.values-distinct'}, checks_proven(matrix)\n"
        "assert 'ADV-HTTP-NO-DEBUG-HEADER' in requirements_proven(matrix)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert _valid(tmp_path / "conformance/refserver/faults/key-second-lost.yaml", "fault")


def test_a_file_that_is_there_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = tmp_path / "mine.yaml"
    there.write_text("mine", encoding="utf-8")
    assert main(["new", "case", "MINE", "--dir", str(tmp_path)]) == 4
    assert "exists already" in capsys.readouterr().err
    assert there.read_text(encoding="utf-8") == "mine" and list(tmp_path.iterdir()) == [there]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("case", "mine"), "is not a valid name for a case"),
        (("case", "../X"), "is not a valid name for a case"),
        (("profile", "My Server"), "is not a valid name for a profile"),
        (("fault", "Key"), "is not a valid name for a fault"),
        (("check", "nodot"), "is not a valid name for a check"),
        (("check", "a.b"), "run this in a checkout"),
        (("fault", "A-B"), "run this in a checkout"),
    ],
)
def test_a_name_that_cannot_be_is_one_sentence(
    words: tuple[str, str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", *words, "--dir", str(tmp_path)]) == 4
    assert sentence in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["new", "case", "MINE", "--dir", str(tmp_path / "file" / "cases")]) == 4
    assert "cannot be written" in capsys.readouterr().err
