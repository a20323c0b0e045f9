"""Judges exchanges that came by, one after the other, on a thread of its own: nobody waits for a verdict."""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from conformance.checks.registry import Check, Untestable
from conformance.encryptor_audit.answer_checks import key_places
from conformance.encryptor_audit.audit_rules import Rules
from conformance.encryptor_audit.exchange_lines import lines_of
from conformance.encryptor_audit.history import History
from conformance.encryptor_audit.observed_exchange import (
    REQUEST,
    ObservedExchange,
    at_answer,
    is_probe,
    passing,
    speaks_v2,
)
from conformance.encryptor_audit.particulars import generalised
from conformance.judge import Judgement
from conformance.model import Case, Claims, Exchange, Result, ResultState, Verdict
from conformance.recording.exchange_record import Recorder
from conformance.recording.records import Exchanges
from conformance.redaction.redactor import Redactor
from conformance.run.asking import ask_at, result_of

WHOLE = 100
"""Exchanges that the report keeps whatever they show; later ones only where they show something new."""
MOST_KEPT = 400
MOST_WAITING = 1000
"""Exchanges that may wait to be judged; more are counted and let go, because the encryptor must not wait for us."""

_SHOWN = (Verdict.FAIL, Verdict.ADVISORY, Verdict.NOTE, Verdict.ERROR)


@dataclass
class AuditCounts:
    """What an audit has seen so far."""

    exchanges: int = 0
    probes: int = 0
    dropped: int = 0
    """Exchanges that nobody had time to judge."""
    not_kept: int = 0
    encrypted: int = 0
    """Answers whose keys are encrypted for the encryptor."""
    sealed: Counter[str] = field(default_factory=Counter)
    """Questions about answers with encrypted keys that could not be asked."""
    v1: int = 0
    """Requests without X-Speke-Version, whose answers no rule of SPEKE v2 binds."""
    unanswered: int = 0
    misaddressed: int = 0
    """Requests with a signature of the encryptor's that the key server turned away."""
    versions: set[str] = field(default_factory=set)
    schemes: set[tuple[str, str]] = field(default_factory=set)


class Auditor:
    """Takes exchanges in, says a line about each, and keeps what the report needs. `close` waits for the last."""

    def __init__(self, rules: Rules, redactor: Redactor, say: Callable[[str], None]) -> None:
        self.rules = rules
        self.tally = AuditCounts()
        self.judgements: list[Judgement] = []
        self.cases: list[Case] = []
        self.recorder = Recorder(redactor)
        self._redactor = redactor
        self._say = say
        self._memory = History(redactor.fingerprint)
        self._seen: set[tuple[str, str, str]] = set()
        self._waiting: queue.Queue[Exchange | None] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._work, name="speke-audit", daemon=True)
        self._thread.start()

    @property
    def exchanges(self) -> Exchanges:
        """The records of the exchanges that are kept, free of secrets."""
        return self.recorder.exchanges

    def passed(self, exchange: Exchange) -> None:
        """An exchange came by; it is judged later. The request's headers must be free of credentials already."""
        try:
            self._waiting.put_nowait(exchange)
        except queue.Full:
            self.tally.dropped += 1

    def close(self) -> None:
        """Judge what is still waiting, and stop."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (exchange := self._waiting.get()) is not None:
            try:
                self._judge(exchange)
            except Exception as error:  # a bug of ours must cost one exchange its verdict, never the process
                self._say(f"this exchange could not be judged ({type(error).__name__}); please report it as a bug")

    def _judge(self, exchange: Exchange) -> None:
        if is_probe(exchange):
            self.tally.probes += 1
            status = exchange.answer.status if exchange.answer else "no answer"
            self._say(f"{exchange.started[11:19]} {exchange.request.method} without a body: no key request -> {status}")
            return
        self.tally.exchanges += 1
        context = passing(self.tally.exchanges, exchange, self.rules.rulebook.claims, self._memory)
        # Recorded first: the redactor has to know the keys before any word is said about the exchange.
        self.recorder.observe(context)
        found = [*self._of_request(context), *self._of_answer(context)]
        self._count(context)
        self._remember(context)
        for line in lines_of(context, self.tally.exchanges, [one for one in found if one.verdict in _SHOWN]):
            self._say(self._redactor.line(line))
        self._keep(context, found)

    # --- asking

    def _of_request(self, context: ObservedExchange) -> list[Judgement]:
        step = context.case.steps[0]
        results = [ask_at(context, context.case, step, check) for check in self._in_force(context, self.rules.duties)]
        return self._judged(self._excused(context, results))

    def _in_force(self, context: ObservedExchange, checks: Mapping[str, Check]) -> Iterator[Check]:
        """The questions of which some rule holds in the version of the request."""
        held = self.rules.rulebook.relevant
        return (check for check in checks.values() if held(check.requirements, context.version))

    def _excused(self, context: ObservedExchange, results: Iterable[Result]) -> Iterable[Result]:
        """The results, with what the encryptor is known for noted under its habit instead."""
        found = {one.check: one for one in results}
        for habit in self.rules.habits:
            judged = found.get(habit.request_check)
            usual = tuple(one for one in judged.findings if habit.covers(judged.check, one)) if judged else ()
            if judged is not None and usual:
                left = tuple(one for one in judged.findings if one not in usual)
                found[judged.check] = replace(judged, findings=left)
                check = self.rules.duties[habit.requirement.id]
                found[check.id] = result_of(context.case, context.case.steps[0], check, ResultState.ASKED, found=usual)
        return found.values()

    def _of_answer(self, context: ObservedExchange) -> list[Judgement]:
        if not self.rules.answers:
            return []
        if not speaks_v2(context.exchange):
            self.tally.v1 += 1
            return []
        if context.exchange.answer is None:
            self.tally.unanswered += 1
            return []
        answered = at_answer(context)
        encrypted = _has_encrypted_keys(context)
        self.tally.encrypted += encrypted
        results = []
        for check in self._in_force(context, self.rules.answers):
            if context.sent is not None and not check.applies(context.shape):
                continue
            result = ask_at(answered, context.case, answered.step, check)
            if encrypted and result.state is ResultState.UNTESTABLE:
                self.tally.sealed[check.id] += 1
            results.append(result)
        return self._judged(results)

    def _judged(self, results: Iterable[Result]) -> list[Judgement]:
        # What could not be asked is no gap here: nothing is promised of exchanges that others begin.
        asked = (one for one in results if one.state in (ResultState.ASKED, ResultState.ERROR))
        return [self.rules.rulebook.judge(self._redactor.result(one)) for one in asked]

    # --- remembering

    def _count(self, context: ObservedExchange) -> None:
        answer = context.exchange.answer
        signed = any(value.startswith("AWS4-") for value in context.headers("authorization"))
        self.tally.misaddressed += signed and answer is not None and answer.status in (401, 403)
        if context.sent is None:
            return
        plan = context.step.plan
        self.tally.versions.add(context.version)
        self.tally.schemes |= {(system, plan.scheme) for system in plan.systems if plan.scheme}

    def _remember(self, context: ObservedExchange) -> None:
        document = context.sent
        if document is None:
            return
        content = document.content_id or document.id or ""
        self._memory.learn_kids(document)
        self._memory.content(content).refused = context.refused and speaks_v2(context.exchange)
        if context.accepted and context.document_error is None:
            try:
                for place, key in key_places(context):
                    self._memory.learn_key(content, place, key)
            except Untestable:
                return

    def _keep(self, context: ObservedExchange, found: list[Judgement]) -> None:
        news = {
            (one.verdict.value, one.check, generalised(seen.seen))
            for one in found
            if one.verdict in _SHOWN
            for seen in one.findings[:1]
        } - self._seen
        kept = len(self.cases)
        if kept < WHOLE or (news and kept < MOST_KEPT):
            self._seen |= news
            title = self._redactor.line(context.case.title)
            self.cases.append(replace(context.case, title=title))
            self.judgements += found
        else:
            self.tally.not_kept += 1
            self.recorder.exchanges.pop(f"{context.case.name}::{REQUEST}", None)

    @property
    def claims(self) -> Claims:
        """What was asked for, as claims."""
        return Claims(frozenset(self.tally.versions), frozenset(self.tally.schemes))


def _has_encrypted_keys(context: ObservedExchange) -> bool:
    if not context.accepted or context.document_error is not None:
        return False
    return any(key.encrypted for key in context.document.content_keys)
