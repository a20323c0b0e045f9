"""The report of an audit: the same document and the same views as those of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.encryptor_audit.auditor import Auditor
from conformance.judge import Ending, exit_status, summarize
from conformance.reporting.terminal import terminal_lines
from conformance.reporting.writer import write_reports
from conformance.results.build import results_document
from conformance.results.document import AuditRecord, Document, RunWarning
from conformance.results.judgements import Judgements
from conformance.results.run_facts import RunFacts, environment
from conformance.results.run_record import RunRecord, TargetRecord
from conformance.run.clock import utc_now
from conformance.run.command import Pasting

WIDTH = 100


@dataclass(frozen=True, slots=True)
class AuditFacts:
    """What the report says of the audit itself."""

    command: str
    started: str
    host: str
    scheme: str = ""
    auth_kind: str = "none"
    encryptor: str = ""
    """The name given with --as."""
    insecure: bool = False
    faults: tuple[str, ...] = ()
    timeout: float = 0.0
    strict: bool = False


def audit_document(auditor: Auditor, about: AuditFacts) -> tuple[Document, int]:
    """The result document and the exit status: 1 where something failed, 5 where nothing came, 10 for a bug of ours."""
    rules, tally = auditor.rules, auditor.tally
    facts = RunFacts(
        RunRecord(
            TargetRecord(about.host, about.scheme, faults=list(about.faults)),
            seed="none, the encryptor chooses",
            started=about.started,
            finished=utc_now(),
            auth={"kind": about.auth_kind},
            insecure=about.insecure,
            timeout=about.timeout,
            strict=about.strict,
            labels={"as": about.encryptor} if about.encryptor else {},
            command=about.command,
        ),
        profile=rules.profile,
        claims=auditor.claims,
        sets=rules.rulebook.sets,
        cases=tuple(auditor.cases),
        checks=rules.checks,
        catalogue=rules.catalogue,
        environment=environment(),
    )
    # Nobody knows what else the encryptor would send: an audit is a selection, and has no outcome.
    summary = summarize(auditor.judgements, rules.rulebook, Ending(partial=True))
    status = exit_status(summary, auditor.judgements, gate="regression")
    judgements = Judgements(auditor.judgements)
    document = results_document(facts, judgements, auditor.exchanges, summary, status)
    document.matrix = []
    document.warnings = [
        *(one for one in document.warnings if one.id != "nothing-claimed"),
        *(RunWarning(name, text) for name, text in limits_of(auditor)),
    ]
    document.audit = AuditRecord(tally.exchanges, len(auditor.cases), about.encryptor)
    return document, status


def limits_of(auditor: Auditor) -> Iterator[tuple[str, str]]:
    """Name and sentence of everything that the audit could not judge."""
    tally = auditor.tally
    if tally.encrypted:
        asked = ", ".join(sorted(tally.sealed)[:6]) + (" and others" if len(tally.sealed) > 6 else "")
        yield (
            "encrypted-keys",
            f"the keys of {tally.encrypted} answers are encrypted for the encryptor: nothing that needs their values "
            f"could be judged ({asked or 'no check needed them'})",
        )
    if tally.v1 and auditor.rules.answers:
        yield (
            "v1-requests",
            f"{tally.v1} requests had no X-Speke-Version and belong to the v1 workflow: their answers were not judged",
        )
    if tally.unanswered:
        yield "no-answers-passed", f"the key server gave no complete answer to {tally.unanswered} requests"
    if tally.misaddressed and auditor.rules.answers:
        yield (
            "signed-for-the-proxy",
            f"{tally.misaddressed} requests with a signature were answered 401 or 403: a signature covers the host, so "
            "the encryptor's does not hold behind a proxy; let the proxy re-sign with --auth sigv4",
        )
    if tally.dropped:
        yield "not-judged", f"{tally.dropped} exchanges came faster than they could be judged and were let through"
    if tally.not_kept:
        yield (
            "not-kept",
            f"{tally.not_kept} exchanges were judged and showed nothing new; the report counts them and does not keep "
            "them",
        )


def finish(auditor: Auditor, about: AuditFacts, report_dir: Path) -> tuple[list[str], int]:
    """Wait for the last judgement, write the report, and give the lines for the terminal and the exit status.

    Raises ReportError where the report cannot be written.
    """
    auditor.close()
    if not auditor.tally.exchanges:
        return ["No request came, so there is nothing to report."], 5
    document, status = audit_document(auditor, about)
    folder = write_reports(document, report_dir)
    return [line.text for line in terminal_lines(document, WIDTH, Pasting(folder=str(folder)))], status
