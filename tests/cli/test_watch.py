"""The loop of somebody who repairs a server, at a real terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from conformance.__main__ import main
from conformance.cli.parser import parse
from conformance.cli.watch import cases_of_quick, restarted, watch
from conformance.refserver import Config, load_faults
from conformance.refserver.http import Server
from conformance.reporting.round_text import round_lines
from conformance.reporting.writer import write_reports
from conformance.results.compare import difference
from conformance.results.document import Document
from conformance.results.failing_part import failing_nodes
from conformance.results.reader import read_results
from conformance.run.profile import load_profile
from conformance.wire.restart import is_open
from conformance.wire.target import Target
from tests.reporting.live import live_document

ROOT = Path(__file__).resolve().parents[2]

PATIENCE = 90.0
"""Seconds for one round on a busy machine."""


def test_without_a_terminal_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "--server-url", "http://127.0.0.1:9/"]) == 4
    assert "needs a terminal" in capsys.readouterr().err


def test_a_few_cases_show_every_failing_check() -> None:
    document = live_document("KEY-SAME-FOR-ALL", "ERROR-SCHEME-OTHER-WORDS")
    nodes = failing_nodes(document)
    assert nodes == ["testcases/keys/some.yaml::KEYS", "testcases/errors/some.yaml::NEGATIVE"] or len(nodes) >= 2
    assert failing_nodes(live_document()) == []


def test_a_round_says_what_changed_and_nothing_else() -> None:
    right, wrong = live_document(), live_document("KEY-SAME-FOR-ALL")
    fixed = list(round_lines(right, difference(wrong, right)))
    assert re.match(r"[1-9]\d* fixed, 0 new, 0 still there", fixed[0])
    assert any(line.startswith("  fixed  keys.values-distinct") for line in fixed)
    broken = list(round_lines(wrong, difference(right, wrong)))
    assert re.match(r"0 fixed, [1-9]\d* new", broken[0])
    assert any(line.startswith("  NEW    keys.values-distinct") for line in broken)


def test_a_server_that_restarts_is_asked_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ExitStack() as servers:

        def serve(*faults: str, port: int = 0) -> Server:
            return servers.enter_context(Server(Config(), [load_faults()[name] for name in faults], port=port))

        old = serve("KEY-SAME-FOR-ALL", "ERROR-SCHEME-OTHER-WORDS")
        target = Target.parse(old.url)
        whole = write_reports(live_document(url=old.url), tmp_path)
        asked = []

        def run_round(folder: Path, nodes: list[str]) -> Document:
            asked.append(nodes)
            document = live_document(url=old.url)
            write_reports(document, folder)
            return document

        def stopping(seconds: float) -> None:
            if is_open(target):
                servers.close()
            else:
                serve("ERROR-SCHEME-OTHER-WORDS", "HLS-EMPTY", port=old.port)

        typed: Iterator[Callable[[float], str | None]] = iter([stopping, stopping, lambda seconds: "q"])
        again = partial(restarted, target, lambda seconds: next(typed)(seconds))
        assert watch(tmp_path, list, run_round, again) == 0
    first, second = capsys.readouterr().out.split("Waiting for the server to restart")[:2]
    assert re.search(r"^0 fixed, 0 new, [1-9]\d* still there", first, re.MULTILINE), first
    assert re.search(r"^[1-9]\d* fixed, [1-9]\d* new, [1-9]\d* still there", second, re.MULTILINE), second
    for line in ("  fixed  keys.values-distinct", "  NEW    hls.filled", "  still  refusal.standard-message"):
        assert line in second
    assert asked == [failing_nodes(read_results(tmp_path))] * 2
    assert (tmp_path / "latest").resolve() == whole.resolve(), "a whole run stays the latest"
    assert (tmp_path / "watch" / "latest" / "results.json").is_file()


@pytest.mark.slow
def test_a_server_is_repaired(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPEKE_")}
    environment |= {"PYTHONPATH": str(ROOT), "COLUMNS": "120", "TERM": "dumb"}
    command = [sys.executable, "-m", "conformance"]
    faulty = Server(Config(), [load_faults()["ERROR-CONTENT-ID-OTHER-WORDS"]])
    with faulty:
        url = faulty.url
        words = [*command, "run", "--server-url", url, "--profile", "smoke"]
        subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, check=False)
        whole = (tmp_path / "reports" / "latest").resolve()
        controller, terminal = pty.openpty()
        watching = subprocess.Popen(
            [*command, "watch", "--server-url", url, "--profile", "smoke"],
            cwd=tmp_path,
            env=environment,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
        )
        os.close(terminal)
        first = _until(controller, "Enter runs it again")
    assert "0 fixed, 0 new, 1 still there" in first, first
    with Server(Config(), port=faulty.port):
        os.write(controller, b"\n")
        second = _until(controller, "Enter runs it again")
    os.write(controller, b"q\n")
    assert watching.wait(PATIENCE) == 0
    assert "1 fixed, 0 new, 0 still there" in second, second
    assert "run the full suite now" in second
    assert (tmp_path / "reports" / "latest").resolve() == whole
    assert read_results(tmp_path / "reports" / "watch").run.partial


def _until(controller: int, words: str) -> str:
    """What is printed until the words have come."""
    printed, end = "", time.monotonic() + PATIENCE
    while words not in printed and time.monotonic() < end:
        if select.select([controller], [], [], 1.0)[0]:
            printed += os.read(controller, 65536).decode("utf-8", "replace")
    return printed


def test_where_nothing_failed_the_cases_of_quick_are_watched() -> None:
    options = parse(["watch", "--server-url", "http://127.0.0.1:9/"], "")
    assert len(cases_of_quick(options)) == len(load_profile("quick").only_cases)
