"""The result document: its shape, its hashes, and what it derives from results and exchanges."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as replace_members

from conformance.faultmatrix.proof_summary import ProofSummary, write_proof_summary
from conformance.model import Verdict
from conformance.results.document import Document, Latency, Proof
from conformance.results.hashes import baseline_hash, environment_hash
from conformance.results.index import ResultsIndex
from conformance.results.run_facts import facts_from
from conformance.results.seal import sealed
from conformance.results.suite_proof import proof
from conformance.results.traffic import latencies, percentile
from conformance.run.options import Options
from conformance.run.run_plan import RunPlan
from tests.reporting.live import cases, small_settings
from tests.reporting.schemas import complaints


def test_document_keeps_to_its_schema(good: Document, faulty: Document, small: Document) -> None:
    assert complaints(good) == []
    assert complaints(faulty) == []
    assert complaints(small) == []


def test_complete_stands_last(good: Document) -> None:
    assert list(json.loads(sealed(good)))[-1] == "complete"


def test_schema_refuses_what_is_not_in_it(good: Document) -> None:
    told = json.loads(sealed(good))
    told["surprise"] = 1
    told["results"][0]["verdict"] = "GREEN"
    assert len(complaints(told)) == 2


def test_passes_are_counted_and_not_repeated(good: Document) -> None:
    every = list(ResultsIndex(good).every())
    assert Counter(one.verdict for one in every) == good.counts
    assert len({(one.case, one.step, one.check) for one in every}) == len(every)
    assert Verdict.PASS not in {one.verdict for one in good.results}
    assert len(good.passes) < good.counts[Verdict.PASS]


def test_only_the_host_of_the_target_is_told(good: Document) -> None:
    assert "127.0.0.1" not in sealed(replace_members(good, exchanges={})).decode()


def test_every_result_has_its_case_check_and_rule(faulty: Document) -> None:
    names = {case.name for case in faulty.cases}
    for result in faulty.results:
        assert result.case in names
        assert result.check in faulty.checks
        assert all(name in faulty.requirements for name in result.requirements)


def test_shared_control_is_found_by_its_name(good: Document) -> None:
    steps = {(case.name, step.id): step for case in good.cases for step in case.steps}
    assert steps["NEGATIVE", "ask"].exchange == "NEGATIVE::ask"
    assert steps["NEGATIVE", "ask"].defect == "The first content key has no scheme"
    assert steps["NEGATIVE", "ask"].expect.messages[0].startswith("Missing")
    assert not steps["UNCLAIMED", "ask"].exchange


def test_matrix_says_yes_no_and_not_covered(good: Document, faulty: Document) -> None:
    def states(document: Document) -> dict[tuple[str, str, str], str]:
        return {(row.version, row.system, row.scheme): row.state for row in document.matrix}

    assert states(good)["2.0", "widevine", "cbcs"] == "yes"
    assert states(good)["2.1", "fairplay", "cbcs"] == "yes"
    assert states(good)["2.0", "widevine", "cenc"] == "not covered"
    assert states(faulty)["2.0", "widevine", "cbcs"] == "no"


def test_silence_register_holds_what_was_observed(good: Document) -> None:
    observed = {one.check: one.observed for one in good.silence}
    assert observed["refusal.content-type"][0].cases == ["NEGATIVE"]


def test_rules_without_an_answer_are_listed_with_a_reason(good: Document) -> None:
    missing = {entry.requirement: entry for entry in good.not_covered}
    asked = {name for result in ResultsIndex(good).every() if result.state == "asked" for name in result.requirements}
    assert missing and not set(missing) & asked
    assert all(entry.why for entry in missing.values())


def test_budget_counts_what_the_run_cost(good: Document) -> None:
    budget = good.budget
    assert budget.requests == budget.exchanges == len(good.exchanges) == 4
    assert budget.contents == 3
    assert budget.content_keys == 3 + 3 + 6
    assert set(budget.areas) == {"keys", "errors", "periods"}


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([], 95) == 0
    assert percentile([1.0, 2.0, 3.0, 4.0], 50) == 2.0
    assert percentile([1.0, 2.0, 3.0, 4.0], 95) == 4.0
    assert latencies([3.0, 1.0]) == Latency(2, 1.0, 3.0, 3.0)


def test_disputed_findings_are_marked_and_stay_as_they_are(faulty: Document) -> None:
    assert not [result for result in faulty.results if result.disputed]


@pytest.fixture
def facts() -> Any:
    settings = small_settings(Options(profile="reference", seed="test", labels=("who=Jo",)))
    return facts_from(RunPlan(settings, cases()), cases(), finished="x")


def test_baseline_follows_what_is_asked_and_nothing_else(facts: Any) -> None:
    record = replace_members(facts.record, seed="other", started="later", labels={})
    same = replace(facts, record=record, environment={"python": "4"})
    assert baseline_hash(same) == baseline_hash(facts)
    assert baseline_hash(replace(facts, tool_version="9")) != baseline_hash(facts)
    assert baseline_hash(replace(facts, cases=facts.cases[1:])) != baseline_hash(facts)
    assert environment_hash(same) != environment_hash(facts)


def test_facts_tell_how_to_repeat_the_run(facts: Any) -> None:
    assert facts.record.command == "speke-conformance run --profile reference --label who=Jo --seed test"
    assert facts.record.who == "Jo"


def test_command_for_a_server_takes_the_url_from_the_environment() -> None:
    settings = small_settings(Options(url="https://keys.example.com/secret-path", profile="default", seed="s"))
    record = facts_from(RunPlan(settings, cases()), cases()).record
    assert record.command == 'speke-conformance run --server-url "$SPEKE_URL" --profile default --seed s'
    assert record.target.host == "keys.example.com"
    assert "secret-path" not in repr(record)


def test_proof_says_so_where_there_is_none(tmp_path: Path) -> None:
    assert proof(tmp_path / "none.json") == Proof(available=False, text="not available in this run")
    (tmp_path / "broken.json").write_text("[")
    assert not proof(tmp_path / "broken.json").available


def test_proof_is_the_tally_that_ships(tmp_path: Path) -> None:
    write_proof_summary(ProofSummary("1.0", "abc", "other sources", 3, 3, 2, 2, 5, 5, 7, 7, 0), tmp_path / "tally.json")
    assert proof(tmp_path / "tally.json") == Proof(
        available=True,
        text="3 of 3 faults killed by name, 2 of 2 harmless variants green",
        faults=3,
        caught=3,
        checks=5,
        proven=5,
        variations=2,
        harmless=2,
        version="1.0",
        catalogue="abc",
        fresh=False,
    )
