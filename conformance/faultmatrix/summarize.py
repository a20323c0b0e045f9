"""From a played matrix to its tally."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.faultmatrix.laws import checks_proven, is_green, is_killed, requirements_proven, requirements_tested
from conformance.faultmatrix.matrix import Matrix
from conformance.faultmatrix.proof_summary import Tally, new_tally


def tally_of(matrix: Matrix, broken: Mapping[str, Sequence[str]]) -> Tally:
    """The tally of a matrix and of the laws that it breaks."""
    faults, variants = list(matrix.of_faults()), list(matrix.of_variants())
    tested = requirements_tested(matrix)
    return new_tally(
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
