"""The HTTP client of the suite: one request, one exchange, within limits, and never an exception of the network."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from urllib.parse import urlsplit

import requests
import urllib3
from requests.utils import get_environ_proxies

from conformance.model import Exchange, HttpAnswer, HttpRequest, TransportFailure
from conformance.model.exchange import (
    AFTER_REFUSAL,
    FRESH,
    HUNG_UP_WHEN_REUSED,
    REUSED,
)
from conformance.wire.attempt import FLIGHT, MAX_HEAD, Attempt, BadHead, TooLarge
from conformance.wire.auth import AuthScheme
from conformance.wire.coding import EncodingProblem, TooMuch, decode
from conformance.wire.connection import DeadlineAdapter, tls_context
from conformance.wire.failures import failure
from conformance.wire.message import prepare, retry_after, shown, skew
from conformance.wire.ordinary import is_kept, may_share
from conformance.wire.pacing import BudgetSpent, Pace
from conformance.wire.target import Target

MAX_BODY = 1 << 20
"""Bytes of a body, raw and decompressed: what the XML reader accepts, and ten times the largest real answer."""
RETRY_AFTER_MOST = 30.0
"""Seconds that a server may ask us to wait: longer, and the run would hang on one answer."""
OTHER_DOOR = 5.0
"""Seconds for an exchange with anything but the target itself: a firewall there says nothing for ever."""

# A connection that was not made; one that carried no byte of an answer is dealt with separately.
_NOT_CONNECTED = frozenset({"refused", "dns", "tls"})
_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    TooLarge,
    BadHead,
    EncodingProblem,
    TooMuch,
)


class Client:
    """Sends requests to one target; safe for use by several threads.

    `timeout` is in seconds and covers a whole exchange: name, connection, TLS, request, answer, and the hops and the
    one fresh attempt that may belong to it. `ca_bundle` is a PEM file, `client_cert` one or a pair (certificate, key).
    Raises OptionError where a file cannot be used.
    """

    def __init__(
        self,
        target: Target,
        auth: AuthScheme,
        *,
        timeout: float = 30.0,
        ca_bundle: str | None = None,
        client_cert: str | tuple[str, str] | None = None,
        insecure: bool = False,
        max_body: int = MAX_BODY,
        proxy_from_env: bool = False,
        pace: Pace | None = None,
        pool: int = 16,
    ) -> None:
        self._target = target
        self._auth = auth
        self._timeout = timeout
        self._max_body = max_body
        self._pace = pace or Pace()
        self._proxies: dict[str, str] = get_environ_proxies(target.url) if proxy_from_env else {}
        self._adapter = DeadlineAdapter(lambda: tls_context(ca_bundle, client_cert, insecure), pool)
        self._anonymous = self._adapter
        if client_cert is not None:
            self._anonymous = DeadlineAdapter(lambda: tls_context(ca_bundle, None, insecure), pool)
        self._kept: dict[str, DeadlineAdapter] = {}
        self._kept_lock = threading.Lock()
        if target.secure:
            # Made now, so that a file that cannot be used is reported before anything is sent.
            _ = self._adapter.context

    def __repr__(self) -> str:
        return f"<client of {self._target.display}, {self._auth!r}>"

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all idle connections."""
        self._adapter.close()
        self._anonymous.close()
        for adapter in self._kept.values():
            adapter.close()

    def send(self, request: HttpRequest, *, auth: AuthScheme | None = None, patient: bool = True) -> Exchange:
        """Send a request and say what came of it; `auth` replaces the client's own for this exchange.

        Credentials go to the target's origin only, and only as the request says. A 429 with a Retry-After of at most
        30 seconds is waited for once, unless whoever waits for the answer is not `patient`.
        """
        scheme = auth or self._auth
        if request.credentials == "wrong":
            scheme = scheme.wrong()
        if request.credentials == "none" or not self._at_home(request):
            scheme = AuthScheme()
        exchange = self._exchange(request, scheme)
        if exchange.answer is None or exchange.answer.status != 429 or not patient:
            return exchange
        wait = retry_after(exchange.answer)
        if wait is None or wait > RETRY_AFTER_MOST:
            return _noted(exchange, "429 without a Retry-After that could be waited for")
        self._pace.hold(wait)
        again = self._exchange(request, scheme)
        if again.failure is not None and again.failure.kind == "budget":
            return _noted(exchange, "429; the run's budget leaves no room for the wait it asks for")
        return _noted(again, f"429 before: waited {wait:g} s as Retry-After asks, and sent again")

    def _exchange(self, request: HttpRequest, scheme: AuthScheme) -> Exchange:
        """One exchange with its Digest hop, under one deadline."""
        try:
            self._pace.take()
        except BudgetSpent as spent:
            return Exchange(request, None, TransportFailure("budget", str(spent)), started=_now())
        deadline = time.monotonic() + (self._timeout if self._at_home(request) else min(self._timeout, OTHER_DOOR))
        first = self._connect_twice(request, scheme, deadline)
        words = scheme.challenged(first.answer) if first.answer is not None else ""
        if not words:
            return first
        try:
            deadline += self._pace.take()
        except BudgetSpent as spent:
            return Exchange(request, None, TransportFailure("budget", str(spent)), started=_now(), hops=(first,))
        second = self._connect_twice(request, scheme, deadline)
        return _noted(second, words, hops=(first,))

    def _at_home(self, request: HttpRequest) -> bool:
        return Target.parse(request.url).origin == self._target.origin

    def _connect_twice(self, request: HttpRequest, scheme: AuthScheme, deadline: float) -> Exchange:
        """One hop; tried once more on a fresh connection where the first try cannot have reached the server."""
        fresh_only = not (is_kept(request) or may_share(request))
        exchange, reused = self._attempt(request, scheme, deadline, fresh_only=fresh_only)
        if exchange.failure is None:
            return exchange
        kind = exchange.failure.kind
        if kind not in _NOT_CONNECTED and not (kind == "no-answer" and reused):
            return exchange
        try:
            deadline += self._pace.take()
        except BudgetSpent:
            return exchange
        again, _ = self._attempt(request, scheme, deadline, fresh_only=True)
        again = _noted(again, f"retried on a fresh connection; before: {exchange.failure.message}")
        if kind != "no-answer":
            return again
        behind = [note for note in exchange.notes if note == AFTER_REFUSAL]
        return replace(again, notes=(*again.notes, HUNG_UP_WHEN_REUSED, *behind))

    def _attempt(
        self, request: HttpRequest, scheme: AuthScheme, deadline: float, *, fresh_only: bool
    ) -> tuple[Exchange, bool]:
        """One request on the wire, and whether it went over a connection that had been used before."""
        prepared = prepare(request, scheme)
        sent = replace(request, headers=shown(prepared.headers, scheme))
        flight = Attempt(deadline, max_received=MAX_HEAD + 2 * self._max_body, fresh_only=fresh_only)
        started, begin = _now(), time.monotonic()
        answer: HttpAnswer | None = None
        problem: TransportFailure | None = None
        token = FLIGHT.set(flight)
        try:
            answer = self._answer(prepared, flight, request)
        except _ERRORS as error:
            problem = failure(error, flight, urlsplit(request.url).hostname or "")
        except Exception as error:
            # Before a byte has come this is a bug of ours; behind it, it is whatever the server sent.
            if not flight.received:
                raise
            problem = failure(error, flight, urlsplit(request.url).hostname or "")
        finally:
            FLIGHT.reset(token)
        notes = [*_connection_notes(flight, problem)]
        if not flight.connected and flight.behind_refusal:
            notes.append(AFTER_REFUSAL)
        if flight.surplus > 0:
            notes.append(f"{flight.surplus} bytes followed the end of the answer")
        if answer is not None and scheme.kind == "sigv4":
            notes += skew(answer)
        seconds = time.monotonic() - begin
        exchange = Exchange(sent, answer, problem, started, seconds, tuple(notes), tls=flight.tls)
        return exchange, not flight.connected

    def _adapter_for(self, request: HttpRequest) -> DeadlineAdapter:
        if is_kept(request):
            with self._kept_lock:
                if request.connection not in self._kept:
                    self._kept[request.connection] = DeadlineAdapter(lambda: self._adapter.context, 1)
                return self._kept[request.connection]
        return self._anonymous if request.credentials == "none" else self._adapter

    def _answer(self, prepared: requests.PreparedRequest, flight: Attempt, request: HttpRequest) -> HttpAnswer:
        # The adapter is used without a session, so no cookie, redirect, .netrc or environment variable takes part.
        left = flight.remaining()
        adapter = self._adapter_for(request)
        response = adapter.send(prepared, stream=True, timeout=(left, left), verify=True, proxies=self._proxies)
        raw: urllib3.HTTPResponse = response.raw
        complete = False
        try:
            body = flight.read_body(self._max_body)
            complete = True
        finally:
            if not complete:
                raw.close()
            elif not self._keeps(request, raw.status) and flight.close is not None:
                flight.close()
            raw.release_conn()
        flight.carried.refused = not 200 <= raw.status <= 299
        reason, headers = flight.answer_head
        answer = HttpAnswer(raw.status, headers, body, reason, f"HTTP/{raw.version // 10}.{raw.version % 10}")
        encoding = ",".join(answer.header_values("content-encoding"))
        if encoding and body:
            decoded = decode(body, encoding, self._max_body)
            answer = HttpAnswer(answer.status, headers, decoded, reason, answer.http_version)
        return answer

    def _keeps(self, request: HttpRequest, status: int) -> bool:
        """Whether the connection may carry another request.

        Behind a refusal there may be something of the refused request that the server has not read, so only those
        requests that are there to find that out follow one.
        """
        return is_kept(request) or (may_share(request) and 200 <= status <= 299)


def _connection_notes(flight: Attempt, problem: TransportFailure | None) -> tuple[str, ...]:
    if problem is not None and problem.kind in _NOT_CONNECTED | {"tls-certificate", "proxy"}:
        return ()
    if not flight.connected and problem is not None and not flight.received:
        return ()
    words = FRESH if flight.connected else REUSED
    if flight.tls is None:
        return (words,)
    end = f"valid until {flight.tls.valid_until}" if flight.tls.valid_until else "that cannot be decoded"
    return words, f"tls: {flight.tls.version}, certificate {end}"


def _noted(exchange: Exchange, note: str, *, hops: tuple[Exchange, ...] | None = None) -> Exchange:
    return replace(exchange, notes=(*exchange.notes, note), hops=exchange.hops if hops is None else hops)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
