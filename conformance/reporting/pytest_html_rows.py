"""What the plugin adds to pytest-html's report: two columns, each exchange once, and the outcome on top.

pytest-html puts cells, extras and summary lines into its page as they are, so everything here is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from conformance.diagnosis.diagnose import diagnose
from conformance.judge import Judgement
from conformance.recording.records import ExchangeRecord, ExchangeSummary
from conformance.redaction.escaping import visible
from conformance.reporting.exchange_view import key_rows
from conformance.reporting.outcome_text import in_words
from conformance.results.document import Document
from conformance.results.index import ResultsIndex

POSITION = 2
"""Where the columns go: behind Result and Test, which pytest-html's own scripts look for by their place."""

LONGEST_BODY = 2500
"""Characters of a body in a row: a page with whole bodies takes browsers seconds to open."""

BUDGET = 150_000
"""Characters of all exchanges together; pytest-html escapes them twice, which makes more than a megabyte of it."""

MOST_CAUSES = 10
MOST_FINDINGS = 5
"""Findings of one row."""


_TOPIC = re.compile(r"\[[^\[\]]*\]</td>$")
"""The topic or check at the end of a node id, as it ends the cell of its test."""


def add_header(cells: list[str]) -> None:
    """Add the columns Verdict and Requirement to the header of the table."""
    cells[POSITION:POSITION] = [
        '<th class="sortable" data-column-type="verdict">Verdict</th>',
        '<th class="sortable" data-column-type="requirement">Requirement</th>',
    ]


def add_cells(cells: list[str], record: Judgement | None, *, step: bool = False) -> None:
    """Add the two cells of a result (a result record of the document); empty ones for a test that is not ours.

    `step` says that the row stands for all of its step: it is named by the step then.
    """
    if step:
        cells[1] = _TOPIC.sub("</td>", cells[1])
    verdict = level = requirement = ""
    if record is not None:
        verdict, requirement = record.verdict, record.requirement
        level = next(
            (grade.level for grade in record.grades if grade.requirement == requirement),
            "",
        )
    shown = f"{requirement} ({level})" if level else requirement
    cells[POSITION:POSITION] = [
        f'<td class="col-verdict">{_text(verdict)}</td>',
        f'<td class="col-requirement">{_text(shown)}</td>',
    ]


class ExchangeOnce:
    """Gives the exchange of each step to the first row that asks for it, and a pointer to that row to the others."""

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}
        self._left = BUDGET

    @property
    def is_spent(self) -> bool:
        """Whether there is no room for further exchanges."""
        return self._left <= 0

    def html(self, name: str, exchange: ExchangeRecord | None, node: str) -> str:
        """The extra of one row: the exchange `name` as HTML, or where it is shown; empty for a row without one."""
        if exchange is None:
            return ""
        if name in self._shown:
            return f"<p>The exchange of this step is shown at {_text(self._shown[name])}.</p>"
        self._shown[name] = node
        if self.is_spent:
            return f"<p>Answered {_text(exchange.outcome)}; request and answer are in the folder exchanges.</p>"
        shown = exchange_html(exchange)
        self._left -= len(shown)
        return shown


def exchange_html(exchange: ExchangeRecord) -> str:
    """An exchange as HTML: its keys as a table, then request and answer."""
    request, answer = exchange.request, exchange.answer
    came = answer.body.text if answer else ""
    return (
        f"<div><p><b>{_text(request.method)}</b>, answered {_text(exchange.outcome)} "
        f"after {exchange.milliseconds:.0f} ms</p>{_keys(exchange.summary)}"
        f"<details><summary>Request</summary><pre>{_body(request.body.text)}</pre></details>"
        f"<details><summary>Answer</summary><pre>{_body(came)}</pre></details></div>"
    )


def findings_html(records: Iterable[Judgement]) -> str:
    """The findings of an item's results as HTML: check, expected, seen, where; empty where there are none."""
    rows = [
        f"<tr><td>{_text(record.verdict)}</td><td>{_text(record.check)}</td><td>{_text(one.expected)}</td>"
        f"<td>{_text(one.seen)}</td><td><code>{_text(one.where)}</code></td></tr>"
        for record in records
        for one in record.findings
    ]
    if not rows:
        return ""
    if len(rows) > MOST_FINDINGS:
        rows[MOST_FINDINGS:] = [f"<tr><td>and {len(rows) - MOST_FINDINGS} more</td></tr>"]
    heads = "".join(f"<th>{name}</th>" for name in ("verdict", "check", "expected", "seen", "where"))
    return f"<table><tr>{heads}</tr>{''.join(rows)}</table>"


def summary_lines(document: Document) -> list[str]:
    """Lines for the top of pytest-html's page: outcome, sets, causes, warnings."""
    words = in_words(document)
    lines = [f"<p><b>SPEKE conformance: {_text(words.outcome)}</b>. {_text(words.meaning)}</p>"]
    if words.banner:
        lines.append(f"<p><b>{_text(words.banner)}</b></p>")
    sets = ", ".join(f"{one.id}: {one.outcome.lower()}" for one in document.sets if one.required)
    lines.append(f"<p>{_text(sets)}</p>")
    found = diagnose(ResultsIndex(document)).of_verdict("FAIL", "ERROR", "UNTESTABLE")
    for cause in found[:MOST_CAUSES]:
        lines.append(f"<p>{_text(f'{cause.verdict} {cause.title} (×{cause.count}): {cause.wrong}')}</p>")
    if found[MOST_CAUSES:]:
        left = sum(cause.count for cause in found[MOST_CAUSES:])
        lines.append(f"<p>and {len(found) - MOST_CAUSES} more causes with {left} results</p>")
    lines += [f"<p>Warning: {_text(one.text)}</p>" for one in document.warnings]
    return lines


def _keys(summary: ExchangeSummary) -> str:
    rows = key_rows(summary)[:16]
    if not rows:
        return ""
    body = "".join(
        f"<tr><td>{_text(row.track)}</td><td><code>{_text(row.asked)}</code> → {_text(row.answered or '–')}</td>"
        f"<td>{_text(row.scheme)}</td><td>{_text(row.key)}</td><td>{_text(row.systems)}</td></tr>"
        for row in rows
    )
    heads = "".join(f"<th>{name}</th>" for name in ("track", "KID asked → answered", "scheme", "key", "missing"))
    return f"<table><tr>{heads}</tr>{body}</table>"


def _body(text: str) -> str:
    shown = text if len(text) <= LONGEST_BODY else f"{text[:LONGEST_BODY]}…"
    return _text(shown)


def _text(text: object) -> str:
    return escape(visible(str(text)))
