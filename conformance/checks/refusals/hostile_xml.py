"""Questions about hostile requests: is the text of their entities expanded, are their addresses fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.registry import Need, NotApplicable, Subject, Untestable, check
from conformance.model import FETCHED, NOT_FETCHED, Finding

ENTITY_TEXT = "expanded-entity-of-the-suite"
"""What the entity of the cases with a DOCTYPE stands for; it is in no request outside of its declaration."""

_EXPANDED = re.compile(rf"(?<![\"';]){ENTITY_TEXT}")
"""Not behind a quotation mark: an error body may quote the declaration itself."""


@check("safety.entity-not-expanded", "SAFE-XML-001", need=Need.ANSWER, subject=Subject.EXPECTATION)
def entity_not_expanded(ctx: Context) -> Iterator[Finding]:
    """The text of an entity that the request declares does not turn up in the answer.

    A server that expands entities of strangers can be made to read files and to run out of memory.
    """
    if ENTITY_TEXT.encode() not in ctx.exchange.request.body:
        raise NotApplicable("the request declares no entity")
    if _EXPANDED.search(ctx.text.raw):
        yield Finding("body", "no text of the declared entity", "the text of the entity")


@check("safety.external-address-not-fetched", "SAFE-XML-002", need=Need.EXCHANGE, subject=Subject.EXPECTATION)
def external_not_fetched(ctx: Context) -> Iterator[Finding]:
    """An address that the document type declaration of a request names is not fetched.

    The run listens at that address on this machine, so only a server on the same machine is asked.
    """
    if FETCHED in ctx.exchange.notes:
        yield Finding("DOCTYPE of the request", "nothing fetched from its addresses", "the server fetched one")
    elif NOT_FETCHED not in ctx.exchange.notes:
        raise Untestable("the run did not listen at the address that the request names")
