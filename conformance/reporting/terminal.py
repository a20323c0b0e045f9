"""What the terminal says at the end of a run: failures by root cause, warnings, a table per set, where to read on."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.diagnosis.causes import Cause, causes
from conformance.model import Verdict
from conformance.redaction.escaping import visible
from conformance.reporting.failure_text import heading, paragraph
from conformance.reporting.outcome_text import in_words
from conformance.reporting.unclaimed_text import unclaimed_lines
from conformance.results.combinations import coverage_line
from conformance.results.document import Document, RunWarning, SetResult, StaleEntry
from conformance.results.index import ResultsIndex
from conformance.results.traffic import budget_line

MOST_CAUSES = 20
"""Root causes that are told in full; a terminal is no place for more."""

COLUMNS = tuple(map(Verdict, ("PASS", "FAIL", "KNOWN", "ADVISORY", "NOTE", "UNTESTABLE", "ERROR", "NOT CLAIMED")))
_SHORT: Mapping[str, str] = {"ADVISORY": "ADVIS", "UNTESTABLE": "UNTEST", "NOT CLAIMED": "NOT CL"}
_MARKUP: Mapping[str, str] = {
    "FAIL": "red bold",
    "ERROR": "red bold",
    "UNTESTABLE": "yellow bold",
    "KNOWN": "yellow bold",
    "ADVISORY": "yellow",
    "QUALIFIED": "green bold",
    "QUALIFIED WITH ADVISORIES": "green bold",
    "NOT QUALIFIED": "red bold",
    "INCOMPLETE": "yellow bold",
    "PARTIAL": "yellow bold",
    "NOT CLAIMED": "",
}


@dataclass(frozen=True, slots=True)
class TerminalLine:
    """One line of text and how to show it."""

    text: str
    markup: str = ""
    """Words of pytest's terminal writer, separated by spaces (`red bold`); empty for plain text."""


def terminal_lines(document: Document, width: int, folder: str = "") -> list[TerminalLine]:
    """The summary of a run, for a terminal of that many columns; `folder` is where its reports were written."""
    reading = ResultsIndex(document)
    lines = [
        *_causes(reading, width),
        *_advice(reading, width),
        *_stale(document.stale, width),
        *_unclaimed(document, width),
        *_warnings(document.warnings, width),
        *_sets(document.sets),
        *_ending(document, width, folder),
    ]
    return [TerminalLine(visible(line.text).replace("\n", " "), line.markup) for line in lines]


def _causes(reading: ResultsIndex, width: int) -> Iterator[TerminalLine]:
    found = causes(reading, "FAIL", "ERROR", "UNTESTABLE")
    for cause in found[:MOST_CAUSES]:
        yield from _told(cause, width)
    if len(found) > MOST_CAUSES:
        left = sum(cause.count for cause in found[MOST_CAUSES:])
        yield TerminalLine(
            f"and {len(found) - MOST_CAUSES} more root causes with {left} results: see the report", "bold"
        )
        yield TerminalLine("")


def _told(cause: Cause, width: int) -> Iterator[TerminalLine]:
    yield TerminalLine(heading(cause), _MARKUP[cause.verdict])
    for text in paragraph(cause, width):
        yield TerminalLine(text)
    yield TerminalLine("")


def _advice(reading: ResultsIndex, width: int) -> Iterator[TerminalLine]:
    """Advisories and known deviations: a line each, because they do not need anybody's attention at once."""
    found = causes(reading, "KNOWN", "ADVISORY")
    for cause in found[:MOST_CAUSES]:
        text = f"{heading(cause)}: {cause.example.question}"
        for at, line in enumerate(textwrap.wrap(text, max(width, 40), subsequent_indent="  ")):
            yield TerminalLine(line, _MARKUP[cause.verdict] if at == 0 else "")
    if len(found) > MOST_CAUSES:
        yield TerminalLine(f"and {len(found) - MOST_CAUSES} more of these: see the report")
    if found:
        yield TerminalLine("")


def _stale(stale: Sequence[StaleEntry], width: int) -> Iterator[TerminalLine]:
    for entry in stale:
        text = f"STALE  {entry.finding}: {entry.why}"
        yield from (
            TerminalLine(line, "red bold") for line in textwrap.wrap(text, max(width, 40), subsequent_indent="  ")
        )
    if stale:
        yield TerminalLine("")


def _warnings(warnings: Sequence[RunWarning], width: int) -> Iterator[TerminalLine]:
    for warning in warnings:
        wrapped = textwrap.wrap(f"warning: {warning.text}", max(width, 40), subsequent_indent="         ")
        yield from (TerminalLine(line, "yellow") for line in wrapped)
    if warnings:
        yield TerminalLine("")


def _unclaimed(document: Document, width: int) -> Iterator[TerminalLine]:
    """What discovery left out: nobody may take it for tested, and a crash may be among it."""
    found = unclaimed_lines(document)
    for one in found:
        word = "ADVISORY  not claimed" if one.advice else "not claimed"
        wrapped = textwrap.wrap(f"{word}: {one.text}", max(width, 40), subsequent_indent="  ")
        yield from (TerminalLine(line, _MARKUP["ADVISORY"] if one.advice else "") for line in wrapped)
    if found:
        yield TerminalLine("")


def _sets(sets: Sequence[SetResult]) -> Iterator[TerminalLine]:
    columns = [name for name in COLUMNS if any(one.counts.get(name) for one in sets)]
    if not sets:
        return
    names = [one.id if one.required else f"{one.id} (reported)" for one in sets]
    wide = max(map(len, names))
    heads = [_SHORT.get(name, name) for name in columns]
    yield TerminalLine(
        f"{'requirement set':<{max(wide, 15)}}  " + "".join(f"{head:>8}" for head in heads) + "  outcome", "bold"
    )
    for name, one in zip(names, sets, strict=True):
        counts = "".join(f"{one.counts.get(column) or '·':>8}" for column in columns)
        outcome = one.outcome if one.required else one.outcome.lower()
        yield TerminalLine(
            f"{name:<{max(wide, 15)}}  {counts}  {outcome}", _MARKUP[one.outcome] if one.required else ""
        )
    yield TerminalLine("")


def _ending(document: Document, width: int, folder: str) -> Iterator[TerminalLine]:
    words = in_words(document)
    yield TerminalLine(f"{words.outcome}: {document.run.target.host}", _MARKUP[document.outcome])
    for text in textwrap.wrap(words.meaning, max(width, 40)):
        yield TerminalLine(text)
    counts = ", ".join(f"{count} {verdict}" for verdict, count in document.counts.items())
    yield TerminalLine(f"{document.count} results: {counts or 'none'}; seed {document.run.seed}")
    for line in (budget_line(document.budget), *map(coverage_line, document.combinations)):
        yield from (TerminalLine(text) for text in textwrap.wrap(line, max(width, 40)))
    if folder:
        yield TerminalLine(f"reports: {folder}/qualification.html (and results.json, junit.xml, exchanges/)")
