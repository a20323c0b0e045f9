"""Runs that end badly: killed, terminated, interrupted twice, on a full disk, with nobody who reads what they print.

`SPEKE_KILLS=50` kills so many runs instead of the few of every day.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance import refserver
from conformance.__main__ import main
from conformance.results.document import Document
from conformance.results.index import ResultsIndex
from conformance.results.journal import NAME
from conformance.results.reader import read_results
from tests.pytest_plugin.conftest import Checkout

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("SPEKE_KILLS", "3"))
WITNESS = """
import os

import pytest

@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    if report.when == "call":
        came = report.speke.outcome
        names = [one.check for one in came.judged] + [name for group in came.alike for name, _ in group.checks]
        with open("witness", "a") as file:
            file.write("".join(f"{came.case}::{came.step}[{name}]\\n" for name in names))
"""
SECONDS = 60.0


class Started:
    """A run in a process of its own, in the small checkout; what it says goes into a file."""

    def __init__(self, checkout: Checkout, *options: str, limit: Callable[[], None] | None = None) -> None:
        witness = WITNESS if limit is None else ""
        checkout.write("conftest.py", f"import conformance.cases.library\n{HOME}\n{witness}")
        self.home = checkout.home
        command = [sys.executable, "-m", "pytest", "-p", "conformance.pytest_plugin"]
        command += [f"--speke-profile={checkout.home / 'tiny.yaml'}", "--speke-concurrency=1", *options]
        self.said = checkout.home / "said"
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=checkout.home,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=limit,
            )

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    def wait_for(self, name: str) -> None:
        """Until a file is there."""
        until = time.monotonic() + SECONDS
        while not (self.home / name).exists() and self.process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)

    def status(self) -> int:
        return self.process.wait(SECONDS)

    @property
    def text(self) -> str:
        return self.said.read_text(errors="replace")

    def witnessed(self) -> set[str]:
        """The questions whose results the run had taken in; the last line may be torn."""
        path = self.home / "witness"
        return set(path.read_text().split("\n")[:-1]) if path.exists() else set()


HOME = "conformance.cases.values._PACKAGE = __import__('pathlib').Path(__file__).parent / 'conformance'"


def asked(document: Document) -> set[str]:
    reading = ResultsIndex(document)
    return {f"{one.case}::{one.step}[{one.check}]" for one in reading.every()}


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_at_any_moment_it_leaves_all_that_it_had_recorded(checkout: Checkout, number: int) -> None:
    started = Started(checkout, "--speke-delay-ms=150")
    started.wait_for(f"reports/latest/{NAME}")
    time.sleep(random.Random(f"kill {number}").uniform(0, 1.6))
    started.process.kill()
    assert started.status() in (-signal.SIGKILL, 0), started.text
    latest = started.reports / "latest"
    before = started.witnessed()
    if not (latest / NAME).exists():
        # That was its last moment: results.json is complete, and the pages can be made of it.
        assert main(["report", str(latest)]) == 0
        whole = read_results(latest)
        assert (whole.outcome, whole.run.incomplete) == ("QUALIFIED", "") and before <= asked(whole)
        return
    assert started.status() == -signal.SIGKILL

    assert main(["report", str(latest)]) == 0
    for document in (read_results(latest), read_results(latest / "results.json")):
        assert document.outcome == "INCOMPLETE" and document.exit_status == 10 and document.run.incomplete
        assert before <= asked(document)
        for step in (step for case in document.cases for step in case.steps):
            assert not step.passed or step.exchange in document.exchanges
    assert "INCOMPLETE" in (latest / "qualification.html").read_text()
    assert "INCOMPLETE" in (latest / "summary.md").read_text()
    (latest / NAME).unlink()
    assert before <= asked(read_results(latest)), "the pages and results.json are made of the journal"


def test_it_says_incomplete_from_the_first_second(checkout: Checkout) -> None:
    assert checkout.run().ret == 0
    first = (checkout.home / "reports" / "latest").resolve()
    started = Started(checkout, "--speke-delay-ms=3000")
    started.wait_for(f"reports/latest/{NAME}")
    started.wait_for("reports/latest/badge.json")
    started.process.kill()
    started.status()
    latest = started.reports / "latest"
    assert latest.resolve() != first
    (latest / NAME).unlink()
    assert read_results(latest).outcome == "INCOMPLETE"
    assert "INCOMPLETE" in (latest / "summary.md").read_text()


def test_a_run_that_ends_well_leaves_no_journal(checkout: Checkout) -> None:
    assert checkout.run().ret == 0
    latest = checkout.home / "reports" / "latest"
    assert not (latest / NAME).exists()
    assert read_results(latest).outcome == "QUALIFIED"


@pytest.mark.parametrize(
    "options", [("-k", "no_such_thing"), ("--server-url=ftp://x/",)], ids=["nothing selected", "wrong option"]
)
def test_a_run_that_asks_nothing_moves_no_latest(checkout: Checkout, options: tuple[str, ...]) -> None:
    assert checkout.run().ret == 0
    latest = checkout.home / "reports" / "latest"
    before = latest.readlink()
    assert checkout.run(*options).ret in (4, 5)
    assert latest.readlink() == before
    assert read_results(latest).outcome == "QUALIFIED"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_terminated_run_leaves_a_report(checkout: Checkout, number: signal.Signals) -> None:
    started = Started(checkout, "--speke-delay-ms=60")
    started.wait_for("witness")
    started.process.send_signal(number)
    assert started.status() == 2, started.text
    assert "Traceback" not in started.text
    document = read_results(started.reports)
    assert (document.outcome, document.exit_status, document.run.interrupted) == ("INCOMPLETE", 2, True)
    assert not (started.reports / "latest" / NAME).exists()


def test_a_second_interrupt_ends_it_at_once(checkout: Checkout) -> None:
    asked, over = threading.Event(), threading.Event()

    def hold(request: refserver.HttpRequest) -> None:
        if (started.reports / "latest" / NAME).exists():
            asked.set()
            over.wait(SECONDS)

    with refserver.Server(auth=hold) as server:
        started = Started(checkout, f"--server-url={server.url}", "--speke-timeout=50")
        assert asked.wait(SECONDS)
        # The second of another kind: two of one kind may arrive as one.
        started.process.send_signal(signal.SIGINT)
        started.process.send_signal(signal.SIGTERM)
        status = started.status()
        over.set()
    assert status == 2
    assert "Traceback" not in started.text and "ended at once" in started.text
    assert main(["report", str(started.reports)]) == 0
    assert read_results(started.reports).outcome == "INCOMPLETE"


def test_a_full_disk_is_one_sentence(checkout: Checkout) -> None:
    def small_files_only() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    started = Started(checkout, limit=small_files_only)
    assert started.status() == 10, started.text
    assert "Traceback" not in started.text and "INTERNALERROR" not in started.text
    assert started.text.count("cannot be written") == 1
    assert read_results(started.reports).outcome == "INCOMPLETE"


@pytest.mark.parametrize("status", [0, 1])
def test_a_reader_who_goes_away_changes_nothing(checkout: Checkout, status: int) -> None:
    kills = [name for name, one in refserver.load_faults().items() if one.kills == ("echo.content-id",)]
    command = [sys.executable, "-m", "conformance", "run", "--profile", "smoke", "--report-dir", "reports"]
    command += ["--fault", kills[0]] if status else []
    run = subprocess.Popen(
        command, cwd=checkout.home, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert run.stdout is not None and run.stderr is not None
    run.stdout.readline()
    run.stdout.close()
    errors = run.stderr.read()
    run.stderr.close()
    assert run.wait(SECONDS) == status, errors
    assert b"Traceback" not in errors and b"BrokenPipe" not in errors
    assert read_results(checkout.home / "reports").exit_status == status


def test_a_full_disk_under_the_output_is_one_sentence(checkout: Checkout) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "conformance", "list"],
            cwd=checkout.home,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 10
    assert done.stderr.count(b"\n") == 1 and b"No space left" in done.stderr


@pytest.mark.parametrize("kind", ["folder", "link", "file"])
def test_what_somebody_else_made_stays(checkout: Checkout, kind: str) -> None:
    latest = checkout.home / "reports" / "latest"
    latest.parent.mkdir()
    mine = checkout.write("mine/sub/file", "precious")
    if kind == "folder":
        (latest / "sub").mkdir(parents=True)
        (latest / "sub" / "file").write_text("precious")
    elif kind == "link":
        latest.symlink_to(mine.parent.parent, target_is_directory=True)
    else:
        latest.write_text("precious")
    result = checkout.run()
    assert result.ret == 4
    assert "was not made by this tool" in result.stderr.str()
    assert (latest if kind == "file" else latest / "sub" / "file").read_text() == "precious"
    assert [path.name for path in latest.parent.iterdir()] == ["latest"]


def test_report_writes_over_nothing_of_somebody_else(checkout: Checkout) -> None:
    assert checkout.run().ret == 0
    mine = checkout.write("mine/summary.md", "precious")
    assert main(["report", str(checkout.home / "reports"), "-o", str(mine.parent)]) == 4
    assert mine.read_text() == "precious" and [path.name for path in mine.parent.iterdir()] == ["summary.md"]
    fresh = checkout.home / "fresh"
    for _ in range(2):
        assert main(["report", str(checkout.home / "reports"), "-o", str(fresh)]) == 0
