"""The outcome of a run in words: what it is called, what it means in a sentence, and why it may not count."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.model import Outcome, Verdict
from conformance.results.document import AuditRecord, Document


@dataclass(frozen=True, slots=True)
class OutcomeText:
    """An outcome for people."""

    outcome: str
    meaning: str
    banner: str
    """What has to stand on top of every report of this run; empty for a run that is whole."""


def in_words(document: Document) -> OutcomeText:
    """The outcome of a result document in words."""
    return OutcomeText(document.outcome.value, _meaning(document, document.outcome), _banner(document))


def _meaning(document: Document, outcome: Outcome) -> str:
    counts = document.counts
    required = [one for one in document.sets if one.required and one.claimed]
    if outcome is Outcome.QUALIFIED:
        return f"All {len(required)} required sets passed."
    if outcome is Outcome.QUALIFIED_WITH_ADVISORIES:
        return (
            "All required and claimed binding rules passed. "
            "There is advice to read, or a known deviation from a recommendation."
        )
    if outcome is Outcome.NOT_QUALIFIED:
        bad = [one.id for one in required if one.outcome is outcome]
        broken = counts.get(Verdict.FAIL, 0)
        known = counts.get(Verdict.KNOWN, 0)
        parts = [
            f"{broken} result{_s(broken)} failed" if broken else "",
            f"{known} known deviation{_s(known)}" if known else "",
        ]
        return f"Binding rules are broken in {_listed(bad)}: {' and '.join(part for part in parts if part)}."
    if document.audit is not None:
        return _of_audit(document, document.audit)
    if outcome is Outcome.PARTIAL:
        broken = counts.get(Verdict.FAIL, 0)
        found = f"{broken} result{_s(broken)} failed. " if broken else ""
        return f"{found}Only a selection of the checks ran, so there is no outcome."
    if outcome is Outcome.INCOMPLETE:
        return _incomplete(document)
    return "Nothing that is required was claimed."


def _of_audit(document: Document, audit: AuditRecord) -> str:
    count, failed = audit.exchanges, document.counts.get(Verdict.FAIL, 0)
    found = f"{failed} result{_s(failed)} failed" if failed else "no binding rule was broken"
    return (
        f"{count} exchange{_s(count)} came by and {found}; what was never sent was not judged, so there is no outcome."
    )


def _incomplete(document: Document) -> str:
    counts = document.counts
    missing = counts.get(Verdict.UNTESTABLE, 0)
    broken = counts.get(Verdict.ERROR, 0)
    parts = []
    if missing:
        parts.append(f"{missing:,} of {document.count:,} checks could not run")
    if broken:
        parts.append(f"the suite itself broke at {broken:,}")
    why = " and ".join(parts) or document.run.incomplete.rstrip(".") or "some required checks did not run"
    return f"No verdict: {why}."


def _banner(document: Document) -> str:
    run = document.run
    if not document.complete:
        return "INCOMPLETE: this document is cut off; it was not written completely."
    if run.interrupted:
        return "INTERRUPTED: the run was stopped before all checks had run. This report is not evidence."
    if document.audit:
        return "AUDIT: only the traffic that came by was judged. This report has no outcome and is not evidence."
    if run.partial and (document.count or not run.incomplete):
        return "PARTIAL: only a selection was run. This report has no outcome and is not evidence."
    if run.incomplete:
        return f"INCOMPLETE: {run.incomplete.rstrip('.')}. This report is not evidence."
    if document.outcome is Outcome.INCOMPLETE:
        return "INCOMPLETE: some required checks did not run. This report is not evidence."
    return ""


def _listed(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names) or "a required set"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
