"""What the pages leave open is recorded in a few words, whatever became of it."""

from __future__ import annotations

import pytest

from tests.checks.exchange import Change, answered, as_it_is, body, refusal, says


@pytest.mark.parametrize("check", ["contract.one-filter-outcome", "contract.all-beside-others-outcome"])
@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (as_it_is, "answered 200 with a CPIX document"),
        (refusal(422, "Malformed encryption contract"), "refused with 422: 'Malformed encryption contract'"),
        (body("ok"), "answered 200 without a CPIX document"),
    ],
)
def test_the_outcome_is_told(check: str, change: Change, outcome: str) -> None:
    assert says(check, answered(None, change)) == f"status: (silent); seen: {outcome}"
