"""Whatever a server sends: no view takes it for markup, for a command of the terminal or for an end of a string."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from lxml import etree, html
from msgspec.structs import replace

from conformance.redaction.escaping import readable
from conformance.reporting import pytest_html_rows as rows
from conformance.reporting.terminal import terminal_lines
from conformance.reporting.writer import views
from conformance.results.document import Document
from conformance.run.command import Pasting
from tests.conftest import without_texts

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": "\" onmouseover='alert(1)' x=\"",
    "entity": "&lt;script&gt; ]]> --> &#0;",
    "escape": "\x1b[31mred\x1b[0m\x07\x00\x9b31m",
    "direction": "abc\u202egnp.exe\u2066\ufeff",
    "surrogate": "lone \ud800 surrogate \udfff and \ufffe",
    "long": "A" * 10_240,
    "markdown": "](javascript:alert(1)) | `code` *x* \n# heading\n```",
    "template": "{{ 7 * 7 }} {% raw %} ${HOME} $(id) `id`",
}
KEEP = {
    "state", "verdict", "outcome", "case", "step", "check", "level", "set", "requirement", "exchange", "name", "id",
    "kind", "iv", "method", "version", "started", "finished", "expect", "asked", "empty",
    "sha256", "file", "digest", "baseline",
}  # fmt: skip


@pytest.fixture(params=sorted(HOSTILE))
def poison(request: pytest.FixtureRequest) -> str:
    return HOSTILE[request.param]


@pytest.fixture
def poisoned(small: Document, poison: str) -> Document:
    """The document with that text in every field that somebody else has a hand in."""
    told = msgspec.to_builtins(small)
    made = {name: value if name in ("sets", "requirements") else _spoilt(value, poison) for name, value in told.items()}
    made |= {name: told[name] for name in ("outcome", "baseline", "tool", "catalogue", "environment")}
    made["requirements"] = {
        name: _spoilt(rule, poison) | {"levels": rule["levels"]} for name, rule in told["requirements"].items()
    }
    made["checks"] = {name: _spoilt(check, poison) for name, check in told["checks"].items()}
    for group in ("results", "passes"):
        for result, original in zip(made[group], told[group], strict=True):
            result["requirements"] = original["requirements"]
            result["grades"] = original["grades"]
    for case, original in zip(made["cases"], told["cases"], strict=True):
        case["version"] = original["version"]
    return msgspec.convert(made, Document)


def _spoilt(value: Any, poison: str, name: str = "") -> Any:
    if isinstance(value, str):
        return value if name in KEEP else poison
    if isinstance(value, list | tuple):
        return [_spoilt(item, poison, name) for item in value]
    if isinstance(value, dict):
        return {key: _spoilt(item, poison, key) for key, item in value.items()}
    return value


def test_views_can_be_made_and_encoded(poisoned: Document) -> None:
    made = dict(views(poisoned))
    for name, content in made.items():
        content.decode("utf-8")
        if not name.startswith("exchanges/"):
            assert b"\x1b" not in content and b"\x00" not in content, name


def test_json_keeps_what_was_said(poisoned: Document, poison: str) -> None:
    text = dict(views(poisoned))["results.json"]
    kept = json.loads(text)
    assert kept.pop("digest")
    assert msgspec.convert(kept, Document) == without_texts(poisoned)


def test_page_takes_nothing_for_markup(poisoned: Document, poison: str) -> None:
    text = dict(views(poisoned))["qualification.html"].decode()
    page: Any = html.document_fromstring(text)
    assert page.xpath("//body/*[last()][self::script]") == page.xpath("//script")
    assert page.xpath("//img|//iframe") == []
    assert page.xpath("//@*[starts-with(name(), 'on')]") == []
    assert page.xpath("//@href[starts-with(., 'javascript:')]") == []
    _no_controls(text)


def test_junit_stays_xml(poisoned: Document) -> None:
    root = etree.fromstring(dict(views(poisoned))["junit.xml"])
    assert int(root.get("tests", "")) == len(poisoned.results) + 1


def test_terminal_gets_no_commands(poisoned: Document) -> None:
    for line in terminal_lines(poisoned, 100, Pasting(folder="reports/x")):
        assert "\n" not in line.text
        _no_controls(line.text)


def test_markdown_has_no_markup_of_a_server(poisoned: Document, poison: str) -> None:
    text = re.sub(r"`[^`\n]*`", "", dict(views(poisoned))["summary.md"].decode())  # what stands in code is no markup
    assert "<script>" not in text
    assert "](javascript:" not in text.replace("\\]", "")
    assert "\n# heading" not in text


def test_curl_scripts_quote_everything(poisoned: Document, poison: str) -> None:
    for name, content in views(poisoned):
        if name.endswith(".curl.sh"):
            text = content.decode()
            for line in text.splitlines()[1:3]:
                assert line.startswith("#")


def test_rows_are_escaped(poisoned: Document, poison: str) -> None:
    assert any(one.findings for one in poisoned.results) and poisoned.exchanges
    for exchange in poisoned.exchanges.values():
        _harmless(rows.exchange_html(exchange))
    for result in poisoned.results:
        _harmless(rows.findings_html([result]))


def test_row_cells_and_summary_are_escaped(poisoned: Document, poison: str) -> None:
    cells: list[str] = ["<td>a</td>", "<td>b</td>"]
    rows.add_cells(cells, replace(poisoned.results[0], requirement=poison))
    assert len(cells) == 4
    for cell in (*cells, *rows.summary_lines(poisoned)):
        _harmless(cell)


def test_exchange_is_shown_once(small: Document) -> None:
    once = rows.ExchangeOnce()
    exchange = small.exchanges["KEYS-1[2.0]::ask"]
    assert "<pre>" in once.html("KEYS-1[2.0]::ask", exchange, "node<1>")
    assert (
        once.html("KEYS-1[2.0]::ask", exchange, "node 2")
        == "<p>The exchange of this step is shown at node&lt;1&gt;.</p>"
    )
    assert once.html("", None, "node 3") == ""


def test_columns_come_in_pairs() -> None:
    head, row = ["Result", "Test", "Duration"], ["r", "t", "d"]
    rows.add_header(head)
    rows.add_cells(row, None)
    assert len(head) == len(row) == 5
    assert "Verdict" in head[2] and "Requirement" in head[3]


def test_findings_are_readable_at_capture() -> None:
    assert readable("\x1b[31m\ud800\n" + "x" * 999, 600).startswith("\\x1b[31m\\ud800 x")


def _harmless(text: str) -> None:
    fragment: Any = html.fragment_fromstring(text, create_parent="div")
    assert fragment.xpath(".//script|.//@*[starts-with(name(), 'on')]") == []
    _no_controls(text)


def _no_controls(text: str) -> None:
    assert not [char for char in text if (ord(char) < 32 and char not in "\n\t") or 0x7F <= ord(char) < 0xA0]
    assert not set(text) & {"\u202e", "\u2066", "\ufeff", "\ufffe", "\ud800"}
