"""The statement on one page: what a partner manager may say of this run, and what it does not say."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256

from markupsafe import Markup

from conformance.model import Outcome, Verdict
from conformance.reporting.front_page import facts_of_run, outcome_kind
from conformance.reporting.outcome_text import in_words
from conformance.reporting.qualification_page import environment, page_file
from conformance.reporting.unclaimed_text import claim_title
from conformance.results.document import Document

MOST_DEVIATIONS = 5
"""Known deviations that have room; the report has all of them."""


def statement_html(document: Document, cover: Sequence[str] = ()) -> str:
    """The page, without script; `cover` are lines of somebody who hands it to others."""
    style = page_file("statement.css")
    words = in_words(document)
    known = _known(document)
    return (
        environment()
        .get_template("statement.html.j2")
        .render(
            document=document,
            cover=cover,
            words=words,
            kind=outcome_kind(words.outcome),
            facts=[(name, value) for name, value in facts_of_run(document) if name not in ("Repeat", "Gate")],
            sets=[one for one in document.sets if one.required],
            reported=[one.id for one in document.sets if not one.required],
            exclusions=list(_exclusions(document)),
            known=known[:MOST_DEVIATIONS],
            more_known=len(known) - MOST_DEVIATIONS,
            silent=list(_not_said(document)),
            style=Markup(style),
            policy=f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'",
        )
    )


def _known(document: Document) -> list[str]:
    """The known deviations that show, in words, each once with where it is followed up."""
    entries = {
        (one.known.reason, one.known.reference, one.known.date): one.check
        for one in document.results
        if one.verdict is Verdict.KNOWN and one.known is not None
    }
    return [f"{reason} ({reference}, since {date}; {check})" for (reason, reference, date), check in entries.items()]


def _exclusions(document: Document) -> Iterator[str]:
    """What was left out, and by whose word."""
    claims = document.claims
    if claims.refusals:
        titles = list(dict.fromkeys(claim_title(one.claim) for one in claims.refusals))
        yield f"Not offered by the server, by its own answer: {', '.join(titles)}."
    unclaimed = [one.id for one in document.sets if one.required and one.outcome is Outcome.NOT_CLAIMED]
    if unclaimed:
        yield f"Required by the profile and not claimed: {', '.join(unclaimed)}."
    if claims.refuses:
        yield f"Refused by the provider's own policy: {', '.join(claims.refuses)}."
    if document.profile.cases:
        yield f"The profile runs a selection of {len(document.profile.cases)} cases."
    if document.not_run:
        yield f"{len(document.not_run)} cases were not run."
    if document.not_covered:
        yield (f"{len(document.not_covered)} rules of the required sets were not checked; the report names them.")


def _not_said(document: Document) -> Iterator[str]:
    """The limits of the statement."""
    yield "It covers the requests that were sent at the time above, and no other release."
    yield "It is not a certificate of AWS, of the DRM systems' owners or of this project."
    yield "It says nothing about licences, players, load, availability or the security of the key store."
    if document.run.target.built_in:
        yield "It is about the built-in reference key server, which is not a product."
    if document.claims.discovered:
        yield "What the server offers was discovered and not stated by its provider."
    if not document.run.who:
        yield "Who ran it is not stated."
