"""Twice the answer costs twice the work: what is counted are operations, because time is the machine's business."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from benchmarks.worst import WORST, cost, part_of_limits, scene
from conformance.checks.registry import MOST_FINDINGS
from conformance.redaction.key_index import KeyIndex
from conformance.redaction.redactor import MOST_LEARNED, Redactor

pytestmark = pytest.mark.slow

SMALL, LARGE = 0.03, 0.12
SIBLINGS = (
    "ContentKeys, empty",
    "ContentKeys, one kid",
    "ContentKeys, kids",
    "ContentKeys, filled",
    "DRMSystems, kids",
    "rules, kids",
    "rules with filters",
    "filters in one rule",
    "period filters in one rule",
    "attributes",
    "ids",
    "texts",
    "text with keys",
    "keys, and each of them again",
)


@pytest.fixture(autouse=True)
def whole() -> Iterator[None]:
    yield
    part_of_limits(1.0)


def operations(name: str, part: float) -> tuple[int, int]:
    """Calls of functions, Python's and C's, to judge and record an answer; and the length of the answer."""
    part_of_limits(part)
    made = WORST[name](scene().answer.body.decode())
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        cost(made)
    finally:
        sys.setprofile(None)
    return count, len(made)


@pytest.mark.parametrize("name", SIBLINGS)
def test_work_grows_no_faster_than_the_answer(name: str) -> None:
    cost(scene().answer.body)
    (little, short), (much, long) = operations(name, SMALL), operations(name, LARGE)
    assert much / little <= 1.2 * long / short, (little, much)


def test_keys_are_kept_up_to_a_number() -> None:
    index = KeyIndex(most=64)
    for number in range(1000):
        index.add(number.to_bytes(2) + bytes(range(1, 15)))
    assert len(index) == 64
    assert index.named((999).to_bytes(2) + bytes(range(1, 15)))
    assert index.named((1).to_bytes(2) + bytes(range(1, 15))) is None
    assert index.entries <= 64 * 5 * 8


def test_one_body_does_not_fill_the_memory_of_keys() -> None:
    redactor = Redactor(b"salt")
    redactor.body(WORST["error: PlainValues"]("").replace(b"<", b" <"), "text/plain")
    assert len(redactor._index) <= MOST_LEARNED


def test_findings_of_a_check_are_bounded() -> None:
    made = WORST["ContentKeys, empty"](scene().answer.body.decode())
    assert MOST_FINDINGS == 20
    assert cost(made)[1] < 1 << 20
