"""The small reader of JSON Schema says the same as a complete one, of good documents and of spoilt ones."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance.results.json_schema import UnknownWord, complaints
from conformance.results.reader import schema

ODD: tuple[Any, ...] = (None, True, False, 0, 1, -1, 1.5, "", "x", [], [1], {}, {"x": 1})


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in items:
        yield value, key
        yield from _places(inside)


@pytest.mark.parametrize("seed", range(150))
def test_agrees_with_a_complete_validator(small: dict[str, Any], seed: int) -> None:
    chance = random.Random(seed)
    spoilt = copy.deepcopy(small)
    home, key = chance.choice(list(_places(spoilt)))
    if seed % 3 == 0 and isinstance(home, dict):
        del home[key]
    elif seed % 3 == 1 and isinstance(home, dict):
        home[f"{key}x"] = home[key]
    else:
        home[key] = chance.choice(ODD)
    ours = bool(list(complaints(schema(), spoilt)))
    assert ours is not Draft202012Validator(schema()).is_valid(spoilt)


def test_good_documents_have_no_complaint(small: dict[str, Any], good: dict[str, Any], bad: dict[str, Any]) -> None:
    for document in (small, good, bad):
        assert list(complaints(schema(), document)) == []


def test_a_word_that_is_not_understood_is_no_permission() -> None:
    with pytest.raises(UnknownWord, match="oneOf at the top"):
        list(complaints({"oneOf": []}, {}))


def test_false_and_zero_are_two_things() -> None:
    assert list(complaints({"const": 0}, False))
    assert list(complaints({"enum": [1]}, True))
    assert not list(complaints({"anyOf": [{"type": "null"}, {"type": "integer"}]}, 3))
    assert list(complaints({"anyOf": [{"type": "null"}, {"type": "integer"}]}, "x"))
