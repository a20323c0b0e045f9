"""A failure in words: what should be, what was seen and where, the rule and its page, effect, fix, repetition."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Container, Iterator

from conformance.diagnosis.groups import Group
from conformance.results.index import FailureView

LABEL_WIDTH = 10
MOST_FINDINGS = 3
MOST_CASES = 3


def heading(cause: Group) -> str:
    """The first line: verdict, check, and how often."""
    example = cause.example
    count = ""
    if cause.count > 1:
        cases = len(cause.cases)
        count = f" (×{cause.count}, {cases} case{'s' if cases > 1 else ''})"
    if cause.verdict in ("UNTESTABLE", "ERROR"):
        return f"{cause.verdict}{count}"
    return f"{cause.verdict}  {example.check}{count}"


def paragraph(cause: Group, width: int, leaving_out: Container[str] = ()) -> list[str]:
    """Everything but the first line, wrapped to a width in columns and indented; commands are never broken."""
    lines: list[str] = []
    for label, text, whole in _facts(cause):
        if label not in leaving_out:
            lines += entry(label, text, width, whole=whole)
    return lines


def facts_of(failure: FailureView) -> list[tuple[str, str]]:
    """One failure as labelled texts, for the views that show each result by itself."""
    facts = _facts(Group(failure.verdict, failure.check, failure, (), failure.endpoint))
    return [(label or "more", text) for label, text, _ in facts if text]


def _facts(cause: Group) -> Iterator[tuple[str, str, bool]]:
    failure = cause.example
    if cause.verdict in ("UNTESTABLE", "ERROR"):
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
    yield "at", cause.endpoint, False
    yield "in", _cases(cause), False
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
        yield "", f"and {len(failure.findings) - MOST_FINDINGS} more findings of this check at this step", False


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


def _cases(cause: Group) -> str:
    if not cause.results:
        return f"{cause.example.case}::{cause.example.step}"
    shown = [f"{result.case}::{result.step}" for result in cause.results]
    names = list(dict.fromkeys(shown))
    more = f" and {len(names) - MOST_CASES} more" if len(names) > MOST_CASES else ""
    title = f" ({cause.example.title})" if len(names) == 1 and cause.example.title else ""
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
