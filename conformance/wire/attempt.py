"""One attempt on the wire: its deadline, what it has received so far, and the metered reading of an answer."""

from __future__ import annotations

import http.client
import io
import re
import socket
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.model import TlsSession

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_HEAD = 64 * 1024
"""Bytes of status line and headers that are read, interim answers included."""

_BLANKS = " \t"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BLANK = (b"\r\n", b"\n")


class TooLarge(Exception):
    """Says in a clause which part of an answer is larger than the suite is willing to read."""


class BadHead(Exception):
    """Says in a clause why the head of an answer is not HTTP."""


AnswerHead = tuple[str, tuple[tuple[str, str], ...]]
"""Reason phrase, and header names and values."""


@dataclass(slots=True)
class Attempt:
    """The state of one attempt; a connection that works for it finds it in `FLIGHT`."""

    deadline: float
    """In seconds of time.monotonic()."""
    max_received: int
    fresh_only: bool = False
    received: int = 0
    first: bytes = b""
    head: list[bytes] = field(default_factory=list)
    """Lines of the last head that was begun, as they came."""
    head_bytes: int = 0
    answer_head: AnswerHead = ("", ())
    connected: bool = False
    """True where this attempt made its own connection."""
    tls: TlsSession | None = None
    tried: list[str] = field(default_factory=list)
    """Addresses to which a connection was tried, in order."""
    surplus: int = 0
    """Bytes that came after the end of the answer."""
    close: Callable[[], None] | None = None
    """Closes the connection that carries the answer."""

    def remaining(self) -> float:
        """Seconds that are left; raises TimeoutError when there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


FLIGHT: ContextVar[Attempt] = ContextVar("FLIGHT")


class _MeteredRaw(io.RawIOBase):
    """Reads a socket so that no single wait outlives the deadline and no answer outgrows its limit.

    Each read gets the time that is left as its time-out. A server that drips bytes therefore gains nothing.
    """

    def __init__(self, sock: socket.socket, flight: Attempt) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._flight = flight

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        flight = self._flight
        self._sock.settimeout(flight.remaining())
        view = memoryview(buffer)
        count = self._raw.readinto(view)
        if count:
            if not flight.received:
                flight.first = bytes(view[: min(count, 8)])
            flight.received += count
            if flight.received > flight.max_received:
                raise TooLarge("the answer is endless or far too long")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _HeadKeeper(io.BufferedReader):
    """Keeps the lines of the head as they came, because the parser of the standard library bends odd ones."""

    def __init__(self, raw: io.RawIOBase, flight: Attempt) -> None:
        super().__init__(raw)
        self.flight = flight
        self.in_head = True

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if self.in_head:
            flight = self.flight
            flight.head_bytes += len(line)
            if flight.head_bytes > MAX_HEAD:
                raise TooLarge(f"its headers are longer than {MAX_HEAD} bytes")
            if flight.head and flight.head[-1] in _BLANK:
                flight.head.clear()
            flight.head.append(line)
        return line


class MeteredResponse(http.client.HTTPResponse):
    """An answer that is read under the deadline and the limits of its flight."""

    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.fp.close()
        self._keeper = _HeadKeeper(_MeteredRaw(sock, FLIGHT.get()), FLIGHT.get())
        self.fp = self._keeper
        self._declared: int | None = None

    def begin(self) -> None:
        """Read the head; raises IncompleteRead where the connection ends inside it."""
        super().begin()
        self._keeper.in_head = False
        lines = self._keeper.flight.head
        if not lines or lines[-1] not in _BLANK:
            raise http.client.IncompleteRead(b"")
        # Read here, before urllib3 could write a head that it cannot parse, with all its values, to the log.
        self._keeper.flight.answer_head = read_head(lines)
        self._declared = self.length

    def _close_conn(self) -> None:
        """End the answer; a connection that carried more than the answer is not used again.

        This happens before the pool gets the connection back, hence before another thread can send on it.
        """
        super()._close_conn()  # type: ignore[misc]
        flight = self._keeper.flight
        if self._declared is not None:
            flight.surplus = flight.received - flight.head_bytes - self._declared
        if flight.surplus > 0 and flight.close is not None:
            flight.close()


def read_head(lines: list[bytes]) -> AnswerHead:
    """Reason phrase and headers of a complete head; values are Latin-1 with control characters kept as data.

    Raises BadHead for a line that is no header.
    """
    status, *rest = (line.decode("latin-1").removesuffix("\n").removesuffix("\r") for line in lines[:-1])
    headers: list[tuple[str, str]] = []
    for number, line in enumerate(rest, start=1):
        if line[:1] in (" ", "\t") and headers and "\r" not in line:
            name, value = headers[-1]
            headers[-1] = (name, (value + " " + line.strip(_BLANKS)).strip(" "))
            continue
        name, colon, value = line.partition(":")
        # What the standard library cannot parse would also cost it the length of the body.
        if not colon or not _NAME.fullmatch(name) or "\r" in value:
            raise BadHead(f"header line {number} is not a name, a colon and a value")
        headers.append((name, value.strip(_BLANKS)))
    return status.partition(" ")[2].partition(" ")[2], tuple(headers)
