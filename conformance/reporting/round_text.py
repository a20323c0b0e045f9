"""One round of `watch` in words: what is fixed, what is new, what is still there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.diagnosis.diagnose import diagnose
from conformance.model import Verdict
from conformance.results.document import Difference, Document, ResultChange
from conformance.results.index import ResultsIndex

MOST = 8
"""Lines of one kind; a terminal in a loop is no place for more."""


def round_lines(document: Document, since: Difference | None) -> Iterator[str]:
    """What changed since the round before; without one what fails now."""
    failed = document.counts.get(Verdict.FAIL, 0) + document.counts.get(Verdict.ERROR, 0)
    open_ = document.counts.get(Verdict.UNTESTABLE, 0)
    now = f"{failed} failed" + (f", {open_} could not run" if open_ else "")
    if since is None:
        yield f"{now}; seed {document.run.seed}"
        yield from _causes(document)
        return
    still = [*since.still_failing, *since.unanswered]
    yield (
        f"{len(since.newly_passing)} fixed, {len(since.newly_failing)} new, {len(still)} still there ({now}); "
        f"seed {document.run.seed}"
    )
    yield from _by_check("fixed", since.newly_passing)
    yield from _by_check("NEW", since.newly_failing)
    yield from _by_check("still", still)
    if not failed and not open_:
        yield "None of these fails any more: run the full suite now."


def _causes(document: Document) -> Iterator[str]:
    causes = diagnose(ResultsIndex(document)).of_verdict("FAIL", "ERROR", "UNTESTABLE")
    for cause in causes[:MOST]:
        yield f"  {cause.title} (×{cause.count})"
        if cause.fix:
            yield f"      fix: {cause.fix}"
    if len(causes) > MOST:
        yield f"  and {len(causes) - MOST} more causes"


def _by_check(word: str, changes: Sequence[ResultChange]) -> Iterator[str]:
    groups: dict[str, list[ResultChange]] = {}
    for one in changes:
        groups.setdefault(one.check, []).append(one)
    for check, those in list(groups.items())[:MOST]:
        yield f"  {word:<6} {check} (×{len(those)}): {those[0].question}"
        if word == "NEW" and those[0].seen:
            yield f"         {those[0].case}::{those[0].step}: seen {those[0].seen}"
    if len(groups) > MOST:
        yield f"  {word:<6} and {len(groups) - MOST} more checks"
