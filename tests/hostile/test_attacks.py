"""A corpus of attacks over real connections, through the real client and command: each has its verdict and no effect.

One run meets them all; each test looks at one of its traces.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html

from conformance import refserver
from conformance.checks import load_checks
from conformance.checks.subject import Subject
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile
from tests.hostile.attacks import ATTACKS, LEAKED, Attack, ServerSetup, bomb, ok
from tests.wire.servers import Peer, Request, Script, Server
from tests.written import every_result

pytestmark = pytest.mark.slow

TIMEOUT = 1.5
"""Seconds for each exchange: what a good answer takes on a busy machine, and what a drip costs."""
MOST_MEMORY = 500 << 10
"""KiB that the run may take at its peak; one bomb unpacked, or one tree of a million elements, takes more."""
CASE = """
- id: ATTACK-{name}
  title: A good answer and then an attack
  why: Nothing that a server sends may break the suite.
  versions: ["2.0"]
  steps:
    - id: good
      checks: [http.request-accepted]
    - id: ask
      request: {{content-id: "{{id}}-now", signalling: [pssh, content-protection, hls]}}
    - id: after
      request: {{like: good}}
      checks: [http.request-accepted, safety.answers-not-mixed]
"""
MEASURE = """
import pathlib, resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
pathlib.Path(sys.argv[1]).write_text(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
"""
_NOW = re.compile(rb"ATTACK-([A-Z0-9-]+?)-2-0-now")
_HARMFUL = re.compile(r"<script>alert|onmouseover='alert", re.IGNORECASE)


@dataclass(frozen=True)
class Run:
    """What one run left behind."""

    status: int
    output: str
    folder: Path
    page: Path
    """The page of pytest-html."""
    document: dict[str, Any]
    spied: int
    """Connections to the server that nobody may call."""
    strays: list[str]
    """Files that stand outside of the folders of the report."""
    memory: int

    def of(self, attack: Attack, step: str = "ask") -> list[dict[str, Any]]:
        return [
            one
            for one in every_result(self.document)
            if (one["case"], one["step"]) == (f"ATTACK-{attack.name}[2.0]", step)
        ]

    def texts(self) -> Iterator[tuple[str, bytes]]:
        for path in [*sorted(self.folder.rglob("*")), self.page]:
            if path.is_file():
                yield path.name, path.read_bytes()


def hostile(scene: ServerSetup) -> Script:
    """A server that answers as the reference server does, until a request names an attack."""
    config, state = built_in_config(load_profile("reference")), refserver.ServerState()
    attacks = {attack.name: attack for attack in ATTACKS}

    def good(request: Request) -> bytes:
        asked = refserver.HttpRequest(request.method, request.path, request.headers, request.body)
        return refserver.answer(asked, config, state=state).body

    def script(peer: Peer) -> None:
        while (request := peer.request()) is not None:
            named = _NOW.search(request.body)
            if named is None:
                peer.send(ok(good(request)))
            else:
                attacks[named[1].decode()].send(peer, ServerSetup(good(request), scene.spy, scene.file))
                return

    return script


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run against all attacks, in a process of its own."""
    home = tmp_path_factory.mktemp("hostile")
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    secret.write_text(LEAKED, encoding="utf-8")
    (home / "cases").mkdir()
    cases = "".join(CASE.format(name=attack.name) for attack in ATTACKS)
    (home / "cases" / "attacks.yaml").write_text(cases, encoding="utf-8")
    bomb()
    with Server(lambda peer: peer.send(ok(b"caught"))) as spy:
        with Server(hostile(ServerSetup(b"", f"http://127.0.0.1:{spy.port}/", secret))) as server:
            done = _run(home, server.url)
        spied = spy.connections
    folder = home / "reports" / "latest"
    found = {path.relative_to(home).parts[0] for path in home.rglob("*")}
    return Run(
        done.returncode,
        done.stdout + done.stderr,
        folder.resolve(),
        home / "page.html",
        json.loads((folder / "results.json").read_text(encoding="utf-8")),
        spied,
        sorted(found - {"cases", "reports", "page.html", ".pytest_cache"}),
        int((home.parent / "memory").read_text()),
    )


def _run(home: Path, url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conformance", "run", f"--server-url={url}", "--profile=reference"]
    command += [f"--timeout={TIMEOUT}", "--concurrency=4", "--cases=cases", "--report-dir=reports", "--"]
    command += ["cases/attacks.yaml", "--html=page.html", "--self-contained-html", "--color=yes", "-rA"]
    checkout = str(Path(__file__).parents[2])
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": checkout, "TERM": "xterm", "COLUMNS": "100"}
    # Memory of this child alone: RUSAGE_CHILDREN knows the largest that this process ever had, a browser for one.
    measured = [sys.executable, "-c", MEASURE, str(home.parent / "memory"), *command]
    return subprocess.run(
        measured, cwd=home, env=env, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False
    )


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_each_attack_has_its_verdict(run: Run, attack: Attack) -> None:
    results = run.of(attack)
    assert len(results) > 50
    verdicts = {one["check"]: one["verdict"] for one in results}
    assert "ERROR" not in verdicts.values()
    assert {check: verdicts[check] for check in attack.verdicts} == attack.verdicts
    failure = run.document["exchanges"][f"ATTACK-{attack.name}[2.0]::ask"].get("failure", {})
    assert failure.get("kind", "") == attack.failure
    if attack.failure:
        assert verdicts.pop("http.exchange-completes") == "FAIL"
        assert set(verdicts.values()) == {"UNTESTABLE"}
    elif not attack.verdicts:
        assert set(verdicts.values()) <= {"PASS", "NOTE", "RECORDED"}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_nothing_of_an_attack_outlives_it(run: Run, attack: Attack) -> None:
    for step in ("good", "after"):
        others = [one for one in run.of(attack, step) if one["verdict"] not in ("PASS", "RECORDED")]
        # A comparison with the attacked answer itself cannot be made where that cannot be read.
        assert [one for one in others if load_checks()[one["check"]].subject is not Subject.RELATION] == []
        assert {one["verdict"] for one in others} <= {"UNTESTABLE"}


def test_the_run_ends_as_a_failed_one(run: Run) -> None:
    assert run.status == 1
    assert "Traceback" not in run.output and "INTERNALERROR" not in run.output
    assert run.document["warnings"] is not None


def test_no_other_server_is_called(run: Run) -> None:
    assert run.spied == 0


def test_no_file_is_read_or_written(run: Run) -> None:
    assert run.strays == []
    assert [name for name, content in run.texts() if LEAKED.encode() in content] == []
    assert LEAKED not in run.output


def test_time_and_memory_stay_bounded(run: Run) -> None:
    assert max(one["milliseconds"] for one in run.document["exchanges"].values()) < (TIMEOUT + 2) * 1000
    assert run.memory < MOST_MEMORY


def test_the_terminal_gets_no_commands_of_the_server(run: Run) -> None:
    text = re.sub(r"\x1b\[[0-9;]*m", "", run.output)  # the colours of pytest itself
    assert [char for char in text if (ord(char) < 32 and char not in "\n\r\t") or 0x7F <= ord(char) < 0xA0] == []
    assert not set(text) & set("\u202e\u2066\ufeff")
    assert "owned" not in text or "\\x1b]0;owned" in text


def test_the_page_takes_nothing_for_markup(run: Run) -> None:
    text = (run.folder / "qualification.html").read_text(encoding="utf-8")
    _harmless(text)
    page: Any = html.document_fromstring(text)
    (script,) = page.xpath("//script")
    digest = base64.b64encode(hashlib.sha256((script.text or "").encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
    assert page.xpath("//iframe|//object|//img") == []
    assert page.xpath("//@*[starts-with(name(), 'on')]|//@href[starts-with(., 'javascript:')]") == []


def test_the_page_of_pytest_takes_nothing_for_markup(run: Run) -> None:
    page: Any = html.document_fromstring(run.page.read_text(encoding="utf-8"))
    (blob,) = page.xpath("//@data-jsonblob")
    rows = json.loads(blob)["tests"].values()
    texts = [text for row in rows for one in row for text in _strings(one)]
    assert any("&lt;script&gt;" in text for text in texts)
    for text in texts:
        _harmless(text)


def test_machine_formats_stay_whole(run: Run) -> None:
    etree.parse(run.folder / "junit.xml")
    json.loads((run.folder / "ctrf.json").read_text(encoding="utf-8"))
    assert "<script>" not in re.sub(r"`[^`\n]*`", "", (run.folder / "summary.md").read_text(encoding="utf-8"))
    for name, content in run.texts():
        # Tags of images and styles are the page's own; a terminal that shows a file must not obey it either.
        assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", content), name


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


def _harmless(text: str) -> None:
    assert not _HARMFUL.search(text), text[max(0, _HARMFUL.search(text).start() - 200) :][:400]  # type: ignore[union-attr]
