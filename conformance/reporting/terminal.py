"""What the terminal says at the end of a run: failures by root cause, warnings, a table per set, where to read on."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.diagnosis.cause import Cause
from conformance.diagnosis.diagnose import diagnose
from conformance.model import Outcome, Verdict
from conformance.redaction.escaping import visible
from conformance.reporting.cause_text import cut, in_one_line, numbered, told
from conformance.reporting.endpoint_table import endpoint_table
from conformance.reporting.outcome_text import in_words
from conformance.reporting.unclaimed_text import unclaimed_lines
from conformance.results.combinations import coverage_line
from conformance.results.document import Document, RunWarning, SetResult, StaleEntry
from conformance.results.index import ResultsIndex
from conformance.results.traffic import budget_line
from conformance.run.command import Pasting

IN_FULL = 5
"""Causes that are told in full; a terminal is no place for more."""
IN_LINES = 15
"""Causes behind them that get a line each."""
ALL = "--speke-all"
BINDING = (Verdict.FAIL, Verdict.ERROR, Verdict.UNTESTABLE)

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


def terminal_lines(
    document: Document, width: int, pasting: Pasting | None = None, *, everything: bool = False
) -> list[TerminalLine]:
    """The summary of a run, for a terminal of that many columns in which its commands are pasted."""
    reading = ResultsIndex(document, pasting)
    if not document.count and document.run.incomplete:
        return [TerminalLine(visible(line.text), line.markup) for line in _nothing_judged(document, reading)]
    lines = [
        *_setting(reading),
        *_causes(reading, width, everything=everything),
        *_stale(document.stale, width),
        *_unclaimed(document, width, everything=everything),
        *_warnings(document.warnings, width),
        *_sets(document.sets),
        *_endpoints(document),
        *_ending(document, width, reading.pasting.folder),
    ]
    return [TerminalLine(visible(line.text).replace("\n", " "), line.markup) for line in lines]


def _setting(reading: ResultsIndex) -> Iterator[TerminalLine]:
    """What the commands below need, where there are any."""
    if reading.pasting.setting and any(reading.of_verdict("FAIL", "ERROR", "UNTESTABLE")):
        yield TerminalLine("The commands below need the server's URL:")
        yield TerminalLine(f"  {reading.pasting.setting}")
        yield TerminalLine("")


def _causes(reading: ResultsIndex, width: int, *, everything: bool) -> Iterator[TerminalLine]:
    """The causes: the first in full, the next on a line each, and how many are left."""
    diagnosis = diagnose(reading)
    binding = diagnosis.of_verdict(*BINDING)
    in_full = len(binding) if everything else IN_FULL
    for number, cause in enumerate(binding[:in_full], 1):
        yield TerminalLine(numbered(cause, number), _MARKUP[cause.verdict])
        yield from (TerminalLine(text) for text in told(cause, diagnosis, reading, width))
        yield TerminalLine("")
    yield from _in_lines(binding[in_full:], in_full, width)
    # Advice and known deviations do not need anybody's attention at once.
    others = [one for one in diagnosis.causes if one not in binding]
    yield from _in_lines(others, len(binding), width, most=len(others) if everything else IN_LINES)


def _in_lines(causes: Sequence[Cause], before: int, width: int, most: int = IN_LINES) -> Iterator[TerminalLine]:
    for number, cause in enumerate(causes[:most], before + 1):
        yield TerminalLine(in_one_line(cause, number, width), _MARKUP[cause.verdict])
    left = causes[most:]
    if left:
        count = sum(cause.count for cause in left)
        yield TerminalLine(f"    and {len(left)} more causes with {count} results: {ALL} shows them")
    if causes:
        yield TerminalLine("")


def _stale(stale: Sequence[StaleEntry], width: int) -> Iterator[TerminalLine]:
    for entry in stale:
        text = f"STALE  {entry.finding}: {entry.why}"
        yield from (TerminalLine(line, "red bold") for line in _wrapped(text, width, "  "))
    if stale:
        yield TerminalLine("")


def _warnings(warnings: Sequence[RunWarning], width: int) -> Iterator[TerminalLine]:
    for warning in warnings:
        wrapped = _wrapped(f"warning: {warning.text}", width, "         ")
        yield from (TerminalLine(line, "yellow") for line in wrapped)
    if warnings:
        yield TerminalLine("")


def _unclaimed(document: Document, width: int, *, everything: bool) -> Iterator[TerminalLine]:
    """What is not judged because it is not claimed, and why: nobody may take it for tested, a crash may be among it."""
    lines = [
        (f"{'ADVISORY  ' if one.advice else ''}not claimed: {one.text}", _MARKUP["ADVISORY"] if one.advice else "")
        for one in unclaimed_lines(document)
    ]
    lines += [(f"not claimed: {one.id}: {one.why}", "") for one in document.sets if not one.claimed and one.why]
    for text, markup in lines:
        yield TerminalLine(text if everything else cut(text, width), markup)
    if lines:
        yield TerminalLine("")


def _nothing_judged(document: Document, reading: ResultsIndex) -> Iterator[TerminalLine]:
    """Three lines where no question could be asked at all."""
    yield TerminalLine(f"{document.outcome}: nothing was judged at {document.run.place}", "yellow bold")
    yield TerminalLine(document.run.incomplete)
    yield TerminalLine(f"report: {reading.pasting.file('qualification.html')}; exit status {document.exit_status}")


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


def _endpoints(document: Document) -> Iterator[TerminalLine]:
    """Each of several endpoints with its worst outcome, and the sets that have it."""
    table = endpoint_table(document)
    if table is None:
        return
    for at, head in enumerate(table.heads):
        cells = {one.id: cell for one, row in table.rows if one.required and (cell := row[at]) is not None}
        outcomes = {cell.outcome for cell in cells.values()}
        worst = next((outcome for outcome in _WORST_FIRST if outcome in outcomes), Outcome.NOT_CLAIMED)
        # A selection is partial everywhere; what failed says where to look.
        names = [f"{name} {cell.failed} failed" for name, cell in cells.items() if cell.failed]
        if not names and worst is not Outcome.QUALIFIED:
            alike = [name for name, cell in cells.items() if cell.outcome is worst]
            names = alike if len(alike) < len(cells) else []
        sets = f" ({', '.join(names)})" if names else ""
        yield TerminalLine(f"{head}: {worst.lower()}{sets}", _MARKUP[worst])
    yield TerminalLine("")


_WORST_FIRST = (
    Outcome.NOT_QUALIFIED,
    Outcome.INCOMPLETE,
    Outcome.PARTIAL,
    Outcome.QUALIFIED_WITH_ADVISORIES,
    Outcome.QUALIFIED,
)


def _ending(document: Document, width: int, folder: str) -> Iterator[TerminalLine]:
    words = in_words(document)
    failed = document.counts.get(Verdict.FAIL, 0)
    failures = f", {failed} failure{'s' if failed != 1 else ''}" if failed else ""
    yield TerminalLine(f"{words.outcome}{failures}: {document.run.place}", _MARKUP[document.outcome])
    for text in _wrapped(words.meaning, width):
        yield TerminalLine(text)
    counts = ", ".join(f"{count} {verdict}" for verdict, count in document.counts.items())
    yield TerminalLine(f"{document.count} results: {counts or 'none'}; seed {document.run.seed}")
    for line in (budget_line(document.budget), *map(coverage_line, document.combinations)):
        yield from (TerminalLine(text) for text in _wrapped(line, width))
    if folder:
        yield TerminalLine(f"reports: {folder}/qualification.html (and results.json, junit.xml, exchanges/)")


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of text; names of cases and faults stay whole, so that they can be copied."""
    return textwrap.wrap(text, max(width, 40), subsequent_indent=indent, break_on_hyphens=False)
