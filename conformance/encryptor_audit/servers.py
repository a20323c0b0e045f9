"""The two servers of an audit: the reference key server with a witness, and the proxy in front of somebody else's."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from conformance.encryptor_audit.auditor import Auditor
from conformance.encryptor_audit.callers import names_of, why_refused
from conformance.encryptor_audit.foreign_credentials import Headers, credentials_in, without_credentials
from conformance.model import Exchange, TransportFailure
from conformance.model import HttpAnswer as Answer
from conformance.model import HttpRequest as Request
from conformance.model.headers import header_values
from conformance.redaction.redactor import Redactor
from conformance.refserver import Behaviour, Config, Fault, HttpAnswer, HttpRequest, Server
from conformance.wire.client import Client
from conformance.wire.errors import OptionError
from conformance.wire.target import Target

MOST_CREDENTIALS = 100
"""Different credentials of encryptors that are remembered, so that they are found where an answer repeats them."""

OF_THE_CONNECTION = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that speak of one connection and not of the message; each side of the proxy has its own."""

MOST_CONNECTIONS = 64
"""Connections that the proxy holds open at a time; encryptors use a few."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_SIGNED = frozenset({"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"})
_TEXT = (("Content-Type", "text/plain; charset=utf-8"),)


class AuditedServer(Server):
    """The reference key server; each exchange is handed to an auditor after it was answered."""

    def __init__(
        self, auditor: Auditor, config: Config, faults: Sequence[Fault], host: str, port: int, delay_ms: int = 0
    ) -> None:
        super().__init__(config, faults, host, port, delay_ms)
        self._auditor = auditor

    def serve(self, request: HttpRequest) -> HttpAnswer:
        """Answer one request as the reference key server does."""
        started, begin = now(), time.monotonic()
        made = super().serve(request)
        answer = Answer(made.status, made.headers, made.body)
        seconds = time.monotonic() - begin
        self._auditor.passed(Exchange(as_witnessed(request, self.url), answer, None, started, seconds))
        return made


class Proxy(Server):
    """Passes each request on to a key server and its answer back, bodies unchanged; an auditor sees both.

    An upstream whose URL has a path gets every request there; one without a path gets the path of the request.
    `signs` says that the client has credentials of its own, which then replace those of the encryptor. `known_as` are
    further names by which encryptors call the proxy.
    """

    most_connections = MOST_CONNECTIONS

    def __init__(
        self,
        auditor: Auditor,
        client: Client,
        upstream: Target,
        redactor: Redactor,
        *,
        signs: bool,
        host: str = "127.0.0.1",
        port: int = 0,
        known_as: Collection[str] = (),
    ) -> None:
        super().__init__(host=host, port=port)
        self._names = names_of(host, known_as)
        self._auditor, self._client, self._upstream, self._signs = auditor, client, upstream, signs
        self._redactor = redactor
        self._known: set[bytes] = set()
        self._learning = threading.Lock()

    def serve(self, request: HttpRequest) -> HttpAnswer:
        """Pass one request on; whatever happens, there is an answer."""
        refused = why_refused(request.headers, self._names)
        if refused:
            return HttpAnswer(403, _TEXT, f"The proxy does not pass this request on. {refused}\n".encode())
        try:
            return self._passed_on(request)
        except OptionError as error:
            return HttpAnswer(400, _TEXT, f"The proxy cannot pass this path on. {error}\n".encode())
        except Exception as error:  # odd headers of a stranger must not cost the process, nor leave him waiting
            return HttpAnswer(502, _TEXT, f"The proxy cannot pass this request on ({type(error).__name__}).\n".encode())

    def _passed_on(self, request: HttpRequest) -> HttpAnswer:
        self._learn(request.headers)
        sent = Request(request.method, self._url(request.path), self._onward(request.headers), request.body)
        exchange = self._client.send(sent, patient=False)
        witnessed = as_witnessed(request, sent.url)
        hops = tuple(replace(hop, request=witnessed) for hop in exchange.hops)
        self._auditor.passed(replace(exchange, request=witnessed, hops=hops))
        if exchange.answer is None:
            return no_answer(exchange.failure)
        return _back(exchange.answer)

    def _url(self, path: str) -> str:
        if self._upstream.path != "/":
            return self._upstream.url
        url = self._upstream.url.removesuffix("/") + (path if path.startswith("/") else "/")
        return Target.parse(url).url

    def _onward(self, headers: Headers) -> Headers:
        dropped = _of_the_connection(headers) | {"accept-encoding"} | (_SIGNED if self._signs else frozenset())
        # Compressed bodies could not be passed through byte by byte and judged as well.
        return (*(pair for pair in headers if pair[0].lower() not in dropped), ("Accept-Encoding", "identity"))

    def _learn(self, headers: Headers) -> None:
        new = set(credentials_in(headers)) - self._known
        if new and len(self._known) < MOST_CREDENTIALS:
            with self._learning:
                self._known |= new
                self._redactor.withhold(self._known)


def as_witnessed(request: HttpRequest, url: str) -> Request:
    """The request as it is judged and recorded: as the encryptor sent it, without its credentials."""
    return Request(request.method, url, without_credentials(request.headers), request.body)


def no_answer(failure: TransportFailure | None) -> HttpAnswer:
    """What an encryptor gets where the key server gives nothing: 504 for one that is late, else 502."""
    late = failure is not None and failure.kind == "timeout"
    why = failure.message if failure is not None else "The exchange did not complete."
    text = f"The proxy has no answer from the key server. {why}\n"
    return HttpAnswer(504 if late else 502, _TEXT, text.encode())


def _back(answer: Answer) -> HttpAnswer:
    # The client has undone a compression that came in spite of `identity`.
    dropped = _of_the_connection(answer.headers) | {"content-encoding"}
    headers = tuple(pair for pair in answer.headers if pair[0].lower() not in dropped)
    # Behind a carriage return in the reason a client could read a header that the key server never sent.
    reason = _CONTROL.sub(" ", answer.reason).strip()
    return HttpAnswer(answer.status, headers, answer.body, Behaviour(reason=reason))


def _of_the_connection(headers: Headers) -> frozenset[str]:
    """The headers that are not passed on: those that never are, and those that `Connection` names."""
    named = (value.split(",") for value in header_values(headers, "Connection"))
    return OF_THE_CONNECTION | {name.strip().lower() for names in named for name in names}


def now() -> str:
    """Now, in UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
