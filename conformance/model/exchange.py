"""What happened: an HTTP request, its answer, and the exchange of the two."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.model.headers import header_values

FETCHED = "the server fetched an address that the request names"
NOT_FETCHED = "the server fetched no address that the request names"

FRESH, REUSED = "connection: fresh", "connection: reused"
"""Notes that say over what an answer came, and from which the report counts connections."""
AFTER_REFUSAL = "the answer before it on this connection was a refusal"
HUNG_UP_WHEN_REUSED = "a connection that was kept open ended without an answer, and the request was sent again"
UNANSWERED = "not answered although other requests were: "
"""Begins a note of the second look: what became of a request twice, while its controls were answered."""
IN_COMMON = "; what such requests have in common: "
"""Stands in the same note before the traits of the kind."""
WRONG_WHEN_REUSED = "wrong on a reused connection, after an accepted request: "
"""Begins a note of the second look: what came over the connection of an accepted request and not over a fresh one."""
WRONG_AFTER_REFUSAL = "wrong on a reused connection, after a refused request: "
"""The same where the answer before was a refusal."""

ANY_CONNECTION, FRESH_CONNECTION = "any", "fresh"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is put on the wire."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    credentials: str = "configured"
    """What the client shall prove itself with: `configured`, `none` or `wrong`."""
    connection: str = field(default=ANY_CONNECTION, compare=False)
    """How it travels, which makes it no other request.

    `any`; `fresh`: one of its own, closed afterwards; any other word names a connection that is kept for those requests
    that name it, whatever is answered on it.
    """


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete HTTP answer; the body is decompressed, header names as they came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    reason: str = ""
    http_version: str = "HTTP/1.1"

    def header(self, name: str) -> str | None:
        """The value of a header whatever the case of its name; None where it is absent."""
        values = self.header_values(name)
        return values[0] if values else None

    def header_values(self, name: str) -> tuple[str, ...]:
        """All values of a header, in order."""
        return header_values(self.headers, name)


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """Why an exchange has no complete answer, in one sentence."""

    kind: str
    message: str
    began: bool = False
    """True where at least one byte of an answer had arrived."""


@dataclass(frozen=True, slots=True)
class TlsSession:
    """What is known of the TLS connection that carried an exchange."""

    version: str
    """As OpenSSL names it, such as TLSv1.3."""
    valid_until: str
    """End of the server certificate's validity, UTC, ISO 8601; empty where it cannot be read."""
    verified: bool = True
    """False where the run does not verify certificates."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A step's request and its answer, or the reason why there is none."""

    request: HttpRequest
    answer: HttpAnswer | None
    failure: TransportFailure | None = None
    started: str = ""
    """UTC, ISO 8601."""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    hops: tuple[Exchange, ...] = ()
    """Earlier hops of the same exchange (a Digest challenge); the exchange itself is the one that is judged."""
    tls: TlsSession | None = None
    """None for plain http, and where no connection was made."""
