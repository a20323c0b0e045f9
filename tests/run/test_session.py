"""A run's parts put together: what is asked, what workers share, what is refused before anything is sent."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.catalogue.yamlfile import DataError
from conformance.model import Claims, Unclaimed
from conformance.run import target_setup
from conformance.run.clock import today, utc_now
from conformance.run.options import Options
from conformance.run.run_plan import RunPlan
from conformance.run.session import open_run
from conformance.run.settings import Settings, read_settings
from conformance.run.worker_setup import Endpoint, WorkerSetup
from conformance.wire.errors import OptionError
from conformance.wire.pacing import Limits
from conformance.wire.target import Target

CLAIMS = 'claims: {versions: ["2.0"], systems: {widevine: [cenc]}, features: [multi-key, periods]}\n'


def profile(folder: Path, text: str) -> Settings:
    """The settings of a run with that profile."""
    path = folder / "mine.yaml"
    path.write_text(f"profile: mine\nextends: default\n{text}")
    return read_settings(Options(profile=str(path), seed="tests"), {})


def test_what_workers_share_survives_the_pipe() -> None:
    claims = Claims(frozenset({"2.1"}), frozenset({("widevine", "cenc")}), frozenset({"rotation"}), ("SHARED",), 3)
    not_offered = Unclaimed("version.2.0", "422 'no'", "its words say so", True)
    shared = WorkerSetup(
        (
            Endpoint(1, "http://127.0.0.1/", "endpoint 1 (127.0.0.1)", claims),
            Endpoint(2, "http://127.0.0.1/2", "endpoint 2 (127.0.0.1)", claims, (not_offered,), "a failure"),
        ),
        "seed",
        b"\x00salt",
        {"rsa-2048": (b"private", b"certificate")},
        "2026-11-22T00:00:00Z",
        Limits(1.5, 7, 12.0),
    )
    assert WorkerSetup.unpacked(shared.packed()) == shared


def test_the_questions_of_a_run_are_about_rules_in_force(tmp_path: Path) -> None:
    whole = RunPlan(profile(tmp_path, CLAIMS))
    narrow = RunPlan(profile(tmp_path, CLAIMS + "requires: [hls@1]\nreports: []\n"))
    counts = [
        sum(len(run.possible(case, step)) for case in run.library for step in case.steps) for run in (whole, narrow)
    ]
    assert counts[0] > counts[1] > 0


def test_a_selection_is_recognised(tmp_path: Path) -> None:
    run = RunPlan(profile(tmp_path, CLAIMS))
    chosen = {
        (case.name, step.id, topic) for case in run.library for step in case.steps for topic in run.topics(case, step)
    }
    assert not run.is_selection(chosen)
    chosen.pop()
    assert run.is_selection(chosen)


def test_a_profile_may_name_its_cases(tmp_path: Path) -> None:
    run = RunPlan(profile(tmp_path, f"{CLAIMS}cases: [ERR-MISSING-VERSION]\n"))
    assert {case.id for case in run.selected_by_profile()} == {"ERR-MISSING-VERSION", "RUN-LEDGER"}
    with pytest.raises(DataError, match=r"no case 'ERR-MISING-VERSION' .*did you mean 'ERR-MISSING-VERSION"):
        RunPlan(profile(tmp_path, f"{CLAIMS}cases: [ERR-MISING-VERSION]\n"))


def test_a_list_of_contents_must_be_long_enough_for_the_cases(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"mine\.yaml:\d+: the list holds 2 contents, but the cases of this run need"):
        RunPlan(profile(tmp_path, f"{CLAIMS}content-ids: {{list: [one, two]}}\n"))
    names = ", ".join(f"content-{number}" for number in range(2000))
    run = RunPlan(profile(tmp_path, f"{CLAIMS}content-ids: {{list: [{names}]}}\n"))
    case = next(case for case in run.library if case.version == "2.0" and not case.needs)
    assert run.settings.seed.identity(case.identity).content_id.startswith("content-")


def test_a_fault_that_does_not_exist() -> None:
    settings = read_settings(Options(faults=("KEY-ZERRO",)), {})
    with pytest.raises(OptionError, match=r"--speke-fault 'KEY-ZERRO' is not a fault of the built-in server"):
        RunPlan(settings)


def test_a_ca_file_without_a_certificate_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")
    run = RunPlan(read_settings(Options(url="https://127.0.0.1:1/", ca_bundle=str(path)), {}))
    with pytest.raises(OptionError, match=r"ca\.pem"):
        run.check_target()


def test_today_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert today() == "1970-01-02"
    for wrong in ("soon", "9" * 30):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", wrong)
        with pytest.raises(OptionError, match="SOURCE_DATE_EPOCH is not a number of seconds"):
            today()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert today() == utc_now()[:10]


def test_a_run_against_the_built_in_server(tmp_path: Path) -> None:
    settings = replace(profile(tmp_path, CLAIMS), concurrency=2)
    plan = RunPlan(settings)
    cases = [case for case in plan.library if case.version == "2.0" and not case.needs and not case.steps[0].use][:3]
    with open_run(plan, cases) as run:
        assert run.shared.url.startswith("http://127.0.0.1:")
        case = cases[0]
        whole = list(run.ask(case, case.steps[0]).asked())
        parts = [run.ask(case, case.steps[0], topic) for topic in plan.topics(case, case.steps[0])]
        assert sorted(check for part in parts for check in part.asked()) == sorted(whole)
        assert list(run.ask(case, case.steps[0], "keys.not-zero").asked()) == ["keys.not-zero"]
        assert f"{case.name}::{case.steps[0].id}" in run.observed.recorder.exchanges
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", Target.parse(run.shared.url).port), 1):
        pass
    law = next(case for case in plan.library if case.sends_nothing)
    assert run.ask(law, law.steps[0], "run.keys-repeat").asked(), "what was seen can be asked about afterwards"


def test_a_built_in_server_that_cannot_begin_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError("out of processes")

    monkeypatch.setattr(target_setup, "ServerProcess", fails)
    plan = RunPlan(profile(tmp_path, CLAIMS))
    with pytest.raises(OptionError, match=r"cannot begin \(out of processes\). Name a server with"), open_run(plan):
        pass
