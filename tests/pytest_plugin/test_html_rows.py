"""pytest-html's page: failures one by one up to a limit, the rest a row for each step."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.pytest_plugin import html_rows
from conformance.pytest_plugin.html_rows import HtmlRows
from conformance.pytest_plugin.state import Payload
from conformance.reporting import pytest_html_rows
from conformance.results.document import Document
from tests.reporting.small import small_document


def report(document: Document, verdict: str, case: str, topic: str) -> Any:
    """The report of an item, as much of it as the rows look at."""
    worst = next((one for one in document.results if one.verdict == verdict), None)
    outcome = SimpleNamespace(case=case, step="ask", judged=(worst,) if worst else (), alike=())
    payload = Payload(outcome, worst, {})  # type: ignore[arg-type]
    return SimpleNamespace(speke=payload, nodeid=f"testcases/x.yaml::{case}::ask[{topic}]", when="call")


def row(rows: HtmlRows, one: Any) -> list[str]:
    """Its cells, empty for an item without a row."""
    rows.pytest_runtest_logreport(one)
    cells = ["<td>Passed</td>", f'<td class="col-testId">{one.nodeid}</td>', "<td>1 ms</td>", "<td></td>"]
    rows.pytest_html_results_table_row(one, cells)
    return cells


@pytest.fixture
def small() -> Document:
    """A document with one result of every verdict."""
    return small_document()


@pytest.fixture
def rows() -> HtmlRows:
    return HtmlRows(SimpleNamespace(exchanges={}, document=None))  # type: ignore[arg-type]


def test_failures_have_rows_of_their_own_up_to_a_limit(
    rows: HtmlRows, small: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_rows, "MOST_FAILURES", 2)
    shown = [row(rows, report(small, "FAIL", "A", topic)) for topic in ("http", "keys", "hls")]
    assert [bool(cells) for cells in shown] == [True, True, False]
    assert "ask[http]" in shown[0][1]
    rows.state.document = small
    said: list[str] = []
    rows.pytest_html_results_summary(said)
    assert "<p>2 failed items have a row below; 1 more are in results.json.</p>" in said


def test_the_rest_has_one_row_for_each_step(rows: HtmlRows, small: Document) -> None:
    topics = ("http", "keys", "hls")
    fine = [row(rows, report(small, "NOTE", "A", topic)) for topic in topics]
    open_ = [row(rows, report(small, "UNTESTABLE", "A", topic)) for topic in topics]
    other = row(rows, report(small, "NOTE", "B", "http"))
    assert [bool(cells) for cells in (*fine, *open_)] == [True, False, False, True, False, False]
    assert fine[0][1] == '<td class="col-testId">testcases/x.yaml::A::ask</td>'
    assert other


def test_exchanges_have_a_budget(small: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytest_html_rows, "BUDGET", 10)
    once = pytest_html_rows.ExchangeOnce()
    first, second = (once.html(name, next(iter(small.exchanges.values())), "node") for name in ("a", "b"))
    assert "<details>" in first and "<details>" not in second
    assert "in the folder exchanges" in second
