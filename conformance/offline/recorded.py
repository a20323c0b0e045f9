"""Recorded exchanges in the place of a server: what was sent and answered, as the record has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.cases import Seed
from conformance.cases.certificates import KeyRing
from conformance.checks.context import Context
from conformance.checks.registry import Untestable
from conformance.model import (
    Case,
    Claims,
    Exchange,
    HttpAnswer,
    HttpRequest,
    Plan,
    Step,
    TlsSession,
    TransportFailure,
)
from conformance.model.headers import header_values
from conformance.offline.partial_context import Gaps, PartialContext
from conformance.offline.placeholders import Restored, restored
from conformance.recording.records import AnswerRecord, Body, ExchangeRecord, Exchanges
from conformance.redaction.runs import OPEN
from conformance.run.runner import RunContext, Runner

NO_EXCHANGE = "the record holds no exchange of this step"
NO_KEYS = "the bytes of content keys, which are never recorded, are needed"
MISSING = "a body of the exchange is missing beside results.json, or was changed"
BLURRED = "a part of the exchange is withheld from the record, because it held a key or may have held one"


class RecordedRunner(Runner):
    """A runner that sends nothing: each step has the exchange that was recorded for it."""

    def __init__(
        self,
        exchanges: Exchanges,
        url: str,
        claims: Claims,
        cases: Sequence[Case],
        *,
        discovered: bool = False,
    ) -> None:
        setting = RunContext(url, _Nobody(), Seed("record"), claims, KeyRing(), contracts_open=discovered)
        super().__init__(setting, cases)
        self._records = exchanges
        self._recorded: dict[int, Recorded] = {}

    def exchange(self, case: Case, step: Step, plan: Plan) -> Exchange:
        """The recorded exchange; Untestable where there is none."""
        record = self._records.get(f"{case.name}::{step.id}")
        if record is None:
            raise Untestable(NO_EXCHANGE)
        recorded = exchange_of(record, self.setting.url)
        self._recorded[id(recorded.exchange)] = recorded
        return recorded.exchange

    def context(self, case: Case, step: Step, exchange: Exchange, earlier: Mapping[str, Context]) -> Context:
        """The recorded exchange as checks see it."""
        made = PartialContext(case, step, exchange, claims=self.setting.claims, earlier=earlier)
        made.gaps = self._recorded[id(exchange)].gaps
        return made


class _Nobody:
    def send(self, request: HttpRequest) -> Exchange:
        """Never called: whatever is not recorded is not there."""
        raise AssertionError("a record sends nothing")  # pragma: no cover


@dataclass(frozen=True, slots=True)
class Recorded:
    """An exchange made of its record, and what of it is missing."""

    exchange: Exchange
    gaps: Gaps


def exchange_of(record: ExchangeRecord, url: str) -> Recorded:
    """The exchange that a record tells of."""
    asked = restored(record.request.body.text)
    answer, failure, tls = record.answer, record.failure, record.tls
    came = restored(answer.body.text) if answer else Restored(b"", False)
    request = HttpRequest(
        record.request.method,
        url,
        tuple(record.request.headers),
        asked.body,
        record.request.credentials,
    )
    exchange = Exchange(
        request,
        HttpAnswer(answer.status, tuple(answer.headers), came.body, answer.reason, answer.http_version)
        if answer
        else None,
        TransportFailure(failure.kind, failure.message, failure.began) if failure else None,
        record.started,
        record.milliseconds / 1000,
        tuple(record.notes),
        tuple(exchange_of(hop, url).exchange for hop in record.hops),
        TlsSession(tls.version, tls.valid_until, tls.verified) if tls else None,
    )
    lack = _lack(answer.body, came) or _lack_of_charset(answer) if answer else ""
    return Recorded(exchange, Gaps(_lack(record.request.body, asked), lack, NO_KEYS))


def _lack_of_charset(answer: AnswerRecord) -> str:
    """How a body is to be read stands in a header; what is withheld of other headers is told as it stands."""
    types = header_values(answer.headers, "Content-Type")
    return BLURRED if any(OPEN in value for value in types) else ""


def _lack(body: Body, found: Restored) -> str:
    return MISSING if body.missing else BLURRED if found.blurred else ""
