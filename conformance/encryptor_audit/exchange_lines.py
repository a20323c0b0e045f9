"""What the terminal says about one exchange: a line, and one more for each thing that is to be said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.encryptor_audit.observed_exchange import ANSWER, ObservedExchange, told
from conformance.judge import Judgement
from conformance.model import Verdict
from conformance.model.headers import SPEKE_VERSION

MOST_FINDINGS = 3
"""Findings of one question that are told; the report has them all."""


def lines_of(context: ObservedExchange, number: int, found: Sequence[Judgement]) -> Iterator[str]:
    """The lines of one exchange; their texts may still hold what has to be redacted."""
    exchange = context.exchange
    header = ", ".join(context.headers(SPEKE_VERSION)) or "no version"
    written = context.sent.version if context.sent is not None else None
    ask = f"{exchange.request.method} {header[:20]}/{(written or 'none')[:20]}"
    yield (
        f"{exchange.started[11:19]} #{number} {ask}  {told(context.step.plan, context.sent)}  -> {_end(context)}  "
        + (_sum(found))
    )
    for one in found:
        who = "key server" if one.step == ANSWER else "encryptor"
        texts = one.findings
        for finding in texts[:MOST_FINDINGS]:
            seen = f"{finding.where}: expected {finding.expected}; seen {finding.seen}"
            hint = f" ({finding.hint})" if finding.hint else ""
            yield f"    {one.verdict.value:<9}{who}: {one.check}: {seen}{hint}"
        if len(texts) > MOST_FINDINGS:
            yield f"    {'':<9}and {len(texts) - MOST_FINDINGS} more of {one.check}"
        if not texts:
            yield f"    {one.verdict.value:<9}{who}: {one.check}: {one.reason}"


def _end(context: ObservedExchange) -> str:
    answer = context.exchange.answer
    if answer is None:
        return f"no answer: {context.failure_sentence}"
    said = f" {context.excerpt}" if context.refused else ""
    return f"{answer.status}{said} in {context.exchange.seconds * 1000:.0f} ms"


def _sum(found: Sequence[Judgement]) -> str:
    counts = [
        f"{count} {verdict.value}"
        for verdict in (Verdict.FAIL, Verdict.ERROR, Verdict.ADVISORY, Verdict.NOTE)
        if (count := sum(one.verdict is verdict for one in found))
    ]
    return ", ".join(counts) or "ok"
