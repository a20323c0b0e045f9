"""How a run ends: exit status, report, and what the terminal says."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from conformance import refserver
from conformance.judge import StepOutcome
from conformance.model import Case, Step
from conformance.reporting.writer import ReportError
from conformance.run.session import Run
from tests.pytest_plugin.conftest import Checkout
from tests.written import every_result

pytest_plugins = ["pytester"]


def test_against_the_built_in_server(checkout: Checkout) -> None:
    result = checkout.run()
    assert result.ret == 0
    document = checkout.document()
    assert (document["outcome"], document["exit_status"]) == ("QUALIFIED", 0)
    assert len(every_result(document)) > 500
    assert {one["verdict"] for one in every_result(document)} <= {"PASS", "NOTE", "RECORDED"}
    # GOOD, the control before and after, and the bad request, for two versions.
    assert len(document["exchanges"]) == 8
    result.stdout.fnmatch_lines(["SPEKE conformance of the built-in reference key server", "*QUALIFIED*"])


def test_against_a_url(checkout: Checkout, server: refserver.Server) -> None:
    result = checkout.run(f"--server-url={server.url}", "--speke-seed=abc", "--speke-label=build=7")
    assert result.ret == 0
    document = checkout.document()
    assert document["run"]["seed"] == "abc"
    assert server.url.partition("/speke")[2] not in result.stdout.str()
    result.stdout.fnmatch_lines(["SPEKE conformance of http://127.0.0.1 (authentication: none)", "*seed: abc*"])


def test_a_fault_of_the_server_fails_the_run_by_name(checkout: Checkout) -> None:
    faults = refserver.load_faults()
    name = next(name for name, fault in faults.items() if "echo.content-id" in fault.kills)
    result = checkout.run(f"--speke-fault={name}")
    assert result.ret == 1
    document = checkout.document()
    assert document["outcome"] == "NOT QUALIFIED"
    assert "echo.content-id" in {one["check"] for one in every_result(document) if one["verdict"] == "FAIL"}
    assert "echo.content-id" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


def test_nobody_answers(checkout: Checkout) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        result = checkout.run(f"--server-url=http://127.0.0.1:{held.getsockname()[1]}/")
    assert result.ret == 10
    document = checkout.document()
    assert document["outcome"] == "INCOMPLETE"
    assert {one["verdict"] for one in every_result(document)} <= {"UNTESTABLE", "NOT CLAIMED"}
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


def test_nobody_answers_the_probes_either(checkout: Checkout) -> None:
    checkout.write("open.yaml", "profile: open\nrequires: [speke-2.0@1]\nclaims: discover\n")
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/"
        result = checkout.run(f"--server-url={url}", "--speke-profile=open.yaml")
    assert result.ret == 10
    assert checkout.document()["outcome"] == "INCOMPLETE"


@pytest.mark.parametrize("args", [("-k", "GOOD"), ("testcases/topic/tiny.yaml::GOOD[2.0]::ask[echo.content-id]",)])
def test_a_selection_is_partial(args: tuple[str, ...], checkout: Checkout) -> None:
    result = checkout.run(*args)
    assert result.ret == 0
    assert checkout.document()["outcome"] == "PARTIAL"
    assert "PARTIAL" in result.stdout.str()


def test_a_profile_that_names_its_cases_is_partial(checkout: Checkout) -> None:
    profile = (checkout.home / "tiny.yaml").read_text() + "cases: [GOOD]\n"
    checkout.write("smoke.yaml", profile)
    result = checkout.run("--speke-profile=smoke.yaml")
    assert result.ret == 0
    assert checkout.document()["outcome"] == "PARTIAL"
    assert {one["case"] for one in every_result(checkout.document())} == {"GOOD[2.0]", "GOOD[2.1]"}


def test_a_negative_alone_brings_its_control_along(checkout: Checkout) -> None:
    result = checkout.run("testcases/topic/tiny.yaml::BAD-VERSION[2.0]::ask[refusal.standard-message]")
    assert result.ret == 0
    assert set(checkout.document()["exchanges"]) == {"BAD[2.0]::before", "BAD-VERSION[2.0]::ask"}


def test_nothing_selected(checkout: Checkout) -> None:
    result = checkout.run("-k", "keys.value-distinct")
    assert result.ret == 5
    result.stdout.fnmatch_lines(["*selects nothing (did you mean 'keys.values-distinct'?), so nothing was sent*"])
    assert list((checkout.home / "reports").glob("2*/results.json")) == []


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--server-url=ftp://x/",), "The server URL must begin with http:// or https://."),
        (("--server-url=http://me:pass@127.0.0.1/",), "The server URL holds a user name or password"),
        (("--speke-profile=nowhere",), "there is no such profile"),
        (("--speke-fault=NO-SUCH-FAULT",), "is not a fault of the built-in server"),
        (("--speke-timeout=x",), "is not a number greater than 0; correct --speke-timeout."),
        (("--speke-report-dir=pytest.ini",), "is a file; name a folder"),
        (("--speke-cases=nowhere",), "is not a folder"),
        (("--server-url=https://127.0.0.1:9/", "--speke-ca-bundle=pytest.ini"), "pytest.ini"),
        (("--speke-gate=hard",), "invalid choice: 'hard'"),
        (("--speke-auth=basic",), "SPEKE_USER"),
    ],
)
def test_a_wrong_option_is_one_sentence_and_nothing_is_sent(
    args: tuple[str, ...], sentence: str, checkout: Checkout
) -> None:
    result = checkout.run(*args)
    assert result.ret == 4
    errors = result.stderr.str()
    assert sentence in errors and "Traceback" not in errors and ":pass" not in errors
    assert not (checkout.home / "reports").exists()


def test_a_known_deviation_under_both_gates(checkout: Checkout) -> None:
    fault = next(name for name, one in refserver.load_faults().items() if one.kills == ("echo.content-id",))
    known = "known: [{finding: 'echo.content-id@*', reason: r, reference: T-1, date: 2026-01-01}]\n"
    checkout.write("known.yaml", (checkout.home / "tiny.yaml").read_text() + known)
    args = ("--speke-profile=known.yaml", f"--speke-fault={fault}", "-k", "echo.content-id")
    assert checkout.run(*args).ret == 0
    assert checkout.run(*args, "--speke-gate=qualification", "--speke-report-dir=other").ret == 1
    stale = checkout.run("--speke-profile=known.yaml", "--speke-report-dir=third")
    assert stale.ret == 1 and "no longer deviates" in stale.stdout.str()


def test_an_interrupted_run_leaves_a_report(checkout: Checkout) -> None:
    checkout.write(
        "conftest.py",
        "def pytest_runtest_logstart(nodeid):\n    if 'BAD[2.0]' in nodeid:\n        raise KeyboardInterrupt\n",
    )
    result = checkout.run()
    assert result.ret == 2
    document = checkout.document()
    assert (document["outcome"], document["exit_status"]) == ("INCOMPLETE", 2)
    assert 0 < len(every_result(document)) < 500


def test_the_first_failure_ends_the_run_where_that_is_asked_for(checkout: Checkout) -> None:
    fault = next(name for name, one in refserver.load_faults().items() if one.kills == ("echo.content-id",))
    result = checkout.run("-x", f"--speke-fault={fault}")
    assert result.ret == 1
    document = checkout.document()
    assert document["outcome"] == "PARTIAL"
    assert [one["verdict"] for one in every_result(document)].count("FAIL") == 1


def test_a_test_of_somebody_elses_that_fails_fails_the_run(checkout: Checkout) -> None:
    checkout.write("tests/test_own.py", "def test_own():\n    assert False\n")
    assert checkout.run("testcases", "tests").ret == 1
    assert checkout.document()["outcome"] == "QUALIFIED"


def test_a_question_that_could_not_be_asked_leaves_the_run_incomplete(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = Run.ask

    def ask(run: Run, case: Case, step: Step, about: str = "") -> StepOutcome:
        if case.name == "GOOD[2.0]":
            raise ValueError("a bug of ours")
        return sound(run, case, step, about)

    monkeypatch.setattr(Run, "ask", ask)
    result = checkout.run()
    assert result.ret == 10
    assert checkout.document()["outcome"] == "INCOMPLETE"


def test_a_report_that_cannot_be_written(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **more: object) -> Path:
        raise ReportError("The reports cannot be written to here (No space left on device).")

    monkeypatch.setattr(sys.modules["conformance.pytest_plugin.session_end"], "write_reports", refuse)
    result = checkout.run("-p", "no:html")
    assert result.ret == 10
    assert "No space left on device" in result.stdout.str()


def test_reports_of_the_users_own_choice(checkout: Checkout) -> None:
    result = checkout.run("--junitxml=mine.xml", "--html=mine.html", "--self-contained-html")
    assert result.ret == 0
    assert "ask[http]" in (checkout.home / "mine.xml").read_text()
    assert (checkout.home / "mine.html").is_file()
    assert list((checkout.home / "reports").glob("2*/pytest.html")) == []


def test_without_pytest_html(checkout: Checkout) -> None:
    result = checkout.run("-p", "no:html")
    assert result.ret == 0
    assert list((checkout.home / "reports").glob("2*/pytest.html")) == []
    assert list((checkout.home / "reports").glob("2*/results.json"))


def test_asking_only_what_failed_last_time(checkout: Checkout) -> None:
    checkout.write("pytest.ini", "[pytest]\ntestpaths = testcases\naddopts = -p no:xdist -p no:hypothesispytest\n")
    fault = next(name for name, one in refserver.load_faults().items() if one.kills == ("echo.content-id",))
    assert checkout.run(f"--speke-fault={fault}").ret == 1
    result = checkout.run("--lf", "--speke-report-dir=again")
    assert result.ret == 0
    document = checkout.document("again")
    assert document["outcome"] == "PARTIAL"
    assert {one["check"].partition(".")[0] for one in every_result(document)} == {"echo"}


def test_no_secret_stands_anywhere(
    checkout: Checkout, server: refserver.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "correct-horse-battery"
    monkeypatch.setenv("SPEKE_USER", "me")
    monkeypatch.setenv("SPEKE_PASSWORD", secret)
    result = checkout.run(f"--server-url={server.url}", "--speke-auth=basic", "--junitxml=mine.xml")
    assert result.ret == 0
    assert secret not in result.stdout.str() + result.stderr.str()
    for path in checkout.home.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path
