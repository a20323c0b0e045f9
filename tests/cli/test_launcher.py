"""`./speke`: the command of a checkout, from any folder and without activating anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import __version__

ROOT = Path(__file__).resolve().parents[2]


def launched(*arguments: str, cwd: Path, venv: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"VENV": venv, "PYTHONPATH": str(ROOT)}
    typed = [str(ROOT / "speke"), *arguments]
    return subprocess.run(typed, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="runs in no virtual environment")
def test_it_runs_the_command_from_another_folder(tmp_path: Path) -> None:
    assert __version__ in launched("--version", cwd=tmp_path, venv=sys.prefix).stdout
    made = launched("new", "profile", "mine", cwd=tmp_path, venv=sys.prefix)
    assert (tmp_path / "mine.yaml").is_file()
    assert f"  {ROOT / 'speke'} plan --profile mine.yaml" in made.stdout, "what it says to type next can be typed"


def test_without_an_environment_it_says_how_to_make_one(tmp_path: Path) -> None:
    ended = launched("--version", cwd=tmp_path, venv=str(tmp_path / "none"))
    assert ended.returncode == 4 and not ended.stdout
    assert "make one with: make -C" in ended.stderr and ended.stderr.count("\n") == 1
