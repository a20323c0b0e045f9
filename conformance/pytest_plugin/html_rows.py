"""The rows of pytest-html: two columns of ours, the findings, and each step's exchange once."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.pytest_plugin.state import Payload, SessionState
from conformance.reporting.pytest_html_rows import ExchangeOnce, add_cells, add_header, findings_html, summary_lines

WORTH_AN_EXCHANGE = ("FAIL", "KNOWN", "ADVISORY", "UNTESTABLE", "ERROR")
"""Verdicts whose row shows the exchange: on each of thousands of green rows it would be fifteen megabytes."""


class HtmlRows:
    """Hooks of pytest-html; registered only where that plugin is."""

    def __init__(self, state: SessionState) -> None:
        self.state = state
        self._once = ExchangeOnce()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        """Attach findings and exchange to the report of a question, before pytest-html reads it."""
        payload = Payload.of(report)
        if payload is None or payload.worst is None or payload.worst.verdict not in WORTH_AN_EXCHANGE:
            return
        name = f"{payload.outcome.case}::{payload.outcome.step}"
        exchange = payload.exchanges.get(name) or self.state.exchanges.get(name)
        content = findings_html(payload.outcome.judged) + self._once.html(name, exchange, report.nodeid)
        if content:
            report.extras = [*getattr(report, "extras", []), _html(content)]

    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Add the columns Verdict and Requirement."""
        add_header(cells)

    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """Fill the two columns."""
        payload = Payload.of(report)
        add_cells(cells, payload.worst if payload else None)

    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Say the outcome above the table."""
        if self.state.document is not None:
            prefix.extend(summary_lines(self.state.document))


def _html(content: str) -> dict[str, str]:
    from pytest_html import extras  # type: ignore[import-untyped]

    made: dict[str, str] = extras.html(content)
    return made
