"""Answers requests by calling the reference server as a function, as the client would have brought the answers."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from conformance import refserver
from conformance.model import Exchange, HttpAnswer, HttpRequest, TransportFailure
from conformance.proof.delivery import delivered
from conformance.refserver.chance import Repeatable, using

Wrapped = dict[tuple[int, bytes, str], bytes]


class InProcess:
    """One reference server without a socket; the same requests in the same order get the same bytes.

    `wrapped` keeps what RSA made, so that several servers can be compared byte by byte: give all the same one.
    """

    def __init__(
        self, config: refserver.Config, faults: Sequence[refserver.Fault] = (), wrapped: Wrapped | None = None
    ) -> None:
        self._config, self._faults = config, faults
        self._wrapped: Wrapped = {} if wrapped is None else wrapped
        self.restart()

    def restart(self) -> None:
        """Forget everything that was asked."""
        self._state = refserver.State()
        self._asked: Counter[bytes] = Counter()

    def send(self, request: HttpRequest) -> Exchange:
        """One exchange."""
        asked = as_asked(request)
        name = hashlib.sha256(f"{asked.method} {asked.headers}".encode() + request.body).digest()
        self._asked[name] += 1
        # The same request asked again gets other random bytes, as from a real server.
        with using(Repeatable(name + self._asked[name].to_bytes(2, "big"), self._wrapped)):
            made = refserver.answer(asked, self._config, self._faults, self._state)
        came = delivered(made, request)
        if isinstance(came, TransportFailure):
            return Exchange(request, None, came)
        return Exchange(request, came)


def as_asked(request: HttpRequest) -> refserver.HttpRequest:
    """A request of the suite as the reference server receives it."""
    return refserver.HttpRequest(request.method, urlsplit(request.url).path, request.headers, request.body)


def fingerprint(exchange: Exchange) -> tuple[object, ...]:
    """What must be equal for two exchanges to be byte-identical."""
    answer: HttpAnswer | None = exchange.answer
    if answer is None:
        failure = exchange.failure
        return ("failure", failure.kind, failure.message) if failure else ("failure",)
    return (answer.status, answer.reason, answer.http_version, answer.headers, answer.body)
