"""Explanations: everything that is known of a thing, with right and wrong taken from the reference server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.catalogue import load_catalogue
from conformance.checks import load_checks
from conformance.explain.explanation import explain
from conformance.explain.listing import TOPICS, summary
from conformance.explain.meanings import VERDICTS
from conformance.model import Outcome, Verdict
from conformance.wire.errors import OptionError
from tests.made_runs import library


def told(name: str) -> str:
    return "\n".join(explain(name, library(), load_checks()))


def test_a_check() -> None:
    text = told("keys.values-distinct")
    for wanted in (
        "check keys.values-distinct: Different KIDs have different content keys",
        "SAFE-KEY-004 (MUST, safety@1)",
        "source: ",
        "read it at: docs/sources.md#our-own-judgement",
        "why it matters: Anyone who may decrypt the cheapest track can decrypt all of them.",
        "run in ",
        "without and with the fault KEY-SAME-FOR-ALL",
        "keys.values-distinct reports:",
        "seen the same value as KID",
        "faults of the reference key server",
    ):
        assert wanted in text
    lines = text.splitlines()
    right = [line for line in lines if line.startswith("  - ")]
    wrong = [line for line in lines if line.startswith("  + ")]
    assert len(right) == len(wrong) > 0
    assert len(set(right)) == len(right)
    assert len(set(wrong)) == 1


def test_a_requirement_and_its_alias() -> None:
    text = told("SPK20-ROOT-002")
    assert text.startswith("SPK20-ROOT-002 (MUST, speke-2.0@1): A request whose contentId is absent or empty")
    assert "tested by\n  refusal." in text
    assert "run in ERR-MISSING-CONTENT-ID" in text
    assert "without and with the fault ERROR-CONTENT-ID-" in text
    alias, home = next((name, home) for name, home in load_catalogue().names.items() if name != home)
    assert told(alias).partition("\n")[0] == told(home).partition("\n")[0]


def test_a_rule_that_nothing_can_test() -> None:
    untestable = next(one for one in load_catalogue().requirements.values() if one.untestable)
    assert "It cannot be tested from outside: " in told(untestable.id)
    assert "binds" in told(next(iter(load_catalogue().encryptor_requirements)))


def test_a_negative_case_shows_its_minimal_pair() -> None:
    text = told("ERR-MISSING-CONTENT-ID")
    assert "with one thing wrong: CPIX has no contentId" in text
    assert "expected: a refusal that says 'Missing CPIX@contentId'" in text
    pair = text[text.index("the request, and what is wrong in it") : text.index("right (-) and wrong (+)")]
    assert pair.count("contentId=") == 1
    assert "- Missing CPIX@contentId" in text


def test_a_positive_case() -> None:
    text = told("KEYS-MULTI[2.0]")
    assert text.startswith("case KEYS-MULTI: Eight keys")
    assert "why: " in text
    assert "expected: a 200 with the document" in text


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("keys.value-distinct", "keys.values-distinct"),
        ("SPK20-ROOT-0002", "SPK20-ROOT-002"),
        ("KEYS-MULTY", "KEYS-MULTI"),
        ("KEY-SAME-FOR-AL", "KEY-SAME-FOR-ALL"),
        ("safty@1", "safety@1"),
        ("UNTESTABEL", "UNTESTABLE"),
    ],
)
def test_an_unknown_name(name: str, near: str) -> None:
    with pytest.raises(OptionError, match=f"Nothing here is called '{name}'.*did you mean '{near}'"):
        told(name)


def test_a_fault() -> None:
    text = told("KEY-LAST-REPEATED")
    assert text.startswith("fault KEY-LAST-REPEATED: The last ContentKey gets the value of the first")
    assert "only where keys is >= 3" in text
    assert "reported by\n  keys.values-distinct: Different KIDs have different content keys" in text
    assert "speke-conformance run --fault 'KEY-LAST-REPEATED'" in text
    assert "in pssh alone" in told("WIDEVINE-KID-SWAPPED[pssh]")


def test_a_set_names_each_of_its_rules() -> None:
    text = told("widevine@1")
    assert "counts where system.widevine is claimed" in text
    assert all(rule in text for rule in load_catalogue().resolve_set("widevine@1"))
    assert "never decides" in told("advice@1")


@pytest.mark.parametrize("word", [*Verdict, *Outcome])
def test_every_verdict_and_outcome(word: str) -> None:
    assert told(word) == told(word.lower().replace(" ", "-"))
    page = (Path(__file__).parents[2] / "docs" / "verdicts.md").read_text(encoding="utf-8")
    if word in VERDICTS:
        row = next(line for line in page.splitlines() if line.startswith(f"| {word} |"))
        means, do = VERDICTS[word]
        assert re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", row) == f"| {word} | {means} | {do} |"


@pytest.mark.parametrize("topic", TOPICS)
def test_lists(topic: str) -> None:
    lines = list(TOPICS[topic](library(), load_checks()))
    assert len(lines) > 5
    assert all(line and "\n" not in line for line in lines)
    assert len(set(lines)) == len(lines)
    assert any(f"--{topic}" in line and str(len(lines)) in line for line in summary(library(), load_checks()))
