"""The documented Python API."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from conformance.api import OptionError, Verdict, judge_pair, reference_server, run_profile
from conformance.cases import Seed, build_request, load_cases, resolve_plan
from conformance.checks import load_checks
from conformance.run.profile import load_profile


def test_a_profile_is_run_without_pytest(tmp_path: Path) -> None:
    report = run_profile(profile="smoke", seed="api", report_dir=tmp_path, env={})
    assert (report.outcome, report.exit_status, report.results()) == ("PARTIAL", 0, [])
    assert report.folder is not None and (report.folder / "qualification.html").is_file()
    noted = run_profile(profile="smoke", seed="api", faults=["STRUCTURE-BOM"], env={})
    assert noted.exit_status == 0 and noted.results(Verdict.NOTE)


def test_a_fault_shows_as_a_failure_with_its_findings() -> None:
    report = run_profile(profile="smoke", faults=["PSSH-OF-NEIGHBOUR"], env={})
    assert report.exit_status == 1
    failure = next(one for one in report.results() if one.check == "widevine.names-its-kid")
    assert failure.verdict is Verdict.FAIL and failure.findings[0].expected


def test_a_captured_pair_is_judged(tmp_path: Path) -> None:
    claims = load_profile("reference").claims
    assert claims is not None
    case = next(one for one in load_cases(load_checks()) if one.id == "HTTP-BASIC")
    plan = resolve_plan(case.steps[0].plan, claims)
    request, answer = tmp_path / "request.xml", tmp_path / "answer.xml"
    with reference_server(faults=["IV-ZERO"]) as server:
        built = build_request(case.steps[0], plan, case.name, Seed("api"), server.url, {})
        request.write_bytes(built.http.body)
        sent = requests.post(server.url, built.http.body, headers=dict(built.http.headers), timeout=10)
        answer.write_bytes(sent.content)
    report = judge_pair(request, answer)
    assert {one.check for one in report.results(Verdict.FAIL, Verdict.ADVISORY)} >= {"iv.not-zero"}
    assert report.open and not set(report.open) & {one.check for one in report.results()}


def test_a_token_and_unknown_faults() -> None:
    with reference_server(token="let me in") as server:
        assert requests.post(server.url, b"", timeout=10).status_code == 401
    with pytest.raises(OptionError, match="did you mean 'IV-ZERO'"):
        reference_server(faults=["IV-ZEROS"])
