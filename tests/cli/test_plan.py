"""`plan`: what it says beforehand is what the run does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.__main__ import main
from conformance.cases.features import ENDPOINT, KEY_URIS
from conformance.faultmatrix.simulated_run import simulate_run
from conformance.model import ResultState
from conformance.run.discovery import most_probes
from conformance.run.estimate import Estimate, Share, forecast
from conformance.run.options import Options
from conformance.run.run_plan import RunPlan
from conformance.run.settings import read_settings


def run_of(profile: str) -> RunPlan:
    return RunPlan(read_settings(Options(profile=profile), {}))


def test_the_run_sends_as_many_requests_as_were_forecast() -> None:
    """Of the other profiles tests/run says it, over HTTP."""
    run = run_of("smoke")
    held = run.settings.profile.claims
    assert held is not None
    found = forecast(run, replace(held, features=held.features | {*ENDPOINT, KEY_URIS}))
    real = simulate_run(run.settings.profile, run.library)
    assert found.total.requests == real.exchanges
    assert found.total.results == pytest.approx(len(real.judgements), rel=0.2), (
        "how many are asked depends on the answers"
    )
    not_sent = {one.case for one in real.judgements if one.state is ResultState.NOT_CLAIMED}
    assert found.unsent <= len(not_sent)


def test_probes_are_counted_where_the_claims_are_discovered() -> None:
    assert forecast(run_of("default")).probes == most_probes()
    assert forecast(run_of("reference")).probes == 0


def test_contents_that_two_areas_share_count_once() -> None:
    one, other = Share(1, 2, 3, {("a", "A", "")}), Share(1, 1, 1, {("a", "A", ""), ("b", "A", "")})
    found = Estimate({"x": one, "y": other}, probes=0, unsent=0, chains=(2, 1))
    assert (found.total.cases, found.total.requests, found.total.results) == (2, 3, 4)
    assert len(found.total.contents) == 2


def test_the_time_follows_from_the_busiest_worker() -> None:
    found = Estimate({}, probes=0, unsent=0, chains=(5, 1, 1, 1))
    alone, four = (found.seconds(concurrency=number, delay=1.0) for number in (1, 4))
    assert alone - four == pytest.approx(3 * 1.004)
    assert found.seconds(concurrency=4, delay=0.0, max_rps=1) > 8


def test_nothing_is_sent_and_the_numbers_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--profile", "smoke", "--concurrency", "2", "--delay-ms", "200"]) == 0
    printed = capsys.readouterr().out
    assert "profile smoke: A quick look" in printed
    assert "in total" in printed and "content keys" in printed
    assert "with 2 requests at a time and 200 ms for an answer" in printed
    assert "PARTIAL" in printed


def test_a_budget_that_is_too_small_is_said_beforehand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("profile: mine\ntitle: Mine\nextends: smoke\nbudgets: {max-requests: 10}\n", encoding="utf-8")
    assert main(["plan", "--profile", str(file)]) == 0
    assert "the budget of 10 requests is too small by 14" in capsys.readouterr().out


def test_a_list_of_contents_that_is_too_short_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("profile: mine\ntitle: Mine\nextends: smoke\ncontent-ids: {list: [one, two]}\n", encoding="utf-8")
    assert main(["plan", "--profile", str(file)]) == 4
    assert "mine.yaml:4: the list holds 2 contents" in capsys.readouterr().err


def test_a_profile_with_credentials_is_planned_without_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("profile: mine\ntitle: Mine\nextends: smoke\nauth: {kind: basic}\n", encoding="utf-8")
    assert main(["plan", "--profile", str(file)]) == 0
    assert "in total" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["--delay-ms", "-1"], ["--concurrency", "none"], ["--profile", "nobody"]])
def test_a_wrong_option_is_one_sentence(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *wrong]) == 4
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_each_endpoint_gets_the_whole_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--profile", "smoke"]) == 0
    alone = _in_all(capsys.readouterr().out)
    urls = ["--server-url", "https://one.example/", "--server-url", "https://two.example/"]
    assert main(["plan", "--profile", "smoke", *urls]) == 0
    printed = capsys.readouterr().out
    cases, contents, keys, requests, _ = _in_all(printed)
    assert (cases, contents, keys, requests) == (2 * alone[0], alone[1], alone[2], 2 * alone[3])
    assert "each of the 2 endpoints gets the whole run; they share the contents" in printed


def _in_all(text: str) -> list[int]:
    return [int(word) for word in next(line for line in text.splitlines() if line.startswith("in total")).split()[2:]]
