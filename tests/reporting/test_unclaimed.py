"""What discovery leaves out stands where nobody can miss it: in the terminal, in the summary and on page one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.model import Unclaimed
from conformance.reporting.markdown import summary_md
from conformance.reporting.qualification_page import qualification_html
from conformance.reporting.terminal import terminal_lines
from conformance.reporting.unclaimed_text import ADVICE, claim_title, unclaimed_lines
from conformance.results.document import Document

PLAIN = Unclaimed(claim="version.2.1", answer="422 'Unsupported SPEKE version'", why="it says so", doubtful=False)
CRASH = Unclaimed(claim="playready+cbcs", answer="500 'boom'", why="nothing is answered otherwise", doubtful=True)
OLD = Unclaimed(claim="key-encryption", answer="answered with keys in the clear")


@pytest.fixture
def document(small: Document) -> Document:
    """A run that discovered its claims."""
    small.claims.refusals = [PLAIN, CRASH, OLD]
    return small


def test_what_may_be_a_crash_stands_first(document: Document) -> None:
    assert [(one.title, one.advice) for one in unclaimed_lines(document)] == [
        ("PlayReady with cbcs", ADVICE),
        ("SPEKE 2.1", ""),
        ("key encryption", ""),
    ]


def test_what_was_answered_alike_stands_in_one_line(document: Document) -> None:
    document.claims.refusals = [CRASH, replace(CRASH, claim="fairplay+cbcs"), PLAIN]
    first, second = unclaimed_lines(document)
    assert first.text.startswith("PlayReady with cbcs and FairPlay with cbcs were answered 500 'boom'")
    assert second.title == "SPEKE 2.1"


def test_the_terminal_says_it(document: Document) -> None:
    lines = [line.text for line in terminal_lines(document, 300)]
    assert f"ADVISORY  not claimed: PlayReady with cbcs was answered 500 'boom': {CRASH.why}; {ADVICE}" in lines
    assert "not claimed: SPEKE 2.1 was answered 422 'Unsupported SPEKE version': it says so" in lines
    assert "not claimed: key encryption was answered with keys in the clear" in lines


def test_the_summary_says_it(document: Document) -> None:
    text = summary_md(document)
    assert "- **Advisory, not claimed** PlayReady with cbcs was answered 500" in text
    assert "- **Not claimed** SPEKE 2.1" in text


def test_page_one_says_it_and_folds_nothing(document: Document) -> None:
    page = qualification_html(document)
    start = page.index('id="unclaimed"')
    before = page[:start]
    assert before.count("<details") == before.count("</details>")
    assert "<strong>PlayReady with cbcs</strong> was answered 500" in page[start:]
    for line in unclaimed_lines(document):
        assert line.title in page[start:]


def test_claims_have_names_for_readers() -> None:
    assert claim_title("version.2.0") == "SPEKE 2.0"
    assert claim_title("clearkey-aes-128+cbc1") == "Clear Key AES-128 with cbc1"
    assert claim_title("nobody+cenc") == "nobody with cenc"
