"""Recorded exchanges in the place of a server: what was sent and answered, as the record has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import UUID

from conformance.cases import Seed
from conformance.cases.certificates import KeyRing
from conformance.checks.context import Context
from conformance.checks.registry import Untestable
from conformance.cpix.encryption import Opened
from conformance.cpix.reader import Cpix
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
from conformance.offline.placeholders import Restored, restored
from conformance.run.runner import RunContext, Runner

NO_EXCHANGE = "the record holds no exchange of this step"
NO_KEYS = "the bytes of content keys, which are never recorded, would be needed"
BLURRED = "a part of the exchange is withheld from the record, because it held a key or may have held one"


class RecordedContext(Context):
    """A recorded exchange as checks see it; says when somebody asks for what was never recorded."""

    request_blurred = answer_blurred = False
    """The record lacks more of the request, or of the answer, than keys."""
    missed = ""
    """What somebody asked for that the record does not hold."""

    @property
    def request(self) -> Cpix:
        """The request document; Untestable where it was not recorded as it was."""
        if self.request_blurred:
            self._miss(BLURRED)
        return super().request

    @property
    def keys(self) -> Mapping[UUID, bytes]:
        """Never there."""
        self._miss(NO_KEYS)

    def opened_by(self, name: str) -> Opened:
        """Never there: the private key lived as long as the run."""
        self._miss(NO_KEYS)

    def _miss(self, what: str) -> NoReturn:
        self.missed = what
        raise Untestable(what)

    @property
    def story(self) -> tuple[RecordedContext, ...]:
        """This exchange and those it is compared with."""
        return (self, *(one for one in self.earlier.values() if isinstance(one, RecordedContext)))


class RecordedRunner(Runner):
    """A runner that sends nothing: each step has the exchange that was recorded for it."""

    def __init__(
        self,
        exchanges: Mapping[str, Mapping[str, Any]],
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
        made = RecordedContext(case, step, exchange, claims=self.setting.claims, earlier=earlier)
        recorded = self._recorded[id(exchange)]
        made.request_blurred, made.answer_blurred = recorded.request_blurred, recorded.answer_blurred
        return made


class _Nobody:
    def send(self, request: HttpRequest) -> Exchange:
        """Never called: whatever is not recorded is not there."""
        raise AssertionError("a record sends nothing")  # pragma: no cover


@dataclass(frozen=True, slots=True)
class Recorded:
    """An exchange made of its record, and whether more of it is missing than keys."""

    exchange: Exchange
    request_blurred: bool
    answer_blurred: bool


def exchange_of(record: Mapping[str, Any], url: str) -> Recorded:
    """The exchange that a record tells of."""
    asked = restored(record["request"]["body"])
    answer, failure = record.get("answer"), record.get("failure")
    came = restored(answer["body"]) if answer else Restored(b"", False)
    request = HttpRequest(
        record["request"]["method"],
        url,
        _pairs(record["request"]["headers"]),
        asked.body,
        record["request"].get("credentials", "configured"),
    )
    exchange = Exchange(
        request,
        HttpAnswer(answer["status"], _pairs(answer["headers"]), came.body, answer["reason"], answer["http_version"])
        if answer
        else None,
        TransportFailure(failure["kind"], failure["message"], failure["began"]) if failure else None,
        record["started"],
        record["milliseconds"] / 1000,
        tuple(record["notes"]),
        tuple(exchange_of(hop, url).exchange for hop in record.get("hops", ())),
        TlsSession(**record["tls"]) if "tls" in record else None,
    )
    return Recorded(exchange, asked.blurred, came.blurred)


def _pairs(headers: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in headers)
