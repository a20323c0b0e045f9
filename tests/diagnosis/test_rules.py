"""Causes as data: each is proven by faults, names checks that exist, and says sentences without holes."""

from __future__ import annotations

import re
from collections import defaultdict
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from conformance.catalogue import load_catalogue
from conformance.catalogue.advice import load_advice
from conformance.catalogue.yamlfile import DataError
from conformance.checks import load_checks
from conformance.diagnosis.rules import NamedCause, load_rules
from conformance.diagnosis.score import SINGLE, candidates, held_out
from conformance.refserver import load_faults

CAUSES = load_rules().causes


def test_every_fault_says_its_cause() -> None:
    for fault in load_faults().values():
        assert fault.cause == SINGLE or fault.cause in CAUSES, f"{fault.source}: {fault.id}: cause {fault.cause!r}"


OF_TWO_SERVERS = {"endpoints-with-keys-of-their-own"}
"""No fault of one server shows them; tests/pytest_plugin/test_endpoints.py does, with two servers."""


@pytest.mark.parametrize("name", [name for name in CAUSES if name not in OF_TWO_SERVERS])
def test_every_cause_has_a_fault_that_proves_it(name: str) -> None:
    assert any(fault.cause == name for fault in candidates())


def test_about_half_of_the_faults_is_held_out() -> None:
    held = [held_out(fault) for fault in candidates()]
    assert 0.4 < sum(held) / len(held) < 0.6


def _patterns(cause: NamedCause) -> set[str]:
    signs = [*(sign for some in cause.evidence for sign in some), *cause.follows, *cause.anywhere]
    return {one for sign in signs for one in sign.checks} | set(cause.unless)


def test_every_pattern_fits_a_check() -> None:
    patterns = {one for cause in CAUSES.values() for one in _patterns(cause)}
    patterns |= {one for rule in load_rules().follows for one in (*rule.checks, *rule.behind)}
    known = load_checks()
    idle = {one for one in patterns if not any(fnmatchcase(check, one.removeprefix("!")) for check in known)}
    assert idle == set()


@pytest.mark.parametrize("cause", CAUSES.values(), ids=list(CAUSES))
def test_sentences_have_no_holes(cause: NamedCause) -> None:
    wrong = cause.wrong.format(shown=3, refused=44, accepted=200)
    for text in (cause.title, wrong, cause.fix, cause.effect):
        assert text and not re.search(r"[{}]", text)
    for text in (wrong, cause.fix, cause.effect):
        assert text.endswith(".")


def test_a_mistake_in_the_file_is_said_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "causes.yaml"
    path.write_text("causes:\n  - {id: x, title: t}\nfollows: []\n")
    with pytest.raises(DataError, match=r"causes\.yaml:2"):
        load_rules(path)


def test_words_of_a_rule_are_shown_for_one_check_only() -> None:
    speaking = defaultdict(list)
    for check in load_checks().values():
        for rule in check.requirements:
            speaking[rule].append(check.id)
    shared = [name for name, checks in speaking.items() if len(checks) > 1 and load_catalogue().requirements[name].fix]
    assert shared == [], "give each of the checks its own words in advice.yaml"


def test_advice_is_for_checks_that_exist() -> None:
    assert set(load_advice()) <= set(load_checks())


def test_no_standard_message_is_shown_with_a_placeholder() -> None:
    for message in load_catalogue().messages.values():
        assert not re.search(r"[{}]", message.shown)
