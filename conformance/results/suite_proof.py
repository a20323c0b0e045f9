"""The proof of the suite: how many faults were planted in the reference key server, and how many of them it caught."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.faultmatrix.proof_summary import FILE, read_proof_summary


def proof(file: Path = FILE) -> dict[str, Any]:
    """The tally of planted faults; `available: false` with a sentence where there is none that can be read.

    `faults`/`caught`: planted faults, and those that the checks which they name reported. `checks`/`proven`: checks,
    and those that some fault turns red. `variations`/`harmless`: harmless variations, and those that stayed green.
    `version` and `catalogue` (a digest) say of what; `fresh` is false where the sources have changed since.
    """
    tally = read_proof_summary(file)
    if tally is None:
        return {"available": False, "text": "not available in this run"}
    return {
        "available": True,
        "text": tally.sentence,
        "faults": tally.faults,
        "caught": tally.killed,
        "checks": tally.checks,
        "proven": tally.checks_proven,
        "variations": tally.variants,
        "harmless": tally.green,
        "version": tally.version,
        "catalogue": tally.catalogue,
        "fresh": tally.fresh,
    }
