"""What is kept of an exchange: redacted at capture, so that nothing later can leak what was never stored."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import asdict, replace
from itertools import islice
from typing import Any

from conformance.checks.context import Context
from conformance.checks.registry import Untestable
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.judge import Judgement
from conformance.model import Exchange
from conformance.recording.exchange_summary import summary_of_exchange
from conformance.redaction.redactor import MOST_LEARNED, Redactor


class Recorder:
    """Keeps exchanges as plain, redacted data; safe for use by several threads."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor
        self.exchanges: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def observe(self, context: Context) -> None:
        """Record a step's exchange. The keys it shows are learned first, so that they are recognised everywhere."""
        learn(context, self.redactor)
        record = exchange_record(_without_key(context), self.redactor)
        record |= {
            "case": context.case.name,
            "step": context.step.id,
            "story": summary_of_exchange(context, self.redactor),
        }
        if context.step.plan.transport != "configured":
            record["request"]["transport"] = context.step.plan.transport
        with self._lock:
            self.exchanges[f"{context.case.name}::{context.step.id}"] = record

    def take(self, case: str) -> dict[str, dict[str, Any]]:
        """The exchanges of one case recorded so far (to hand them to another process)."""
        with self._lock:
            return {name: one for name, one in self.exchanges.items() if one["case"] == case}


def _without_key(context: Context) -> Exchange:
    """The exchange without its body where that is a content key, or was meant to be."""
    answer = context.exchange.answer
    if not context.step.plan.follow or answer is None or not answer.body:
        return context.exchange
    note = f"the body of {len(answer.body)} bytes is withheld: it was asked for as a content key"
    return replace(context.exchange, answer=replace(answer, body=b""), notes=(*context.exchange.notes, note))


def learn(context: Context, redactor: Redactor) -> None:
    """Tell the redactor what is secret in an exchange, and what is public in its request."""
    with suppress(Untestable):
        redactor.allow(context.request)
    learn_keys(context, redactor)


def learn_keys(context: Context, redactor: Redactor) -> None:
    """Tell the redactor every content key of the exchange that can be read, decrypted ones included."""
    if context.exchange.answer is None or context.document_error is not None:
        return
    try:
        # A request that names a broken certificate has no recipient who could decrypt an answer to it.
        readable_keys = context.keys
    except Untestable:
        readable_keys = {}
    for value in islice(readable_keys.values(), MOST_LEARNED):
        redactor.learn(value)
    for key in context.document.content_keys[:MOST_LEARNED]:
        for text in key.plain_values[:MOST_LEARNED]:
            try:
                redactor.learn(b64.decode(text).data)
            except DecodeError:
                continue


def exchange_record(exchange: Exchange, redactor: Redactor) -> dict[str, Any]:
    """One exchange as JSON-ready data without secrets."""
    request, answer, failure = exchange.request, exchange.answer, exchange.failure
    record: dict[str, Any] = {
        "started": exchange.started,
        "milliseconds": round(exchange.seconds * 1000, 2),
        "request": {
            "method": request.method,
            "headers": [list(pair) for pair in redactor.headers(request.headers)],
            "body": redactor.body(request.body, "application/xml"),
            "bytes": len(request.body),
        },
        "notes": [redactor.prose(note) for note in exchange.notes],
    }
    if request.credentials != "configured":
        record["request"]["credentials"] = request.credentials
    if exchange.tls is not None:
        record["tls"] = asdict(exchange.tls)
    if answer is not None:
        record["answer"] = {
            "status": answer.status,
            "reason": redactor.prose(answer.reason),
            "http_version": answer.http_version,
            "headers": [list(pair) for pair in redactor.answer_headers(answer.headers)],
            "body": redactor.body(answer.body, answer.header("Content-Type") or ""),
            "bytes": len(answer.body),
        }
    if failure is not None:
        record["failure"] = {
            "kind": failure.kind,
            "message": redactor.prose(failure.message),
            "began": failure.began,
        }
    if exchange.hops:
        record["hops"] = [exchange_record(hop, redactor) for hop in exchange.hops]
    return record


def result_record(judgement: Judgement, node: str) -> dict[str, Any]:
    """One result as JSON-ready data."""
    result = judgement.result
    record: dict[str, Any] = {
        "case": result.case,
        "step": result.step,
        "check": result.check,
        "version": result.version,
        "state": result.state.value,
        "verdict": judgement.verdict.value,
        "requirements": list(result.requirements),
        "node": node,
    }
    if judgement.grades:
        record["requirement"] = judgement.requirement
        record["grades"] = [
            {"set": one.set, "requirement": one.requirement, "level": one.level.value, "verdict": one.verdict.value}
            for one in judgement.grades
        ]
    if result.findings:
        record["finding_id"] = result.finding_id
        record["findings"] = [
            {
                key: value
                for key, value in (
                    ("where", one.where),
                    ("expected", one.expected),
                    ("seen", one.seen),
                    ("hint", one.hint),
                )
                if value
            }
            for one in result.findings
        ]
    if result.reason:
        record["reason"] = result.reason
    if judgement.known is not None:
        record["known"] = {
            "reason": judgement.known.reason,
            "reference": judgement.known.reference,
            "date": judgement.known.date,
        }
    return record
