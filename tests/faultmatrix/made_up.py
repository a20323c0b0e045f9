"""Small stages and faults of one's own, to see the engine at work."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

from conformance.cases import load_cases
from conformance.checks import load_checks
from conformance.faultmatrix.baseline import Baseline, set_up
from conformance.faultmatrix.matrix import FaultMatrix
from conformance.faultmatrix.mutants import play
from conformance.refserver import Fault, load_faults

FEW = ("KEYS-SYSTEMS", "SAFE-SYSTEMS", "SAFE-REPETITION", "ERR-ROOT", "ROTATION", "ENCRYPTION", "HTTP-BASIC")
"""Cases and families with something of every kind: several keys, comparisons, refusals, a rotation, encrypted keys."""


def small_stage(*names: str) -> Baseline:
    """A stage with the cases and families of those names, by default `FEW`; families come whole."""
    cases = load_cases(load_checks())
    wanted = names or FEW
    groups = {case.group for case in cases if case.id in wanted}
    assert groups, f"there are no cases {wanted}"
    return set_up([case for case in cases if case.group in groups])


def made_up(folder: Path, text: str) -> Mapping[str, Fault]:
    """Faults from a text in the language of the catalogue."""
    file = folder / "made-up.yaml"
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    return load_faults([file])


def matrix_of(stage: Baseline, faults: Mapping[str, Fault], variants: Mapping[str, Fault] | None = None) -> FaultMatrix:
    """A matrix of these faults and variants, played in this process; not the whole."""
    variants = variants or {}
    outcomes = {name: play(stage, one) for name, one in {**faults, **variants}.items()}
    return FaultMatrix(stage, faults, variants, outcomes, whole=False)
