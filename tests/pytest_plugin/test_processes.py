"""In processes of their own: the whole checkout, and several workers that share one server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance import refserver
from conformance.cases import cases_directory
from tests.written import every_result

CHECKOUT = cases_directory().parent
FILE = "testcases/errors/identity.yaml"
SLOWEST = 120
"""Seconds; a machine that is busy with other things needs its time."""


def run(folder: Path, *args: str, cwd: Path = CHECKOUT) -> tuple[int, dict[str, Any], str]:
    """Exit status, result document and output of pytest in the checkout, with the usual plugins."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--speke-report-dir={folder}", *args]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "SPEKE_"))}
    env["PYTHONPATH"] = str(CHECKOUT)
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=SLOWEST, check=False)
    found = sorted(folder.glob("2*/results.json"))
    document = json.loads(found[-1].read_text(encoding="utf-8")) if found else {}
    return done.returncode, document, done.stdout + done.stderr


def verdicts(document: dict[str, Any]) -> dict[tuple[str, str, str], str]:
    """(case, step, check) -> verdict."""
    return {(one["case"], one["step"], one["check"]): one["verdict"] for one in every_result(document)}


@pytest.mark.skipif(not (CHECKOUT / "conftest.py").is_file(), reason="needs a checkout")
def test_two_workers_share_one_server_and_come_to_the_same_verdicts(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    seed = "--speke-seed=same"
    alone = run(tmp_path / "alone", FILE, seed, "-p", "no:xdist")
    shared = run(tmp_path / "shared", FILE, seed, "-n", "2")
    assert (alone[0], shared[0]) == (0, 0), shared[2]
    assert verdicts(alone[1]) == verdicts(shared[1])
    assert set(alone[1]["exchanges"]) == set(shared[1]["exchanges"])
    requests = [
        {name: one["request"]["body"]["sha256"] for name, one in found["exchanges"].items()}
        for found in (alone[1], shared[1])
    ]
    assert requests[0] == requests[1]
    assert alone[1]["outcome"] == shared[1]["outcome"] == "PARTIAL"
    assert len(list((tmp_path / "shared").glob("2*/results.json"))) == 1


@pytest.mark.skipif(not (CHECKOUT / "conftest.py").is_file(), reason="needs a checkout")
def test_several_workers_leave_the_laws_to_the_controller(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    status, document, output = run(tmp_path, FILE, "testcases/run/ledger.yaml", "-n", "2")
    assert status == 0, output
    assert any(check.startswith("run.") for _, _, check in verdicts(document))


@pytest.mark.skipif(not (CHECKOUT / "conftest.py").is_file(), reason="needs a checkout")
@pytest.mark.parametrize("how", [("-p", "no:xdist"), ("-n", "2")], ids=["alone", "workers"])
def test_a_url_at_which_nothing_listens_ends_in_three_lines(tmp_path: Path, how: tuple[str, ...]) -> None:
    pytest.importorskip("xdist")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/speke"
        status, document, output = run(tmp_path, FILE, f"--server-url={url}", *how)
    assert status == 10, output
    assert verdicts(document) == {}
    lines = output.splitlines()
    (begin,) = (nth for nth, line in enumerate(lines) if line.endswith(": nothing was judged at 127.0.0.1"))
    assert lines[begin + 1].startswith("Nothing accepts connections at 127.0.0.1")
    assert lines[begin + 2].startswith("report: ") and lines[begin + 2].endswith("; exit status 10")
    assert output.count("Nothing accepts connections") == 1
    assert "Traceback" not in output


def test_several_workers_send_each_request_once(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    seen: list[bytes] = []

    def count(request: refserver.HttpRequest) -> None:
        seen.append(request.body)

    with refserver.Server(auth=count) as server:
        args = (f"--server-url={server.url}", "--speke-profile=reference", "-n", "2")
        status, document, output = run(tmp_path, FILE, *args)
    assert status == 0, output
    assert len(seen) == len(document["exchanges"]) + 1, "one more looks at the beginning whether anybody is there"


def test_workers_and_several_endpoints(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    places = (FILE, "testcases/run/ledger.yaml")
    with refserver.Server() as one, refserver.Server(refserver.Config(seed="another")) as other:
        args = (f"--server-url={one.url}", f"--server-url={other.url}", "--speke-profile=reference", *places)
        status, document, output = run(tmp_path, *args, "-n", "2")
    assert status == 1, output
    failed = [one for one in every_result(document) if one["verdict"] == "FAIL"]
    assert [one["check"] for one in failed] == ["run.one-key-for-one-kid"]
    told = failed[0]["findings"][0]
    assert "@2::" in told["where"] and "@1::" in told["expected"]
    assert [one["endpoint"] for one in document["endpoints"]] == [1, 2, 0]
    at = {name: {case for case, _, _ in verdicts(document) if case.endswith(name)} for name in ("@1", "@2")}
    assert {name[:-2] for name in at["@1"]} == {name[:-2] for name in at["@2"]} != set()


def test_a_failure_under_workers(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    fault = "--speke-fault=NO-SUCH"
    status, document, output = run(tmp_path, FILE, fault, "-n", "2")
    assert (status, document) == (4, {})
    assert "--speke-fault 'NO-SUCH' is not a fault of the built-in server" in output
    assert "Traceback" not in output


def test_more_workers_than_the_profile_allows(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    status, _, output = run(tmp_path, FILE, "-n", "5")
    assert status == 4
    assert "-n 5 sends 5 requests at a time, and the profile allows 4; use -n 4 at most." in output


def test_from_another_folder(tmp_path: Path) -> None:
    name = f"{CHECKOUT / FILE}::ERR-MISSING-VERSION[2.0]::ask[refusal.standard-message]"
    status, document, output = run(tmp_path / "reports", name, "-p", "no:xdist", cwd=tmp_path)
    assert status == 0, output
    assert [one["check"] for one in every_result(document)] == ["refusal.standard-message"]
    assert every_result(document)[0]["node"] == f"{FILE}::ERR-MISSING-VERSION[2.0]::ask[refusal.standard-message]"
