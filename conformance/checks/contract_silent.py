"""Encryption contracts on which the pages are silent or disagree: what the server does with them."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.contract import RULES
from conformance.checks.contract_rules import ignored
from conformance.checks.registry import Need, NotApplicable, check
from conformance.model import Finding


@check("contract.ignored-filters", "SPK20-CON-P08", need=Need.ANSWER)
def ignored_filters(ctx: Context) -> Iterator[Finding]:
    """What happens to a BitrateFilter or VideoFilter@wcg that was sent is recorded.

    One page says that they are ignored, another that they make the contract malformed.
    """
    asked = [name for rule in ctx.request.rules for name in ignored(rule)]
    if not asked:
        raise NotApplicable("the request holds neither a BitrateFilter nor a wcg attribute")
    what = " and ".join(sorted(set(asked)))
    if not ctx.accepted:
        yield Finding("status line", "(silent)", f"{what}: refused with {ctx.answer.status}")
        return
    answered = [name for rule in ctx.document.rules for name in ignored(rule)]
    yield Finding(RULES, "(silent)", f"{what}: accepted and {'echoed' if answered else 'dropped'}")


@check("contract.one-filter-sd-hd1-accepted", "SPK20-CON-P11", need=Need.ANSWER)
def one_filter_sd_hd1_accepted(ctx: Context) -> Iterator[Finding]:
    """A rule `SD+HD1` with a single VideoFilter is accepted.

    The count rule forbids it, AWS's verification suite sends it.
    """
    if not any(rule.intended_track_type == "SD+HD1" and len(rule.video) == 1 for rule in ctx.request.rules):
        raise NotApplicable("the request holds no rule SD+HD1 with one filter")
    if not ctx.accepted:
        yield Finding("status line", "200", f"{ctx.answer.status}: {ctx.excerpt}")


@check("contract.all-beside-others-refused", "SPK20-CON-P12", need=Need.ANSWER)
def all_beside_others_refused(ctx: Context) -> Iterator[Finding]:
    """A contract with an `ALL` rule beside other rules is refused."""
    types = [rule.intended_track_type for rule in ctx.request.rules]
    if "ALL" not in types or len(types) == 1:
        raise NotApplicable("the request holds no ALL rule beside others")
    if ctx.accepted:
        yield Finding("status line", "a refusal", "200")
