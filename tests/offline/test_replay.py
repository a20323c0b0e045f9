"""Replay: what the record holds is found again, and what it does not hold is carried over and said."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from conformance.cases import Seed
from conformance.cases.features import ENDPOINT
from conformance.catalogue.yamlfile import DataError
from conformance.checks import load_checks
from conformance.checks.selector import foreseen
from conformance.evidence.pack import refusals
from conformance.faultmatrix.baseline import RING, URL
from conformance.faultmatrix.in_process import TOKEN, InProcess
from conformance.model import Case
from conformance.offline.record_needs import BLANK_KEYS
from conformance.offline.recorded import BLURRED, MISSING, NO_EXCHANGE, NO_KEYS, RecordedRunner
from conformance.offline.replay import Replayed, ask_record, lines, replay
from conformance.recording.exchange_record import Recorder
from conformance.recording.records import Body
from conformance.redaction.redactor import Redactor
from conformance.refserver import Fault, load_faults
from conformance.reporting.qualification_page import qualification_html
from conformance.reporting.writer import views
from conformance.results.compare import difference
from conformance.results.document import Document
from conformance.results.index import ResultsIndex
from conformance.results.reader import read_results
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile
from conformance.run.runner import RunContext, Runner
from tests.conftest import saved
from tests.made_runs import chosen, library
from tests.reporting.schemas import complaints

FAULTS = (
    "KEY-STRAY-BITS",
    "KEY-LAST-MISSING",
    "KEY-WITHOUT-KID",
    "KEY-SAME-FOR-ALL",
    "KEY-ZERO",
    "KEY-EQUALS-KID-IN-GUID-ORDER",
    "KEY-SEQUENTIAL",
    "IV-EQUALS-KEY",
    "STRUCTURE-BOM",
    "HTTP-202",
    "HTTP-EXCEPTION-WITH-PERIODS",
    "HTTP-GZIP-AGAINST-IDENTITY",
    "ERROR-CONTENT-ID-ACCEPTED",
    "ERROR-CONTENT-ID-OTHER-WORDS",
    "HLS-MASTER-MISSING",
    "ENCRYPTION-MAC-WITHOUT-IV",
)
"""One for each way in which an answer can be wrong: bytes, document, signalling, status, transport."""


def again(document: Document) -> Replayed:
    return replay(document, library(), load_checks(), "results.json")


@pytest.mark.parametrize("which", ["good", "bad"])
def test_the_same_verdicts_again(which: str, request: pytest.FixtureRequest) -> None:
    document = request.getfixturevalue(which)
    found = again(document)
    changed = difference(document, found.document)
    for group in ("newly_failing", "newly_passing", "unanswered", "otherwise", "new_checks", "gone_checks"):
        assert getattr(changed, group) == [], group
    assert found.document.outcome == document.outcome
    assert found.exit_status == document.exit_status
    assert found.judged > 2 * len(found.as_recorded) > 0
    assert found.judged + len(found.as_recorded) == document.count
    assert complaints(found.document) == []
    assert dict(views(found.document))["qualification.html"]


def test_what_is_carried_over_is_marked_and_counted(bad: Document) -> None:
    found = again(bad)
    marked = {(one.case, one.step, one.check) for one in ResultsIndex(found.document).every() if one.as_recorded}
    assert marked == set(found.as_recorded)
    assert found.document.replay is not None
    assert found.document.replay.as_recorded == len(marked)
    assert {"keys.not-sequential", "keys.not-zero", "leaks.no-key-in-signalling"} <= {check for *_, check in marked}
    assert "keys.one-per-asked" not in {check for *_, check in marked}
    assert found.document.warnings[0].id == "replay"
    assert f"{len(marked)} carried over as recorded" in found.document.warnings[0].text
    text = "\n".join(lines(found))
    assert f"{found.judged} results judged again, {len(marked)} carried over as recorded" in text
    assert f"because {NO_KEYS}:" in text


def test_a_rule_of_today_judges_the_answer_of_then(good: Document) -> None:
    name = next(name for name in good.exchanges if name.startswith("KEYS-MULTI"))
    answer = good.exchanges[name].answer
    assert answer is not None
    answer.body = Body(content=answer.body.text.replace("PSSH>", "PSSHX>"))
    newly = difference(good, again(good).document).newly_failing
    assert "pssh.filled" in {one.check for one in newly}


def test_questions_without_an_exchange_keep_their_result_or_are_left(good: Document) -> None:
    name = next(name for name in good.exchanges if name.startswith("KEYS-SYSTEMS[2.0-playready]"))
    del good.exchanges[name]
    found = again(good)
    assert NO_EXCHANGE in found.as_recorded.values()
    gone = copy.deepcopy(good)
    for step in next(case for case in gone.cases if case.name == "KEYS-SYSTEMS[2.0-playready]").steps:
        step.passed = []
    left = again(gone)
    assert left.unasked
    assert any(f"{len(left.unasked)} checks of this version need a live server" in line for line in lines(left))


def test_questions_that_are_not_asked_any_more(good: Document) -> None:
    good.results.append(structs.replace(good.results[0], check="keys.of-another-time"))
    found = again(good)
    assert [check for *_, check in found.gone] == ["keys.of-another-time"]
    assert any("keys.of-another-time" in line for line in lines(found))


def test_a_partial_record_stays_what_it_was(good: Document) -> None:
    good.results = []
    for case in good.cases:
        for step in case.steps:
            step.passed = step.passed[:5] if step is good.cases[0].steps[-1] else []
    good.run.partial = True
    found = again(good)
    assert found.judged + len(found.as_recorded) == 5
    assert found.document.outcome == "PARTIAL"


def test_a_set_that_is_not_there(good: Document) -> None:
    good.profile.requires.append("speke-3.0@1")
    with pytest.raises(DataError, match=r"results.json: this version has no requirement set 'speke-3.0@1'"):
        again(good)


def test_a_withheld_answer_is_not_judged(good: Document) -> None:
    name = next(name for name in good.exchanges if name.startswith("ERR-MISSING-CONTENT-ID"))
    answer, request = good.exchanges[name].answer, good.exchanges[name].request
    assert answer is not None
    answer.body = Body(content="[withheld 30 characters]")
    key = ("ERR-MISSING-CONTENT-ID[2.0]", "ask", "refusal.standard-message")
    assert again(good).as_recorded[key] == BLURRED
    answer.body, request.body = Body(content="no"), Body(content="[withheld 30 characters]")
    assert key not in again(good).as_recorded


def test_a_folder_that_lacks_bodies_is_judged_as_far_as_it_goes(good: Document, tmp_path: Path) -> None:
    path = saved(good, tmp_path)
    name = next(name for name in good.exchanges if name.startswith("ERR-MISSING-CONTENT-ID"))
    answer = good.exchanges[name].answer
    assert answer is not None
    (tmp_path / answer.body.file).unlink()
    (tmp_path / good.exchanges[name].request.body.file).write_text("<other/>")
    document = read_results(path)
    (warning,) = document.warnings
    assert warning.text.startswith("2 of ") and "missing beside results.json, or were changed" in warning.text
    found = again(document)
    assert found.as_recorded["ERR-MISSING-CONTENT-ID[2.0]", "ask", "refusal.standard-message"] == MISSING
    assert [one.id for one in found.document.warnings[:2]] == ["replay", "bodies-missing"]
    assert warning.text in qualification_html(document)
    assert list(refusals(document)) == [warning.text]


@pytest.mark.parametrize("name", FAULTS)
def test_only_what_is_listed_is_lost(name: str) -> None:
    """A result that is found again differs from the live one only where the record is said to lack something."""
    fault = load_faults()[name]
    group = _showing(fault)
    wrong = [
        f"{result.finding_id}: {live.findings} then, {result.findings} again"
        for live, result, missing in _both(group, fault)
        if not missing and (live.state, bool(live.findings)) != (result.state, bool(result.findings))
    ]
    assert wrong == []


def _showing(fault: Fault) -> list[Case]:
    """A cheap case in which the fault shows, with whatever it uses."""
    asking = [
        case for case in library() if any(check.id in fault.kills for step in case.steps for check in foreseen(step))
    ]
    best = min(asking, key=lambda case: (case.id != "KEYS-SYSTEMS", sum(step.plan.key_count for step in case.steps)))
    return chosen(best.name)


def _both(cases: list[Case], fault: Fault) -> Iterator[tuple[Any, Any, str]]:
    profile = load_profile("reference")
    assert profile.claims is not None
    claims = replace(profile.claims, features=profile.claims.features | set(ENDPOINT))
    recorder = Recorder(Redactor(b"salt"))
    sender = InProcess(replace(built_in_config(profile), token=TOKEN), (fault,))
    runner = Runner(RunContext(URL, sender, Seed("x"), claims, RING, observe=recorder.observe), cases)
    asked = [(case, step, check) for case in cases for step in case.steps for check in foreseen(step)]
    live = [runner.ask(*question) for question in asked]
    record = RecordedRunner(recorder.exchanges, URL, claims, cases)
    blank = any(result.check in BLANK_KEYS and result.findings for result in live)
    for question, result in zip(asked, live, strict=True):
        yield result, *ask_record(record, *question, by_fingerprint=not blank)
