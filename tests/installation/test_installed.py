"""The wheel in an empty environment, run from an empty folder, offline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance import __version__
from tests.installation.installing import Environment, clean_environment
from tests.pasted import commands, paste

pytestmark = pytest.mark.slow


def test_the_command_knows_its_version(installed: Environment, tmp_path: Path) -> None:
    ended = installed.run("speke-conformance", "--version", cwd=tmp_path)
    assert ended.returncode == 0 and ended.stdout.startswith(f"speke-conformance {__version__} (catalogue ")


def test_a_run_from_an_empty_folder_writes_its_report_there(installed: Environment, tmp_path: Path) -> None:
    ended = installed.run("speke-conformance", "run", "--profile", "smoke", cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout
    assert "PARTIAL: the built-in reference key server" in ended.stdout
    assert "Warning" not in ended.stdout
    document = json.loads((tmp_path / "reports" / "latest" / "results.json").read_text(encoding="utf-8"))
    assert document["complete"] and document["counts"]["PASS"] > 100


def test_plain_pytest_does_the_same(installed: Environment, tmp_path: Path) -> None:
    ended = installed.run("pytest", "-q", "--speke-profile", "smoke", cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout
    assert "PARTIAL: the built-in reference key server" in ended.stdout


def test_a_printed_command_is_pasted_in_another_folder(installed: Environment, tmp_path: Path) -> None:
    fault = "KEY-SAME-FOR-ALL"
    ended = installed.run(
        "speke-conformance", "run", "--profile", "smoke", "--fault", fault, "-k", "values-distinct", cwd=tmp_path
    )
    command = commands(ended.stdout, "repeat")[0]
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    again = paste(command, elsewhere, clean_environment())
    assert again.returncode == 1 and "keys.values-distinct" in again.stdout, f"{command}\n{again.stdout}{again.stderr}"
    node = command.split("'")[1]
    assert node.startswith("testcases/")
    plain = installed.run("pytest", node, "--speke-profile", "smoke", "--speke-fault", fault, cwd=elsewhere)
    assert plain.returncode == 1 and "keys.values-distinct" in plain.stdout, plain.stdout


def test_other_projects_on_the_machine_do_not_notice_the_plugin(installed: Environment, tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text("def test_it():\n    assert True\n", encoding="utf-8")
    (tmp_path / "testcases").mkdir()
    (tmp_path / "testcases" / "theirs.yaml").write_text("- id: not ours\n", encoding="utf-8")
    ended = installed.run("pytest", "-q", cwd=tmp_path)
    assert ended.returncode == 0 and "1 passed" in ended.stdout, ended.stdout
    assert "SPEKE" not in ended.stdout and not (tmp_path / "reports").exists()


def test_a_scaffolded_case_runs(installed: Environment, tmp_path: Path) -> None:
    made = installed.run("speke-conformance", "new", "case", "MINE", cwd=tmp_path)
    assert made.returncode == 0, made.stdout
    assert json.loads((tmp_path / "cases" / "case.schema.json").read_text(encoding="utf-8"))["type"] == "array"
    options = ("run", "--profile", "reference", "--cases", "cases", "--", "-k", "MINE")
    ended = installed.run("speke-conformance", *options, cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout


def test_the_api_is_there_and_typed(installed: Environment, tmp_path: Path) -> None:
    code = (
        "from importlib.resources import files\n"
        "from conformance.api import run_profile\n"
        "assert files('conformance').joinpath('py.typed').is_file()\n"
        "print(run_profile(profile='smoke').outcome)\n"
    )
    ended = installed.run("python", "-c", code, cwd=tmp_path)
    assert ended.stdout.strip() == "PARTIAL", ended.stdout


def test_what_needs_a_checkout_says_so(installed: Environment, tmp_path: Path) -> None:
    ended = installed.run("speke-conformance", "docs", "--check", cwd=tmp_path)
    assert (ended.returncode, "belongs to a checkout" in ended.stdout) == (4, True)
