"""Short ways to put an encryptor's request, and what came of it, before an auditor."""

from __future__ import annotations

import dataclasses

from conformance import refserver
from conformance.encryptor_audit.audit_rules import make_rules
from conformance.encryptor_audit.auditor import Auditor
from conformance.encryptor_audit.foreign_credentials import without_credentials
from conformance.encryptor_audit.quirks import encryptor_named
from conformance.encryptor_audit.report import AuditFacts, audit_document
from conformance.model import Exchange, HttpAnswer, HttpRequest
from conformance.redaction.redactor import Redactor
from conformance.results.document import Document
from conformance.run.profile import load_profile
from tests.refserver.asking import Ask

SALT = b"a salt for tests"
ABOUT = AuditFacts("speke-conformance serve --audit", "2026-01-01T00:00:00Z", "an encryptor")


class Trial:
    """An auditor with what it said; `send` lets the reference server answer an encryptor's request."""

    def __init__(self, encryptor: str = "", *, proxy: bool = False, faults: tuple[str, ...] = ()) -> None:
        self.lines: list[str] = []
        rules = make_rules(
            encryptor_named(encryptor) if encryptor else None, load_profile("default") if proxy else None
        )
        self.auditor = Auditor(rules, Redactor(SALT), self.lines.append)
        self.state = refserver.ServerState()
        known = refserver.load_faults() if faults else {}
        self.faults = [known[name] for name in faults]
        self.answers: list[HttpAnswer] = []

    def send(self, *asks: Ask, headers: tuple[tuple[str, str], ...] = ()) -> Trial:
        """Let these requests come by."""
        for ask in asks:
            asked = ask.request()
            asked = dataclasses.replace(asked, headers=(*asked.headers, *headers))
            made = refserver.answer(asked, None, self.faults, self.state)
            self.answers.append(HttpAnswer(made.status, made.headers, made.body))
            self.pass_by(asked.method, asked.headers, asked.body, self.answers[-1])
        return self

    def pass_by(
        self, method: str, headers: tuple[tuple[str, str], ...], body: bytes, answer: HttpAnswer | None
    ) -> Trial:
        """Let one exchange come by."""
        request = HttpRequest(method, "http://127.0.0.1/speke", without_credentials(headers), body)
        self.auditor.passed(Exchange(request, answer, None, "2026-01-01T00:00:00.000Z", 0.001))
        return self

    def end(self) -> Trial:
        """Wait for the last judgement."""
        self.auditor.close()
        return self

    def found(self, *verdicts: str) -> set[str]:
        """Ids of the questions with one of these verdicts (FAIL where none is named)."""
        wanted = verdicts or ("FAIL",)
        return {one.check for one in self.auditor.judgements if one.verdict.value in wanted}

    def document(self) -> tuple[Document, int]:
        """The result document and the exit status."""
        return audit_document(self.auditor, ABOUT)


def failing(*asks: Ask) -> set[str]:
    """The duties that these requests break, the last one included."""
    return Trial().send(*asks).end().found()
