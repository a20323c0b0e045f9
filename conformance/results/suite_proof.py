"""The proof of the suite: how many faults were planted in the reference key server, and how many of them it caught."""

from __future__ import annotations

from pathlib import Path

from conformance.faultmatrix.proof_summary import FILE, read_proof_summary
from conformance.results.document import Proof


def proof(file: Path = FILE) -> Proof:
    """The tally of planted faults; not available, with a sentence, where there is none that can be read."""
    tally = read_proof_summary(file)
    if tally is None:
        return Proof(available=False, text="not available in this run")
    return Proof(
        available=True,
        text=tally.sentence,
        faults=tally.faults,
        caught=tally.killed,
        checks=tally.checks,
        proven=tally.checks_proven,
        variations=tally.variants,
        harmless=tally.green,
        version=tally.version,
        catalogue=tally.catalogue,
        fresh=tally.fresh,
        situations=tally.situations,
        situations_caught=tally.situations_killed,
        situations_fresh=tally.situations_fresh,
    )
