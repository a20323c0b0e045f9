"""A whole run for the checks of this room: the facts of some exchanges."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.checks.context import Context
from conformance.checks.run.gather import facts_of
from conformance.checks.run.laws import WholeRun
from conformance.ledger.facts import ExchangeFacts
from conformance.model import WHOLE_RUN, Case, Claims
from conformance.redaction.redactor import Redactor
from tests.checks.exchange import a_step, claims


def facts(*contexts: Context) -> list[ExchangeFacts]:
    """The facts of exchanges in their order; the keys of all of them are known, as at the end of a run."""
    redactor = Redactor(b"salt")
    for context in contexts:
        if context.accepted and context.document_error is None:
            for key in context.keys.values():
                redactor.learn(key)
    return [facts_of(one, redactor, f"CASE-{place}") for place, one in enumerate(contexts, 1)]


def whole(*contexts: Context, left_out: int = 0, found: Mapping[str, Claims] | None = None) -> WholeRun:
    """A run with these exchanges."""
    step = a_step(id="all", expect=WHOLE_RUN)
    return WholeRun(
        Case("RUN", "a run", "for a test", "2.0", (step,)), step, facts(*contexts), claims(), left_out, found
    )
