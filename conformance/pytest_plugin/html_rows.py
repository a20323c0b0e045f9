"""The rows of pytest-html: failures one by one up to a limit, the rest a row for each step; a page that opens."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.pytest_plugin.state import Payload, SessionState
from conformance.reporting.pytest_html_rows import ExchangeOnce, add_cells, add_header, findings_html, summary_lines

WORTH_AN_EXCHANGE = ("FAIL", "KNOWN", "ADVISORY", "UNTESTABLE", "ERROR")
"""Verdicts whose row shows the exchange: on each of thousands of green rows it would be fifteen megabytes."""

ONE_BY_ONE = ("FAIL", "ERROR")
MOST_FAILURES = 300
"""Failures that have a row of their own; browsers need seconds for thousands."""


class HtmlRows:
    """Hooks of pytest-html; registered only where that plugin is."""

    def __init__(self, state: SessionState) -> None:
        self.state = state
        self._once = ExchangeOnce()
        self._steps: set[tuple[str, str, bool]] = set()
        """The steps that have a row already, and whether it is one with something to look at."""
        self._failures = 0
        self._hidden: set[str] = set()
        """Node ids of the items without a row of their own."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        """Attach findings and exchange to the report of a question, before pytest-html reads it."""
        payload = Payload.of(report)
        if payload is None:
            return
        if not self._has_row(payload):
            self._hidden.add(report.nodeid)
            return
        if payload.worst is None or payload.worst.verdict not in WORTH_AN_EXCHANGE:
            return
        if self._once.is_spent and payload.worst.verdict not in ONE_BY_ONE:
            return
        name = f"{payload.outcome.case}::{payload.outcome.step}"
        exchange = payload.exchanges.get(name) or self.state.exchanges.get(name)
        content = findings_html(payload.outcome.judged) + self._once.html(name, exchange, report.nodeid)
        if content:
            report.extras = [*getattr(report, "extras", []), _html(content)]

    def _has_row(self, payload: Payload) -> bool:
        verdict = payload.worst.verdict if payload.worst is not None else ""
        if verdict in ONE_BY_ONE:
            self._failures += 1
            return self._failures <= MOST_FAILURES
        row = (payload.outcome.case, payload.outcome.step, verdict in WORTH_AN_EXCHANGE)
        if row in self._steps:
            return False
        self._steps.add(row)
        return True

    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Add the columns Verdict and Requirement."""
        add_header(cells)

    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """Fill the two columns; a row without cells is left out."""
        payload = Payload.of(report)
        if report.nodeid in self._hidden:
            # Its teardown as well: pytest-html would keep an empty entry under each node id.
            cells.clear()
            return
        by_itself = payload is None or (payload.worst is not None and payload.worst.verdict in ONE_BY_ONE)
        add_cells(cells, payload.worst if payload else None, step=not by_itself)

    def pytest_html_results_table_html(self, report: Any, data: list[str]) -> None:
        """Leave out the log of a question: its findings stand in a table already."""
        if Payload.of(report) is not None:
            data.clear()

    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Say the outcome above the table."""
        if self.state.document is not None:
            prefix.extend(summary_lines(self.state.document))
            more = self._failures - MOST_FAILURES
            if more > 0:
                prefix.append(f"<p>{MOST_FAILURES} failed items have a row below; {more} more are in results.json.</p>")
            prefix.append("<p>What did not fail has one row for each step.</p>")


def _html(content: str) -> dict[str, str]:
    from pytest_html import extras  # type: ignore[import-untyped]

    made: dict[str, str] = extras.html(content)
    return made
