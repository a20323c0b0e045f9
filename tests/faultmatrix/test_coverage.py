"""Coverage is a fact: every rule is tested or says why not, and the page about it is the one that was just made."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from conformance.cases import cases_directory, load_cases
from conformance.catalogue import load_catalogue
from conformance.checks import load_checks
from conformance.cli.coverage import lines
from conformance.faultmatrix.coverage import RUNS, Coverage, TestedState, measure
from conformance.faultmatrix.coverage_page import coverage_page, totals
from conformance.faultmatrix.named_cases import by_name
from conformance.faultmatrix.simulated_run import simulate_run
from conformance.model import Case, Level, Verdict
from conformance.run.consistency import untested
from conformance.run.profile import load_profile

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"


COMBINATIONS = cases_directory() / "combinations" / "requests.yaml"


@cache
def library() -> tuple[Case, ...]:
    return tuple(load_cases(load_checks()))


@cache
def coverage() -> Coverage:
    return measure(library())


def test_every_rule_is_tested_or_says_why_not() -> None:
    assert not coverage().gaps, [one.requirement.id for one in coverage().gaps]
    assert not list(untested(load_catalogue(), library()))


def test_nearly_every_rule_finds_something_to_look_at() -> None:
    unseen = {one.requirement.id for one in coverage().tested.values() if one.standing is TestedState.WHERE_PRESENT}
    assert unseen <= {"DRM-P14", "DRM-PR18", "DRM-WV11", "CPX-E19-KNOWN", "CPX-E19-ONE", "SAFE-ENDPOINT-001"}, (
        "let the built-in server's liberties show these rules, too"
    )


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == coverage_page(coverage()), "run speke-conformance coverage --write"


def test_the_page_names_every_rule_once_in_its_own_set() -> None:
    page = coverage_page(coverage())
    catalogue = load_catalogue()
    for name in (*catalogue.requirements, *catalogue.encryptor_requirements):
        assert f"| {name} | " in page
    assert "NOT COVERED**" not in page


def test_the_command_prints_every_rule_and_the_numbers() -> None:
    printed = list(lines(coverage()))
    assert sum(line.startswith("  ") for line in printed) >= len(load_catalogue().requirements)
    assert printed[-1] == totals(coverage())


def test_a_rule_that_nothing_tests_is_refused_with_its_place() -> None:
    ((place, sentence),) = [found for found in untested(load_catalogue(), []) if "SPK20-KID-005" in found[1]]
    assert re.search(r"speke-kid\.yaml:\d+", str(place))
    assert re.search("nothing tests the requirement.*untestable", str(sentence))


def test_a_reason_that_is_out_of_date_is_refused() -> None:
    catalogue = load_catalogue()
    stale = replace(catalogue.requirement("SPK20-KID-002"), untestable="Nobody can see it.")
    changed = replace(catalogue, requirements={**catalogue.requirements, stale.id: stale})
    sentences = [sentence for _, sentence in untested(changed, library())]
    assert [one for one in sentences if re.search("SPK20-KID-002 says why it cannot be tested, but .* tests it", one)]


def test_everything_recorded_is_in_the_register_of_a_run() -> None:
    catalogue = load_catalogue()
    wanted = {name for name, rule in catalogue.requirements.items() if Level.RECORD in rule.levels.values()}
    recorded = {
        name
        for outing in RUNS
        for judgement in simulate_run(load_profile(outing.profile), library(), outing.areas, outing.alter).judgements
        if judgement.verdict is Verdict.RECORDED
        for name in judgement.requirements
    }
    assert wanted and wanted <= recorded, wanted - recorded


def test_messages_contracts_systems_and_parts_of_2_1_have_cases_by_name() -> None:
    named = {(one.kind, one.name): one.cases for one in by_name(library())}
    catalogue = load_catalogue()
    # Requests of the covering array bear the names of their values, and not of all that is in them.
    assert [what for what, cases in named.items() if not cases] in (
        [],
        [("2.1", "startOffset and endOffset of a period")],
    )
    assert "startOffset" in COMBINATIONS.read_text(encoding="utf-8")
    kinds = [kind for kind, _ in named]
    assert kinds.count("message") == 10
    assert kinds.count("contract") == len(catalogue.contracts)
    assert kinds.count("2.1") == 6
    served = {name for name, _ in load_profile("reference").claims.schemes}  # type: ignore[union-attr]
    assert {catalogue.system(name).title for name in served} <= {name for kind, name in named if kind == "DRM system"}


def test_each_message_has_a_case_that_bears_its_name() -> None:
    ids = {case.id for case in library()}
    for message in load_catalogue().messages:
        words = message.upper()
        assert any(words in one for one in ids), f"no case is named after the message {message}"


def test_each_preset_is_a_value_of_the_covering_array() -> None:
    values = COMBINATIONS.read_text(encoding="utf-8")
    for preset in load_catalogue().contracts:
        if preset.startswith("PRESET") and not preset.endswith("ONE-FILTER"):
            assert preset in values, preset
