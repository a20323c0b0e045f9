"""A short load test through Locust against the reference server, right and wrong; with workers too."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from conformance import refserver
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile
from tests.canaries.planter import Planter, everywhere
from tests.canaries.spoils import artifacts, caught
from tests.wire.servers import Server

HERE = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("locust") is None,
    reason="Locust is not installed; pip install 'speke-conformance[load]' brings it",
)


def load(url: str, out: Path, *options: str, env: dict[str, str] | None = None) -> tuple[int, str, dict[str, Any]]:
    command = [sys.executable, "-m", "conformance", "load", f"--server-url={url}", f"--out={out}", "--users=4"]
    command += ["--rotation=0", "--run-time=50s", "--requests=60", "--profile=reference", *options]
    paths = os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH"))))
    run = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": paths, **(env or {})},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    outcome = json.loads(out.read_text()) if out.is_file() else {}
    return run.returncode, run.stdout + run.stderr, outcome


def server(*faults: str, **options: Any) -> refserver.Server:
    known = refserver.load_faults()
    return refserver.Server(built_in_config(load_profile("reference")), [known[name] for name in faults], **options)


def test_a_right_server_bears_it(tmp_path: Path) -> None:
    with server() as running:
        status, text, outcome = load(running.url, tmp_path / "out.json")
    assert status == 0, text
    assert outcome["requests"] == outcome["judged"] == 60
    assert outcome["findings"] == {}
    assert 0 < outcome["milliseconds"]["p50"] <= outcome["milliseconds"]["p95"]
    assert f"{outcome['judged']} answers judged" in text


def test_a_choice_of_checks_that_does_not_exist_is_named(tmp_path: Path) -> None:
    status, text, outcome = load("http://127.0.0.1:9/", tmp_path / "out.json", "--checks=lode")
    assert status == 4 and not outcome
    assert "'lode' is not a value of --checks (did you mean 'load'?)" in text


def test_wrong_answers_are_seen_and_not_only_slow_ones(tmp_path: Path) -> None:
    with server("KEY-SAME-FOR-ALL") as running:
        status, text, outcome = load(running.url, tmp_path / "out.json")
    assert status == 1, text
    found = outcome["findings"]["keys.values-distinct"]
    assert found["answers"] == outcome["failures"] == outcome["requests"]
    assert "FAIL  keys.values-distinct" in text


def test_answers_are_compared_with_each_other(tmp_path: Path) -> None:
    with server("KEY-NEW-EACH-TIME") as running:
        status, text, outcome = load(running.url, tmp_path / "out.json", "--channels=5")
    assert status == 1, text
    found = outcome["findings"]["run.one-key-for-one-kid"]
    assert found["answers"] == outcome["requests"] - 5
    assert found["example"].startswith("channel ") and ", turn 0" in found["example"]


def test_workers_hand_over_what_they_found(tmp_path: Path) -> None:
    with server("KEY-SAME-FOR-ALL") as running:
        status, text, outcome = load(running.url, tmp_path / "out.json", "--workers=2")
    assert status == 1, text
    assert outcome["judged"] > 20, text
    assert outcome["findings"]["keys.values-distinct"]["answers"] == outcome["judged"]


def test_workers_on_several_machines(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    every = ["--workers=2", "--seed=same"]
    master = ["--", "--master", "--master-bind-host=127.0.0.1", f"--master-bind-port={port}"]
    worker = ["--", "--worker", "--master-host=127.0.0.1", f"--master-port={port}"]
    with server("KEY-SAME-FOR-ALL") as running, ThreadPoolExecutor() as pool:
        whole = pool.submit(load, running.url, tmp_path / "master.json", *every, *master, "--expect-workers=2")
        parts = [pool.submit(load, running.url, tmp_path / f"{one}.json", *every, *worker) for one in "ab"]
        status, text, outcome = whole.result()
        assert all(part.result()[2] == {} for part in parts), "only the master knows the whole"
    assert status == 1, text
    assert outcome["findings"]["keys.values-distinct"]["answers"] == outcome["judged"] > 20


def test_credentials_reach_the_server_and_neither_they_nor_keys_anybody_else(tmp_path: Path) -> None:
    token = "canary-of-the-load"
    planter = Planter("load", everywhere())
    with Server(planter.script) as running:
        more = ("--auth=bearer", "--checks=all", "--", f"--csv={tmp_path / 'csv'}")
        status, text, outcome = load(running.url, tmp_path / "out.json", *more, env={"SPEKE_TOKEN": token})
        given = {request.header("Authorization") for request in running.requests}
    assert (status, given) == (1, {f"Bearer {token}"}), text
    assert outcome["findings"] and outcome["errors"]
    secrets = planter.secrets | {"token": token}
    assert caught(secrets, artifacts(tmp_path, text), planter.pieces) == []


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with server() as running:
        url = running.url
    status, text, _ = load(url, tmp_path / "out.json")
    assert status == 10, text
    assert "Nothing accepts connections" in text
