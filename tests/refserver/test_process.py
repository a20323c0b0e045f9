"""The server in a process of its own: it serves, tells what it came upon, and ends with whoever began it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from conformance.refserver import Config, ServerProcess
from conformance.refserver import process as process_module
from tests.refserver.asking import Ask

BEGINNINGS = ["fork", "spawn"] if sys.platform == "linux" else ["spawn"]


@pytest.fixture(params=BEGINNINGS)
def beginning(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way in which the process may begin."""
    monkeypatch.setattr(process_module, "_context", lambda: multiprocessing.get_context(request.param))
    return str(request.param)


def _post(url: str) -> requests.Response:
    asked = Ask().request()
    return requests.post(url, asked.body, headers=dict(asked.headers), timeout=10)


@pytest.mark.usefixtures("beginning")
def test_it_serves_and_tells_which_faults_it_came_upon() -> None:
    with ServerProcess(replace(Config(), seed="here"), ["KEY-ZERO", "ENCRYPTION-NO-MAC"]) as server:
        assert server.reached() == frozenset()
        assert _post(server.url).status_code == 200
        assert server.reached() == {"KEY-ZERO"}
    assert server.reached() == {"KEY-ZERO"}, "it is known afterwards, too"
    with pytest.raises(requests.ConnectionError):
        _post(server.url)


@pytest.mark.usefixtures("beginning")
def test_a_server_that_was_killed_leaves_what_was_known() -> None:
    with ServerProcess(Config(), ["KEY-ZERO"]) as server:
        _post(server.url)
        server.reached()
        [child] = multiprocessing.active_children()
        child.kill()
        child.join()
        assert server.reached() == {"KEY-ZERO"}


@pytest.mark.usefixtures("beginning")
def test_signals_of_the_run_do_not_end_it() -> None:
    with ServerProcess(Config()) as server:
        [child] = multiprocessing.active_children()
        assert child.pid is not None
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(child.pid, number)
        assert _post(server.url).status_code == 200


@pytest.mark.usefixtures("beginning")
def test_a_server_that_cannot_begin_is_said() -> None:
    with pytest.raises(OSError, match="KeyError: 'NO-SUCH-FAULT'"):
        ServerProcess(Config(), ["NO-SUCH-FAULT"])


KILLED = """
import os, signal
from conformance.refserver import Config, ServerProcess
server = ServerProcess(Config())
print(server.url.split(":")[2].split("/")[0], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_ends_when_the_process_that_began_it_is_killed() -> None:
    # communicate() returns when nobody holds the pipe any more, the server included.
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", int(done.stdout)), 5):
        pass


SCRIPT = """
import threading
from conformance.refserver import Config, ServerProcess
threading.Thread(target=threading.Event().wait, daemon=True).start()
print("begun", flush=True)
with ServerProcess(Config()) as server:
    print("serves", flush=True)
"""


def test_a_script_that_begins_it_at_once_is_not_run_again(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script)]
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=path)
    assert (done.stdout, done.stderr) == ("begun\nserves\n", "")
