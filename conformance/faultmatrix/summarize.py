"""From a played matrix to its tally."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.faultmatrix.laws import checks_proven, is_green, is_killed, requirements_proven, requirements_tested
from conformance.faultmatrix.matrix import FaultMatrix
from conformance.faultmatrix.proof_summary import ProofSummary, new_proof_summary


def summarize_matrix(matrix: FaultMatrix, broken: Mapping[str, Sequence[str]]) -> ProofSummary:
    """The tally of a matrix and of the laws that it breaks."""
    faults, variants = list(matrix.of_faults()), list(matrix.of_variants())
    tested = requirements_tested(matrix)
    return new_proof_summary(
        matrix.sources,
        faults=(len(faults), sum(is_killed(*one) for one in faults)),
        variants=(len(variants), sum(is_green(*one) for one in variants)),
        proofs=(
            len(matrix.stage.checks),
            len(checks_proven(matrix)),
            len(tested),
            len(tested & requirements_proven(matrix)),
        ),
        broken=sum(map(len, broken.values())),
    )
