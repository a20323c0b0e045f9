"""Answers requests by calling the reference server as a function, as the client would have brought the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from conformance import refserver
from conformance.cases.defects import NOBODY
from conformance.faultmatrix.simulated_wire import delivered
from conformance.model import FETCHED, NOT_FETCHED, Exchange, HttpAnswer, HttpRequest, TlsSession, TransportFailure
from conformance.model.exchange import AFTER_REFUSAL, FRESH, REUSED
from conformance.refserver.chance import name_of
from conformance.refserver.outside import keeping_fetches
from conformance.refserver.state import Drafts
from conformance.wire.ordinary import is_kept, may_share

TOKEN = "in-process"
"""What the server must be shown where it is configured to want a token."""
STARTED = datetime(2026, 1, 1, tzinfo=UTC)
"""When all exchanges take place, so that the same request has the same story."""


_DRAFTS = Drafts()
"""Of all servers of this process: a thousand faults edit the same documents."""


class InProcess:
    """One reference server without a socket; the same requests in the same order get the same bytes."""

    def __init__(self, config: refserver.Config, faults: Sequence[refserver.Fault] = ()) -> None:
        self._config, self._faults = config, faults
        self._state = refserver.ServerState(drafts=_DRAFTS)
        self._asked: Counter[bytes] = Counter()
        self._carried: dict[str, str] = {}
        """What the connections that have a name have carried just before."""

    def send(self, request: HttpRequest) -> Exchange:
        """One exchange."""
        name = name_of(as_asked(request))
        self._asked[name] += 1
        return self.send_as(request, self._asked[name])

    def send_as(self, request: HttpRequest, nth: int) -> Exchange:
        """One exchange, with the random bytes that this request gets when it is asked for the nth time."""
        asked = replace(as_asked(request), connection=self._connection(request))
        self._state.asked[name_of(asked)] = nth - 1
        with keeping_fetches() as fetched:
            made = refserver.answer(asked, self._config, self._faults, self._state)
        came = delivered(made, request)
        if is_kept(request):
            self._carried[request.connection] = "reused" if made.status < 400 else "after-refusal"
        notes = _NOTES[asked.connection]
        notes += (FETCHED if fetched else NOT_FETCHED,) if NOBODY.encode() in request.body else ()
        begin, tls = STARTED.isoformat(), _tls(request, made)
        if isinstance(came, TransportFailure):
            return Exchange(request, None, came, begin, notes=notes, tls=tls)
        return Exchange(request, came, started=begin, notes=notes, tls=tls)

    def _connection(self, request: HttpRequest) -> str:
        """What the connection has carried: in a run, nearly every ordinary request follows another."""
        if is_kept(request):
            return self._carried.get(request.connection, "fresh")
        return "reused" if may_share(request) else "fresh"


_NOTES = {"fresh": (FRESH,), "reused": (REUSED,), "after-refusal": (REUSED, AFTER_REFUSAL)}


def as_asked(request: HttpRequest) -> refserver.HttpRequest:
    """A request of the suite as the reference server receives it, with the credentials that it is to carry."""
    parts = urlsplit(request.url)
    plain = parts.scheme == "http"
    headers = request.headers
    if request.credentials != "none" and not plain:
        token = TOKEN if request.credentials == "configured" else "another"
        headers = (*headers, ("Authorization", f"Bearer {token}"))
    return refserver.HttpRequest(request.method, parts.path, headers, request.body, plain)


def _tls(request: HttpRequest, made: refserver.HttpAnswer) -> TlsSession | None:
    if urlsplit(request.url).scheme == "http":
        return None
    how = made.behaviour or refserver.Behaviour()
    return TlsSession("TLSv1.3", (STARTED + timedelta(days=how.certificate_days)).isoformat())


def fingerprint(exchange: Exchange) -> tuple[object, ...]:
    """What must be equal for two exchanges to be byte-identical."""
    answer: HttpAnswer | None = exchange.answer
    if answer is None:
        failure = exchange.failure
        return ("failure", failure.kind, failure.message) if failure else ("failure",)
    return (
        answer.status,
        answer.reason,
        answer.http_version,
        answer.headers,
        answer.body,
        exchange.notes,
        exchange.tls,
    )
