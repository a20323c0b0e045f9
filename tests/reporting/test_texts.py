"""What people read in a terminal and on a CI page: golden files, causes first, warnings.

`UPDATE_GOLDEN=1` writes the golden files anew; look at the difference before keeping it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from conformance.model import Outcome, Verdict
from conformance.reporting.markdown import MOST_CAUSES, summary_md
from conformance.reporting.outcome_text import in_words
from conformance.reporting.terminal import IN_FULL, IN_LINES, terminal_lines
from conformance.results.bodies import safe_name
from conformance.results.document import Document
from conformance.run.command import Pasting

GOLDEN = Path(__file__).parent / "golden"


def _same(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def _terminal(document: Document, width: int = 100) -> str:
    lines = terminal_lines(document, width, Pasting(folder="reports/2026-03-01T100000Z"))
    return "\n".join(line.text for line in lines) + "\n"


def test_terminal_reads_as_agreed(small: Document) -> None:
    _same("terminal.txt", _terminal(small))


def test_terminal_is_narrow_where_it_must_be(small: Document) -> None:
    _same("terminal-60.txt", _terminal(small, 60))


def test_markdown_reads_as_agreed(small: Document) -> None:
    _same("summary.md", summary_md(small))


def test_markdown_says_how_much_it_leaves_out(small: Document) -> None:
    one = small.results[0]
    small.results = [replace(one, check=f"made.up-{chr(97 + at // 26)}{chr(97 + at % 26)}") for at in range(50)]
    small.results += [replace(one, verdict=Verdict.ADVISORY, check="made.advice")]
    text = summary_md(small)
    assert text.count("`made.up-") == MOST_CAUSES
    assert "- and 35 more causes with 35 results\n" in text
    assert "(advice or known deviations) with 1 result" in text


def test_quiet_run_is_short(small: Document) -> None:
    small.results, small.stale, small.warnings = [], [], []
    small.outcome, small.counts, small.exit_status = Outcome.QUALIFIED, {Verdict.PASS: 1}, 0
    small.sets = [replace(one, outcome=Outcome.QUALIFIED) for one in small.sets[:2]]
    _same("terminal-quiet.txt", _terminal(small))


def test_live_failure_says_everything(faulty: Document) -> None:
    text = _terminal(faulty)
    start = text.index("FAIL  One content key serves for several KIDs")
    paragraph = text[start : text.index("\n\n", start)]
    for label in ("wrong", "fix", "effect", "so", "list", "example", "where", "expected", "seen", "in ", "repeat"):
        assert f"\n  {label}" in paragraph, label
    assert "--fault KEY-SAME-FOR-ALL" in paragraph


def test_terminal_does_not_tell_more_than_anybody_reads(small: Document) -> None:
    one = small.results[0]
    small.results = [replace(one, check=f"made.up-{chr(97 + at // 26)}{chr(97 + at % 26)}") for at in range(50)]
    text = _terminal(small)
    assert text.count("FAIL  made.up") == IN_FULL + IN_LINES
    assert "and 30 more causes with 30 results" in text
    everything = "\n".join(line.text for line in terminal_lines(small, 100, everything=True))
    assert everything.count("FAIL  made.up") == 50 and "more causes" not in everything


@pytest.mark.parametrize(
    ("changes", "banner"),
    [
        ({"interrupted": True}, "INTERRUPTED"),
        ({"partial": True}, "PARTIAL"),
        ({"incomplete": "nobody listens"}, "INCOMPLETE: nobody listens"),
    ],
)
def test_banner_says_why_a_report_does_not_count(small: Document, changes: dict[str, Any], banner: str) -> None:
    assert in_words(small).banner == ""
    small.run = replace(small.run, **changes)
    assert in_words(small).banner.startswith(banner)
    small.outcome = Outcome.PARTIAL if "partial" in changes else Outcome.INCOMPLETE
    assert banner in summary_md(small)


def test_document_that_breaks_off_says_so(small: Document) -> None:
    small.complete = False
    assert in_words(small).banner.startswith("INCOMPLETE")


def test_file_names_are_harmless() -> None:
    assert safe_name("KEYS-1[2.0-cbcs]") == "KEYS-1_2.0-cbcs"
    assert safe_name("../../etc/passwd") == "etc_passwd"
    assert safe_name("…") == "_"
