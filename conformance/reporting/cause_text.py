"""A cause for the terminal: what is wrong, what to change, what it explains, and one worked example."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.diagnosis.cause import Cause, Diagnosis
from conformance.reporting.failure_text import entry, paragraph
from conformance.results.index import ResultsIndex

MOST_PARTS = 6
_INSIDE = ("should be", "effect", "fix")
"""What a named cause says itself, and its example need not repeat."""


def headline(cause: Cause) -> str:
    """The first line: the verdict, what it is called, and how often it shows."""
    cases = len(cause.cases)
    often = f" (×{cause.count}, {cases} case{'s' if cases > 1 else ''})" if cause.count > 1 else ""
    name = cause.title if cause.named else cause.example.check
    return f"{cause.verdict}  {name}{often}"


def numbered(cause: Cause, number: int) -> str:
    """The first line where there may be many, with its place in their order."""
    return f"{number:2}  {headline(cause)}"


def in_one_line(cause: Cause, number: int, width: int) -> str:
    """A cause that is not told in full, on one line."""
    named = "" if cause.named else f": {cause.title}"
    return cut(f"{numbered(cause, number)}{named}", width)


def cut(text: str, width: int) -> str:
    """A text in one line, cut where it is longer than the terminal is wide."""
    most = max(width, 40)
    return text if len(text) <= most else f"{text[: most - 2].rstrip()} …"


def told(cause: Cause, diagnosis: Diagnosis, reading: ResultsIndex, width: int) -> Iterator[str]:
    """Everything but the first line."""
    example, where = reading.failure(cause.example), reading.where(cause.cases)
    if not cause.named:
        yield from paragraph(example, cause.results, width, where)
        others = dict.fromkeys(one.check for one in cause.results if one.findings and one.check != cause.example.check)
        yield from entry("besides", f"reported by {', '.join(others)}" if others else "", width)
        yield from entry("so", diagnosis.explains(cause), width)
        return
    yield from entry("wrong", cause.wrong, width)
    yield from entry("fix", cause.fix, width)
    yield from entry("effect", cause.effect, width)
    yield from entry("so", diagnosis.explains(cause), width)
    yield from _parts(cause, width)
    yield from entry("example", f"{cause.example.check} at {cause.example.case}::{cause.example.step}", width)
    yield from paragraph(example, cause.results, width, where, leaving_out=_INSIDE)


def _parts(cause: Cause, width: int) -> Iterator[str]:
    for nth, part in enumerate(cause.parts[:MOST_PARTS]):
        yield from entry("list" if nth == 0 else "", f"{part.count} × {part.title}", width)
    left = cause.parts[MOST_PARTS:]
    if left:
        count = sum(part.count for part in left)
        yield from entry("", f"and {len(left)} more of these with {count} results", width)
