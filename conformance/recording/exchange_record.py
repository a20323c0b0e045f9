"""What is kept of an exchange: redacted at capture, so that nothing later can leak what was never stored."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from urllib.parse import urlsplit

from conformance.checks.context import Context
from conformance.checks.registry import Untestable
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.model import Exchange
from conformance.recording.exchange_summary import summary_of_exchange
from conformance.recording.records import (
    AnswerRecord,
    Body,
    ExchangeRecord,
    Exchanges,
    FailureRecord,
    RequestRecord,
    TlsRecord,
)
from conformance.redaction.redactor import MOST_LEARNED, Redactor


class Recorder:
    """Keeps exchanges as plain, redacted data; safe for use by several threads."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor
        self.exchanges: Exchanges = {}
        self._lock = threading.Lock()

    def observe(self, context: Context) -> None:
        """Record a step's exchange. The keys it shows are learned first, so that they are recognised everywhere."""
        learn(context, self.redactor)
        record = exchange_record(_without_key(context), self.redactor)
        record.case, record.step = context.case.name, context.step.id
        record.summary = summary_of_exchange(context, self.redactor)
        if context.step.plan.transport == "plain-http":
            record.request.transport = "plain-http"
        if not context.step.plan.follow:  # an address out of an answer may be anything
            record.request.host = _host(context.exchange.request.url)
        with self._lock:
            self.exchanges[record.name] = record


def _host(url: str) -> str:
    """The host alone, as reports show it."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return f"[{host}]" if ":" in host else host


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


def exchange_record(exchange: Exchange, redactor: Redactor) -> ExchangeRecord:
    """One exchange without secrets."""
    request, answer, failure, tls = exchange.request, exchange.answer, exchange.failure, exchange.tls
    return ExchangeRecord(
        exchange.started,
        round(exchange.seconds * 1000, 2),
        RequestRecord(
            request.method,
            list(redactor.headers(request.headers)),
            Body(content=redactor.body(request.body, "application/xml")),
            len(request.body),
            request.credentials,
        ),
        AnswerRecord(
            answer.status,
            redactor.prose(answer.reason),
            answer.http_version,
            list(redactor.answer_headers(answer.headers)),
            Body(content=redactor.body(answer.body, answer.header("Content-Type") or "")),
            len(answer.body),
        )
        if answer is not None
        else None,
        FailureRecord(failure.kind, redactor.prose(failure.message), failure.began) if failure is not None else None,
        [redactor.prose(note) for note in exchange.notes],
        TlsRecord(tls.version, tls.valid_until, tls.verified) if tls is not None else None,
        [exchange_record(hop, redactor) for hop in exchange.hops],
    )
