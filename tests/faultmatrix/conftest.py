"""The matrix and the stage, made once for all tests of the proof."""

from __future__ import annotations

import pytest

from conformance.faultmatrix.baseline import Baseline, set_up
from conformance.faultmatrix.laws import violations
from conformance.faultmatrix.matrix import FaultMatrix, run_matrix


@pytest.fixture(scope="session")
def stage() -> Baseline:
    """All shipped cases, played against the right server."""
    return set_up()


@pytest.fixture(scope="session")
def matrix(stage: Baseline) -> FaultMatrix:
    """All faults and variants, played."""
    return run_matrix(stage=stage)


@pytest.fixture(scope="session")
def broken(matrix: FaultMatrix) -> dict[str, list[str]]:
    """Law -> the sentences that say what breaks it."""
    return violations(matrix)
