"""Will my channel work? The answers in words, for the page and the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.diagnosis.cause import Cause
from conformance.diagnosis.readiness import Cell, Row

MOST_PAIRS = 6
"""Pairs of presets that are named one by one."""


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One kind of channel as people read it."""

    encryptor: str
    packaging: str
    system: str
    scheme: str
    yes: str
    no: str
    open: str
    causes: tuple[Cause, ...]
    note: str
    state: str
    """The answer in one word: yes, no, partly or not shown."""


def channel_line(row: Row) -> ChannelLine:
    """A row in words."""
    yes, no, left = row.having("yes"), row.having("no"), row.having("not shown")
    state = "no" if no else "yes" if yes and not left else "partly" if yes else "not shown"
    note = "" if row.judged or not row.kept else f"SPEKE's own rules passed for {_pairs_count(row.kept)}"
    return ChannelLine(
        row.encryptor.title,
        row.packaging.title,
        row.title,
        row.scheme,
        _pairs(yes, len(row.cells)),
        _pairs(no, len(row.cells)),
        _count(left, len(row.cells)),
        row.causes,
        note,
        state,
    )


def _pairs(cells: Sequence[Cell], of_all: int) -> str:
    if not cells:
        return ""
    if len(cells) == of_all:
        return f"all {of_all} pairs" if of_all > 1 else cells[0].presets
    names = "; ".join(cell.presets for cell in cells[:MOST_PAIRS])
    return names if len(cells) <= MOST_PAIRS else f"{len(cells)} pairs: {names} and {len(cells) - MOST_PAIRS} more"


def _count(cells: Sequence[Cell], of_all: int) -> str:
    """Of what was not shown the number says enough."""
    if not cells or len(cells) == of_all:
        return _pairs(cells, of_all)
    return f"{len(cells)} pair{'' if len(cells) == 1 else 's'}"


def _pairs_count(count: int) -> str:
    return f"{count} pair{'' if count == 1 else 's'} of presets"


def encryptor_notes(row: Row) -> list[str]:
    """What has to be known of an encryptor before its channels."""
    one = row.encryptor
    notes = []
    if not row.judged:
        notes.append(f"its own rules ({one.set}) were not judged: run with --profile {one.profile}")
    if one.never:
        notes.append(f"SPEKE v1 only, so not checked here: {', '.join(one.never)}")
    return notes


def ready_lines(rows: Sequence[Row], concerns: Sequence[Cause]) -> Iterator[str]:
    """The table for a terminal: a block for each encryptor, a line for each kind of channel."""
    for cause in concerns:
        yield f"Affects every channel: {cause.title}"
    said = ""
    for row in rows:
        line = channel_line(row)
        if line.encryptor != said:
            said = line.encryptor
            yield ""
            yield said
            yield from (f"  ({note})" for note in encryptor_notes(row))
        yield f"  {line.packaging:<18} {line.system:<18} {line.scheme:<5} {line.state}"
        for word, pairs in (("yes", line.yes), ("no", line.no), ("not shown", line.open)):
            if pairs and not (word == line.state and pairs.startswith("all ")):
                yield f"      {word}: {pairs}"
        yield from (f"      because: {cause.title.rstrip('.')}" for cause in line.causes[:3])
        if len(line.causes) > 3:
            yield f"      and {len(line.causes) - 3} more causes"
        if line.note:
            yield f"      {line.note}"
