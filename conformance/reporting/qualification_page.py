"""The qualification page: one HTML file for the person who decides, readable without its script and its style."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from conformance.diagnosis.diagnose import diagnose
from conformance.redaction.escaping import visible
from conformance.reporting.finding_cards import finding_cards
from conformance.reporting.front_page import front_page
from conformance.reporting.page_cases import CaseWriter
from conformance.reporting.page_parts import contracts, latency, requirement_sets
from conformance.results.document import Document
from conformance.results.index import ResultsIndex


def qualification_html(document: Document, cover: Sequence[str] = ()) -> str:
    """The page. Every text is escaped, whoever wrote it; stories of steps without a finding give way where it grows.

    `cover` are lines that stand first on page one, of somebody who hands the report to others.
    """
    reading = ResultsIndex(document)
    diagnosis = diagnose(reading)
    cards = finding_cards(reading, diagnosis)
    page = environment().get_template("qualification.html.j2")
    return page.render(
        document=document,
        cover=cover,
        front=front_page(reading, diagnosis, cards),
        cards=cards,
        requirement_sets=requirement_sets(reading),
        contracts=contracts(reading),
        latency=latency(document),
        cases=CaseWriter(reading, environment()).areas(),
        style=Markup(page_file("style.css")),
        script=Markup(page_file("page.js")),
        policy=_policy(),
    )


@cache
def environment() -> Environment:
    """Templates in which everything is escaped and nothing invisible gets through."""
    made = Environment(
        loader=PackageLoader("conformance.reporting", "templates"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["slug"] = slug
    return made


def slug(name: str) -> str:
    """A name as an id of the page: legal in a fragment, and the same for the same name."""
    return "".join(char if char.isascii() and char.isalnum() else f"_{ord(char):x}_" for char in str(name))


def _shown(value: Any) -> Any:
    if isinstance(value, Markup):
        return value
    return visible(value) if isinstance(value, str) else value


@cache
def page_file(name: str) -> str:
    """A style or a script, as it stands in a page."""
    source, _, _ = PackageLoader("conformance.reporting", "templates").get_source(Environment(), name)
    return source


@cache
def _policy() -> str:
    """Nothing is fetched, and no script and no style is followed but our own, whatever a server wrote."""
    style, script = (b64encode(sha256(page_file(name).encode()).digest()).decode() for name in ("style.css", "page.js"))
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "base-uri 'none'; form-action 'none'"
    )
