"""What a capture holds: messages, and the exchanges that they make up."""

from __future__ import annotations

from dataclasses import dataclass, replace

Headers = tuple[tuple[str, str], ...]

LARGEST = 16 << 20
"""Bytes of the largest file that is read, and of the most that a compressed one may open to: no exchange comes near."""


class Unreadable(Exception):
    """Why a capture cannot be read, in one sentence that says what it looks like and what to give instead."""


@dataclass(frozen=True, slots=True)
class Message:
    """One half of an exchange as it was captured."""

    body: bytes | None = None
    """None where only the head was kept."""
    headers: Headers | None = None
    """None where they were not kept."""
    method: str = ""
    """Of a request with a head."""
    url: str = ""
    status: int = 0
    """Of an answer with a head; 0 where it was not kept."""
    reason: str = ""
    http_version: str = "HTTP/1.1"
    as_sent: bool = False
    """The body is, byte for byte, what went over the wire: a wrapper around it is the sender's, not the capture's."""
    recorded: bool = False
    """This suite recorded it: keys are stand-ins."""
    blurred: bool = False
    """It is a recording that withholds more than keys."""
    notes: tuple[str, ...] = ()
    """What was done to read it."""

    def noted(self, *notes: str) -> Message:
        """The same message with more notes."""
        return replace(self, notes=(*self.notes, *notes))


@dataclass(frozen=True, slots=True)
class Capture:
    """What one place in a file holds of an exchange: both halves, or one."""

    request: Message | None = None
    answer: Message | None = None
    name: str = ""
    """What to call it beside others of the same file: its number and address."""

    @property
    def whole(self) -> bool:
        """Whether both halves are there, with their bodies."""
        halves = (self.request, self.answer)
        return all(half is not None and half.body is not None for half in halves)
