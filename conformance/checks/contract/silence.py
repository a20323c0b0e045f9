"""Contracts about which the pages are silent or disagree: what the server makes of them is recorded, whatever it is."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.http.answer import outcome_of
from conformance.checks.registry import Need, Subject, check
from conformance.model import Finding


@check("contract.one-filter-outcome", "SPK20-CON-P13", need=Need.ANSWER, subject=Subject.EXPECTATION)
def one_filter_outcome(ctx: Context) -> Iterator[Finding]:
    """What becomes of a rule SD+HD1 with a single VideoFilter is recorded.

    The rule about the number of filters forbids it, and AWS's verification suite sends it.
    """
    yield Finding("status", "(silent)", outcome_of(ctx))


@check("contract.all-beside-others-outcome", "SPK20-CON-P14", need=Need.ANSWER, subject=Subject.EXPECTATION)
def all_beside_others_outcome(ctx: Context) -> Iterator[Finding]:
    """What becomes of a rule ALL beside other rules is recorded.

    That ALL is the only rule is only implied, and AWS's verification suite wants a refusal.
    """
    yield Finding("status", "(silent)", outcome_of(ctx))
