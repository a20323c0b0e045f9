"""The laws of the proof, one test each; what a failure prints says what to add or to mend."""

from __future__ import annotations

import os

import pytest

from conformance.faultmatrix.laws import LAWS
from conformance.faultmatrix.matrix import FaultMatrix
from conformance.faultmatrix.proof_summary import read_proof_summary
from conformance.faultmatrix.summarize import summarize_matrix

BUDGET = 60.0
"""Seconds that the matrix may take on two cores that nobody else uses."""


@pytest.mark.parametrize("law", LAWS)
def test_the_law_holds(law: str, broken: dict[str, list[str]]) -> None:
    sentences = broken.get(law, [])
    assert not sentences, f"{LAWS[law].__doc__}\n" + "\n".join(f"  - {one}" for one in sentences)


def test_there_are_enough_faults_in_every_area(matrix: FaultMatrix) -> None:
    assert len(matrix.faults) >= 200
    areas = {fault.area for fault in matrix.faults.values()}
    assert areas >= {
        *("http", "echo", "structure", "keys", "kid", "pssh", "widevine", "playready", "protection", "hls"),
        *("contract", "periods", "encryption", "errors", "versions", "state"),
    }


def test_the_tally_of_the_matrix_is_complete(matrix: FaultMatrix, broken: dict[str, list[str]]) -> None:
    tally = summarize_matrix(matrix, broken)
    assert tally.complete, tally.sentence
    assert tally.checks == tally.checks_proven
    assert tally.requirements == tally.requirements_proven


def test_the_tally_that_ships_is_complete_and_fresh() -> None:
    tally = read_proof_summary()
    assert tally is not None, "there is no tally: run `speke-conformance faults --write`"
    assert tally.fresh, "checks, cases or faults have changed since the tally: run `speke-conformance faults --write`"
    assert tally.complete, tally.sentence


@pytest.mark.skipif(not os.environ.get("SPEKE_MEASURE"), reason="time is judged only where nothing else runs")
def test_the_matrix_keeps_its_budget(matrix: FaultMatrix) -> None:
    assert matrix.seconds <= BUDGET
