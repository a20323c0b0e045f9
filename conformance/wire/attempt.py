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
"""Bytes of status line and headers that are read; an interim answer has a head of its own."""

_BLANKS = " \t"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BLANK = (b"\r\n", b"\n")
_STATUS = re.compile(rb"HTTP/\S+[ \t]+[0-9]{3}([ \t\r\n]|$)")


class TooLarge(Exception):
    """Says in a clause which part of an answer is larger than the suite is willing to read."""


class BadHead(Exception):
    """Says in a clause why the head of an answer is not HTTP."""


AnswerHead = tuple[str, tuple[tuple[str, str], ...]]
"""Reason phrase, and header names and values."""


@dataclass(slots=True)
class Carried:
    """What a connection has carried so far."""

    refused: bool = False
    """Whether the last answer on it was anything but a success."""


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
    consumed: int = 0
    """Bytes of what was received that belong to the answer."""
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
    carried: Carried = field(default_factory=Carried)
    """What is known of the connection that this attempt goes over."""
    behind_refusal: bool = False
    """Whether that connection had carried a refusal just before."""
    read_body: Callable[[int], bytes] = lambda limit: b""
    """Reads the body of the answer, at most so many bytes."""

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
        self._head_bytes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """So many bytes; what is taken belongs to the answer."""
        data = super().read(size) or b""
        self.flight.consumed += len(data)
        return data

    def readline(self, size: int | None = -1, /) -> bytes:
        """A line, kept where it belongs to the head."""
        line = super().readline(size)
        flight = self.flight
        flight.consumed += len(line)
        if self.in_head:
            if flight.head and flight.head[-1] in _BLANK:
                flight.head.clear()
                self._head_bytes = 0
            self._head_bytes += len(line)
            if self._head_bytes > MAX_HEAD:
                raise TooLarge(f"its headers are longer than {MAX_HEAD} bytes")
            flight.head.append(line)
        return line


class MeteredHead(http.client.HTTPResponse):
    """An answer whose head is read under the deadline and the limits of its flight; interim answers are read over."""

    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.fp.close()
        self._keeper = _HeadKeeper(_MeteredRaw(sock, FLIGHT.get()), FLIGHT.get())
        self.fp = self._keeper
        self.method = method

    def begin(self) -> None:
        """Read the head; raises IncompleteRead where the connection ends inside it."""
        super().begin()
        self._keeper.in_head = False
        lines = self._keeper.flight.head
        if not lines or lines[-1] not in _BLANK:
            raise http.client.IncompleteRead(b"")
        # Read here, before urllib3 could write a head that it cannot parse, with all its values, to the log.
        self._keeper.flight.answer_head = read_head(lines)

    def _read_status(self) -> tuple[str, int, str]:
        """The status line of the answer; the standard library by itself reads over 100 and no other 1xx."""
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not _STATUS.match(self._keeper.flight.head[-1]):
                raise BadHead("its status is not three digits")
            if status >= 200:
                return version, status, reason
            while (line := self.fp.readline(MAX_HEAD)) not in _BLANK:
                if not line:
                    raise http.client.IncompleteRead(b"")


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
