"""The problems of opening an answer: each told once, each by somebody, and none where nobody can look."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance import checks, cpix
from conformance.checks.encryption.encryption_problems import INSIDE, found, in_the_clear, openings, problems
from conformance.checks.registry import NotApplicable, Untestable
from conformance.refserver import Config, Recipe
from tests.checks.exchange import answered, attribute, drop, looked_at
from tests.refserver.asking import Ask

ONE, BOTH = ("rsa-2048",), ("rsa-2048", "rsa-2048-b")
ELSEWHERE = {"content-key-length": "keys.value-is-16-bytes", "value-missing": "keys.secret-present"}
"""Problems that a check of another topic reports."""


def test_every_problem_of_the_reader_is_told_by_a_check() -> None:
    folder = Path(cpix.__file__).parent
    made = {
        code
        for name in ("encryption.py", "encrypted_key.py", "keywrap.py")
        for code in re.findall(r'_problem\(\s*f?"([^"]+)"', (folder / name).read_text())
    }
    kinds = {code.replace("{what}", what) for code in made for what in ("document-key", "mac-key")}
    asked = (Path(checks.__file__).parent / "encryption").glob("*.py")
    named = {word for path in asked for word in re.findall(r'"([a-z0-9-]+)"', path.read_text())}
    assert kinds - named == set(ELSEWHERE)
    assert len(kinds) > 30


def test_a_problem_that_two_recipients_share_is_told_once() -> None:
    of_each = answered(None, drop("//cpix:MACMethod"), recipients=BOTH)
    assert [one.code for one in problems(of_each)] == ["encryption.mac-method-missing"] * 2
    of_both = answered(
        None, attribute("(//cpix:ContentKey)[1]//enc:EncryptionMethod", "Algorithm", "x"), recipients=BOTH
    )
    assert [one.code for one in problems(of_both)] == ["encryption.content-key-algorithm"]


def test_in_the_clear_means_that_nothing_is_encrypted() -> None:
    clear, both = (Config(encryption=Recipe(clear=how)) for how in ("instead", "also"))
    assert in_the_clear(answered(config=clear, recipients=ONE))
    assert not in_the_clear(answered(config=both, recipients=ONE))
    assert not in_the_clear(answered(None, drop("//cpix:Data"), recipients=ONE))


def test_what_cannot_be_opened_is_said() -> None:
    with pytest.raises(NotApplicable, match="names no recipient"):
        openings(answered())
    with pytest.raises(Untestable, match="holds no encrypted key"):
        openings(answered(config=Config(encryption=Recipe(clear="instead")), recipients=ONE))
    assert set(openings(answered(recipients=BOTH))) == set(BOTH)


@pytest.mark.parametrize("code", sorted(INSIDE))
def test_what_shows_only_inside_is_open_to_whoever_has_no_key(code: str) -> None:
    context = answered(recipients=ONE)
    assert list(found(context, code)) == []
    one = context.receivers["rsa-2048"]
    outside = looked_at(context.exchange, context.step)
    outside.receivers = {"rsa-2048": type(one)(one.name, None, one.certificate)}
    with pytest.raises(Untestable):
        list(found(outside, code))
    assert list(found(outside, "mac-method-missing")) == []


def test_an_answer_of_either_version_has_no_problem() -> None:
    for version in ("2.0", "2.1"):
        assert problems(answered(Ask(version=version), recipients=BOTH)) == ()
