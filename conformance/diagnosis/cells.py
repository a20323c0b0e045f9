"""Which causes spoil which combination of SPEKE version, DRM system and scheme."""

from __future__ import annotations

from conformance.diagnosis.cause import Cause, Diagnosis
from conformance.judge import Judgement
from conformance.results.index import ResultsIndex

Cell = tuple[str, str, str]
"""(SPEKE version, DRM system, scheme), as the matrix of a result document names them."""

BINDING = ("FAIL", "KNOWN")


def causes_by_cell(reading: ResultsIndex, diagnosis: Diagnosis) -> dict[Cell, list[Cause]]:
    """The causes with a broken binding rule where a cell was asked for, in the order of the diagnosis."""
    titles = {cell.title: cell.system for cell in reading.document.matrix}
    systems = {
        one.id: one.claim.removeprefix("system.") for one in reading.document.sets if one.claim.startswith("system.")
    }
    found: dict[Cell, list[Cause]] = {}
    for cause in diagnosis.causes:
        cells: dict[Cell, None] = {}
        for result in cause.results:
            if result.verdict in BINDING:
                cells.update(dict.fromkeys(_cells(reading, result, titles, systems)))
        for cell in cells:
            found.setdefault(cell, []).append(cause)
    return found


def _cells(reading: ResultsIndex, result: Judgement, titles: dict[str, str], systems: dict[str, str]) -> list[Cell]:
    """The cells that a result speaks of: those that its request asked for, and of them its own DRM system's."""
    exchange, step = reading.exchange_of(result), reading.steps.get((result.case, result.step))
    if exchange is None or step is None or step.expect.kind != "accepted":
        return []
    about = {systems[grade.set] for grade in result.grades if grade.verdict in BINDING and grade.set in systems}
    asked = {(titles.get(one.system, one.system), row.scheme) for row in exchange.summary.keys for one in row.systems}
    version = exchange.summary.version or result.version
    return [(version, system, scheme) for system, scheme in sorted(asked) if not about or system in about]
