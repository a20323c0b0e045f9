"""Every command that a run prints is typed into a shell, and does what the run did."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.refserver import load_faults
from conformance.refserver.config import Config
from conformance.refserver.http import Server
from conformance.results.index import FailureView, ResultsIndex
from conformance.results.reader import read_results
from tests.pasted import commands, paste, setting

ROOT = Path(__file__).resolve().parents[2]

FAULTS = ("PSSH-OF-NEIGHBOUR", "ERROR-CONTENT-ID-OTHER-WORDS", "KEY-SAME-FOR-ALL")

pytestmark = pytest.mark.slow


@pytest.fixture
def environment() -> dict[str, str]:
    """That of somebody in another folder: the checkout is found by PYTHONPATH, the script is not on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPEKE_")}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "100",
        "PATH": "/usr/bin:/bin",
        "SPEKE_TOKEN": "a-token-of-tests",
    }


@pytest.fixture
def server() -> Iterator[Server]:
    known = load_faults()
    with Server(Config(token="a-token-of-tests"), [known[name] for name in FAULTS]) as server:
        yield server


def test_against_a_server(server: Server, environment: dict[str, str], tmp_path: Path) -> None:
    options = f"--server-url {server.url} --auth bearer --profile smoke --report-dir 'my reports' --timeout 20"
    printed = paste(f"{sys.executable} -m conformance run {options}", tmp_path, environment).stdout
    assert "token-of-tests" not in printed
    again, by_hand = commands(printed, "repeat"), commands(printed, "by hand")
    assert len(again) >= 3 and len(by_hand) >= 3, printed
    # The path may be confidential, so that the line that sets the URL is whole on a terminal only.
    assert not setting(printed).endswith(server.url)
    there = environment | {"SPEKE_URL": server.url}
    for command in again:
        assert '--server-url "$SPEKE_URL"' in command and "--timeout 20" in command
        ended = paste(f"{command} --report-dir again", tmp_path, there)
        assert ended.returncode == 1, f"{command}\n{ended.stdout}{ended.stderr}"
        check = re.findall(r"\[([a-z0-9.-]+)\]'", command)[-1]
        came = {one.check for one in _failures(tmp_path / "again")}
        # A law is asked with the whole cases that it compares.
        assert check in came if check.startswith("run.") else came == {check}
    for command in by_hand:
        ended = paste(command, tmp_path, there)
        assert ended.returncode == 0 and ended.stdout.startswith("HTTP/1.1 "), f"{command}\n{ended.stderr}"


def test_against_the_built_in_server(environment: dict[str, str], tmp_path: Path) -> None:
    command = f"{sys.executable} -m conformance run --profile smoke --fault KEY-SAME-FOR-ALL -k values-distinct"
    printed = paste(command, tmp_path, environment).stdout
    assert not commands(printed, "by hand"), "the server has ended with its run"
    (again,) = commands(printed, "repeat")
    assert "--fault KEY-SAME-FOR-ALL" in again and "--seed " in again
    assert paste(again, tmp_path, environment).returncode == 1


def test_last_failures_and_the_first_one(environment: dict[str, str], tmp_path: Path) -> None:
    begin = f"{sys.executable} -m conformance run --profile smoke --fault KEY-SAME-FOR-ALL"
    paste(begin, tmp_path, environment)
    failed = {(one.case, one.step, one.check) for one in _failures(tmp_path / "reports")}
    assert failed
    paste(f"{begin} --lf", tmp_path, environment)
    assert {(one.case, one.step, one.check) for one in _failures(tmp_path / "reports")} == failed
    paste(f"{begin} -x", tmp_path, environment)
    assert len(_failures(tmp_path / "reports")) < len(failed)


def _failures(folder: Path) -> list[FailureView]:
    index = ResultsIndex(read_results(folder))
    return [index.failure(result) for result in index.of_verdict("FAIL")]
