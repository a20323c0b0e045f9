"""The statement on one page: what a partner manager may say, and what not."""

from __future__ import annotations

from typing import Any

from lxml import html
from msgspec.structs import replace

from conformance.model import Outcome
from conformance.reporting.statement_page import statement_html
from conformance.results.document import Document


def text_of(document: Document, *cover: str) -> str:
    page: Any = html.document_fromstring(statement_html(document, cover))
    assert page.xpath("//script|//link|//img|//*[@style]") == []
    return " ".join(page.xpath("string(//main)").split())


def test_it_names_product_run_outcome_and_limits(good: Document) -> None:
    text = text_of(good, "Example Keys 7.2")
    for wanted in (
        "Example Keys 7.2",
        "Jo",
        ["build", "1.0"][1],
        "speke-2.0@1",
        "What this statement does not say",
        "It is not a certificate",
        "is not a product",
        "Exclusions",
        "Known deviations None.",
    ):
        assert wanted in text, wanted


def test_known_deviations_and_exclusions_are_in_words(small: Document) -> None:
    text = text_of(small)
    assert "fixed in 4.2" in text
    assert "1 cases were not run." in text
    assert "1 rules of the required sets were not checked" in text
    assert "Who ran it is not stated." in text


def test_a_selection_says_that_it_is_no_statement(small: Document) -> None:
    small.run = replace(small.run, partial=True)
    small.outcome = Outcome.PARTIAL
    assert text_of(small).startswith("PARTIAL: only a selection was run.")
