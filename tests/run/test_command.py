"""Commands that repeat a run: whatever was typed is in them, and pytest reads it back."""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from _pytest.config import get_config

from conformance.cli.parser import parse
from conformance.cli.run import pytest_arguments
from conformance.pytest_plugin.options import options_from
from conformance.results.index import ResultsIndex
from conformance.results.reader import read_results
from conformance.run.command import URL, Pasting, repeat_command, repeat_options, run_command
from conformance.run.options import OPTIONS, Option, Options
from conformance.run.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parents[2]

CASE = """
- id: OWN-ONE
  title: One of our own
  why: A case of a vendor's own.
  versions: ["2.0"]
  steps: [{id: ask, request: {contract: [PRESET-VIDEO-2]}, expect: accepted}]
"""


@pytest.fixture
def settings() -> Settings:
    return read_settings(Options(url="https://keys.example/secret-path", profile="default", seed="s"), {})


def read_back(command: str) -> Options:
    """The options that pytest takes from a command."""
    words = shlex.split(command)
    assert words[:2] == ["speke-conformance", "run"]
    typed = pytest_arguments(parse(words[1:], ""))
    config = get_config(["-p", "conformance.pytest_plugin"], ["conformance.pytest_plugin"])
    config.parse([*typed, "--collect-only"])
    return options_from(config)


def value(option: Option, folder: Path) -> Any:
    """Something that may stand for the option."""
    if not option.metavar:
        return True
    text = {"seed": "-s33d", "profile": "smoke", "auth": "sigv4", "gate": "qualification"}.get(option.name, "a b")
    if option.path:
        (folder / option.name).mkdir()
        text = str(folder / option.name)
    return (text, "x=2") if option.many else text


def test_every_option_is_in_the_table() -> None:
    assert sorted(option.field for option in OPTIONS) == sorted(
        {one.name for one in fields(Options)} - {"url", "more_urls"}
    )


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_what_was_typed_is_read_back(option: Option, settings: Settings, tmp_path: Path) -> None:
    typed = replace(settings.options, **{option.field: value(option, tmp_path)})
    used = replace(settings, options=typed)
    if option.name == "seed":
        used.seed.text = str(typed.seed)
    if option.name == "profile":
        used = replace(settings, profile=replace(settings.profile, name="smoke", path=""))
    whole = read_back(run_command(used))
    one = read_back(repeat_command("testcases/errors/identity.yaml::CASE[2.0]::ask[a.b]", repeat_options(used)))
    there = {"check": (True, True), "run": (True, False), "never": (False, False)}[option.repeats]
    for read, expected in zip((whole, one), there, strict=True):
        wanted = getattr(typed if expected else Options(), option.field)
        assert getattr(read, option.field) == wanted


def test_the_url_and_what_was_chosen(settings: Settings) -> None:
    command = run_command(settings)
    assert command == f'speke-conformance run --server-url "{URL}" --profile default --seed s'
    built_in = read_settings(Options(seed="s"), {})
    assert run_command(built_in) == "speke-conformance run --profile reference --seed s"
    assert repeat_command("a.yaml::C[2.0]::ask[x.y]", repeat_options(built_in)) == (
        "speke-conformance run 'a.yaml::C[2.0]::ask[x.y]' --profile reference --seed s"
    )


def test_of_several_endpoints_the_whole_run_names_all_and_a_single_check_its_own() -> None:
    urls = ("https://one.example/a", "https://two.example/b")
    settings = read_settings(Options(url=urls[0], more_urls=urls[1:], seed="s"), {})
    both = '--server-url "$SPEKE_URL" --server-url "$SPEKE_URL_2"'
    assert run_command(settings) == f"speke-conformance run {both} --profile default --seed s"
    options = repeat_options(settings)
    assert repeat_command("a.yaml::C[2.0]@2::ask[x.y]", options, endpoint=2) == (
        "speke-conformance run 'a.yaml::C[2.0]::ask[x.y]' --server-url \"$SPEKE_URL_2\" --profile default --seed s"
    )
    law = repeat_command("r.yaml::RUN::laws[run.x]", options, ["a.yaml::C[2.0]@1", "a.yaml::C[2.0]@2"])
    assert law.startswith("speke-conformance run 'a.yaml::C[2.0]@1' 'a.yaml::C[2.0]@2' ") and both in law


def test_what_the_commands_need_is_set_in_one_line() -> None:
    pasting = Pasting(urls=("https://one.example/", "https://two.example/a b"))
    assert pasting.setting == "export SPEKE_URL=https://one.example/ SPEKE_URL_2='https://two.example/a b'"
    assert not Pasting().setting


@pytest.mark.slow
def test_a_case_of_ones_own_is_repeated_by_its_command(tmp_path: Path) -> None:
    folder = tmp_path / "own cases"
    folder.mkdir()
    (folder / "own.yaml").write_text(CASE)
    reports = ["--report-dir", str(tmp_path / "reports")]
    first = ["--cases", str(folder), *reports, "--seed", "s", "--fault", "KEY-SAME-FOR-ALL", "--", "-k", "OWN-ONE"]
    subprocess.run([sys.executable, "-m", "conformance", "run", *first], cwd=ROOT, check=False, capture_output=True)
    index = ResultsIndex(read_results(tmp_path / "reports"))
    failed = next(index.of_verdict("FAIL"))
    command = index.failure(failed).repeat
    assert command.startswith(f"speke-conformance run '{folder}/own.yaml::OWN-ONE[2.0]::ask[{failed.check}]' ")
    words = [sys.executable, "-m", "conformance", *shlex.split(command)[1:], "--report-dir", str(tmp_path / "again")]
    done = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    (again,) = ResultsIndex(read_results(tmp_path / "again")).every()
    assert (again.check, again.verdict) == (failed.check, failed.verdict)
