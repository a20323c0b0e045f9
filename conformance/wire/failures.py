"""What an exception on the wire means, in one sentence."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator
from typing import TypeVar

import urllib3.exceptions as u3

from conformance.model import TransportFailure
from conformance.wire.attempt import Attempt, BadHead, TooLarge
from conformance.wire.coding import EncodingProblem, TooMuch
from conformance.wire.pacing import BudgetSpent

KINDS = (
    "refused",
    "dns",
    "tls",
    "tls-certificate",
    "proxy",
    "no-answer",
    "timeout",
    "incomplete",
    "too-large",
    "bad-http",
    "bad-encoding",
    "budget",
)
"""Every kind of failure; `budget` alone says that nothing was sent."""

_E = TypeVar("_E", bound=BaseException)

_TLS_RECORD = (b"\x15\x03", b"\x16\x03")
_SPEAKS_TLS = "The server speaks TLS on that port; write https:// instead of http://."
_ANOTHER_SERVICE = "The answer is not HTTP: it does not begin with HTTP/; check the port."
_PLAIN_SPOKEN = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG")


def failure(error: BaseException, flight: Attempt, host: str) -> TransportFailure:
    """The failure that an exception stands for; the sentence never quotes what the server or proxy sent."""
    chain = list(_chain(error))
    kind, message = (
        _limits(chain, flight) or _connection(chain, flight, host) or _closed(chain, flight) or _garbage(error, flight)
    )
    return TransportFailure(kind, message, began=flight.received > 0)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and everything it wraps; requests and urllib3 wrap in attributes and arguments as well."""
    pending, seen = [error], set[int]()
    while pending:
        current = pending.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = (getattr(current, "reason", None), current.__cause__, current.__context__, *current.args)
        pending += [item for item in inner if isinstance(item, BaseException)]


def _first(chain: list[BaseException], *kinds: type[_E]) -> _E | None:
    return next((item for item in chain if isinstance(item, kinds)), None)


def _limits(chain: list[BaseException], flight: Attempt) -> tuple[str, str] | None:
    """Our own limits: budget, size, encoding, time."""
    if spent := _first(chain, BudgetSpent):
        return "budget", str(spent)
    if large := _first(chain, TooLarge):
        return "too-large", f"The answer was given up: {large}."
    if _first(chain, TooMuch):
        return "too-large", "The answer was given up: it grows beyond the limit when it is decompressed."
    if coding := _first(chain, EncodingProblem):
        return "bad-encoding", f"The Content-Encoding of the answer cannot be undone: {coding}."
    if bad := _first(chain, BadHead):
        return "bad-http", f"The answer is not HTTP: {bad}."
    if _proxy(chain):
        return "proxy", "The proxy could not be used; check the proxy variables of the environment or leave it out."
    if _first(chain, TimeoutError, u3.ReadTimeoutError):
        if flight.received:
            return "timeout", f"The answer began and was not complete in time, after {flight.received} bytes."
        return "timeout", "No answer came in time; check the address, or allow more time."
    return None


def _proxy(chain: list[BaseException]) -> bool:
    if _first(chain, u3.ProxyError):
        return True
    return any(isinstance(item, OSError) and str(item).startswith("Tunnel connection failed") for item in chain)


def _connection(chain: list[BaseException], flight: Attempt, host: str) -> tuple[str, str] | None:
    """What keeps a connection from being made."""
    if certificate := _first(chain, ssl.SSLCertVerificationError):
        return "tls-certificate", (
            f"The certificate of {host} is not trusted ({certificate.verify_message}); "
            "give the CA with --speke-ca-bundle, or fix the certificate."
        )
    if _first(chain, socket.gaierror):
        return "dns", f"The name {host} does not resolve; check its spelling and the network."
    tls = _first(chain, ssl.SSLError)
    if tls and not flight.received and not (flight.connected and isinstance(tls, ssl.SSLEOFError)):
        return "tls", _tls_message(tls, host)
    if _first(chain, ConnectionRefusedError):
        tried = f" ({', '.join(flight.tried)})" if flight.tried and flight.tried != [host] else ""
        fix = "start the server or correct the port"
        return "refused", f"Nothing accepts connections at {host}{tried} on that port; {fix}."
    if not flight.connected and not flight.received and not _first(chain, ConnectionError, http.client.HTTPException):
        return "refused", f"{host} cannot be reached; check the address and the network."
    return None


def _tls_message(error: ssl.SSLError, host: str) -> str:
    reason = error.reason or ""
    if any(word in reason for word in _PLAIN_SPOKEN):
        return f"{host} does not speak TLS on that port; write http:// or correct the port."
    if "CERTIFICATE_REQUIRED" in reason:
        return f"{host} asks for a client certificate; give --speke-client-cert and --speke-client-key."
    if not reason or "EOF" in reason:
        return f"TLS with {host} failed: the connection ended in the handshake; a port without TLS wants http://."
    words = reason.replace("_", " ").lower()
    return f"TLS with {host} failed ({words}); check the server's TLS settings and the port."


def _closed(chain: list[BaseException], flight: Attempt) -> tuple[str, str] | None:
    """A connection that ends before the answer is complete, or an answer that breaks its own framing."""
    if _first(chain, http.client.LineTooLong) or any("got more than" in str(item) for item in chain):
        return "too-large", "The answer was given up: it has more than 100 headers, or a line that is far too long."
    cut = _first(chain, http.client.IncompleteRead, ConnectionError, ssl.SSLError)
    if cut is None:
        return None
    if flight.received:
        return "incomplete", f"The connection ended inside the answer, after {flight.received} bytes."
    # A server that resets the connection takes back the alert that would have said why.
    cause = (
        "it wants a client certificate, give --speke-client-cert" if flight.tls else "the port speaks TLS, use https"
    )
    return "no-answer", f"The connection was closed before any byte of an answer; if {cause}."


def is_another_service(failure: TransportFailure) -> bool:
    """Whether what came does not even begin as HTTP does: the port is that of something else, or of TLS."""
    return failure.message in (_SPEAKS_TLS, _ANOTHER_SERVICE)


def _garbage(error: BaseException, flight: Attempt) -> tuple[str, str]:
    if flight.first.startswith(_TLS_RECORD):
        return "bad-http", _SPEAKS_TLS
    if not flight.first.startswith(b"HTTP/"):
        return "bad-http", _ANOTHER_SERVICE
    if isinstance(error, (u3.HTTPError, http.client.HTTPException, OSError)):
        return "bad-http", "The answer is not HTTP: its status line, its headers or its chunks cannot be read."
    return "bad-http", f"The answer is not HTTP: reading it ended in {type(error).__name__}."
