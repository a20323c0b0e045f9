"""A failure in words: what should be, what was seen and where, the rule and its page, effect, fix, repetition."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Container, Iterator, Sequence

from conformance.judge import Judgement
from conformance.results.index import FailureView

LABEL_WIDTH = 10
MOST_FINDINGS = 3
MOST_CASES = 3


def paragraph(
    failure: FailureView, results: Sequence[Judgement], width: int, endpoint: str, leaving_out: Container[str] = ()
) -> list[str]:
    """One failure, and in which of the results it shows; wrapped to a width in columns, commands are never broken."""
    lines: list[str] = []
    for label, text, whole in _facts(failure, results, endpoint):
        if label not in leaving_out:
            lines += entry(label, text, width, whole=whole)
    return lines


def labelled_facts(failure: FailureView) -> list[tuple[str, str]]:
    """One failure as labelled texts, for the views that show each result by itself."""
    facts = _facts(failure, (), failure.endpoint)
    return [(label or "more", text) for label, text, _ in facts if text]


def _facts(failure: FailureView, results: Sequence[Judgement], endpoint: str) -> Iterator[tuple[str, str, bool]]:
    if failure.verdict in ("UNTESTABLE", "ERROR"):
        yield "because", failure.reason, False
        yield "so", f"{failure.check} and similar checks could not run: {failure.question}", False
    else:
        yield "should be", failure.question, False
        if failure.defect:
            yield "request", failure.defect, False
        yield from _findings(failure)
        yield "rule", _rule(failure), False
        yield "page", failure.address, True
        yield "effect", failure.effect, False
        yield "fix", failure.fix, False
        if failure.disputed:
            yield "disputed", _dispute(failure), False
        if failure.known:
            yield "known", _known(failure), False
    yield "at", endpoint, False
    yield "in", _cases(failure, results), False
    yield "repeat", failure.repeat, True
    yield "by hand", f"sh {shlex.quote(failure.curl)}" if failure.curl else "", True


def _findings(failure: FailureView) -> Iterator[tuple[str, str, bool]]:
    for one in failure.findings[:1]:
        yield "where", one.where, False
        yield "expected", one.expected, False
        yield "seen", one.seen, False
        yield "hint", one.hint, False
    for one in failure.findings[1:MOST_FINDINGS]:
        yield "also", f"{one.seen} at {one.where}", False
    if len(failure.findings) > MOST_FINDINGS:
        left = len(failure.findings) - MOST_FINDINGS
        yield "", f"and {left} more finding{'s' * (left > 1)} of this check at this step", False


def _rule(failure: FailureView) -> str:
    level = f" ({failure.level}, {failure.set})" if failure.level else ""
    page = f" [{failure.page}]" if failure.page else ""
    derived = f" It follows from: {failure.sentence}" if failure.sentence else ""
    return f"{failure.requirement}{level}: {failure.rule}{page}{derived}" if failure.requirement else ""


def _dispute(failure: FailureView) -> str:
    told = failure.disputed
    if told is None:
        return ""
    place = ", ".join(part for part in (told.reference, told.date) if part)
    rule = f"; the rule is at {failure.address}" if failure.address else ""
    return f"the key provider disputes this: {told.sentence}{f' ({place})' if place else ''}{rule}"


def _known(failure: FailureView) -> str:
    told = failure.known
    return f"{told.reason} ({told.reference}, {told.date})" if told is not None else ""


def _cases(failure: FailureView, results: Sequence[Judgement]) -> str:
    if not results:
        return f"{failure.case}::{failure.step}"
    names = list(dict.fromkeys(f"{result.case}::{result.step}" for result in results))
    more = f" and {len(names) - MOST_CASES} more" if len(names) > MOST_CASES else ""
    title = f" ({failure.title})" if len(names) == 1 and failure.title else ""
    return ", ".join(names[:MOST_CASES]) + title + more


def entry(label: str, text: str, width: int, *, whole: bool = False) -> list[str]:
    """A label and its text, wrapped to a width."""
    if not text:
        return []
    first = f"  {label:<{LABEL_WIDTH}}"
    if whole:
        return [first + text]
    return textwrap.wrap(
        text,
        width=max(width, LABEL_WIDTH + 30),
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
        break_long_words=False,
    )
