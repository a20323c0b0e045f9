"""The gate that every request of a run goes through: never more of them are under way than the server was promised.

It stands at the sender and not at those who send (a pool, whoever asks a question, discovery), so that no way round
it has to be remembered by anybody.
"""

from __future__ import annotations

import threading
from typing import Protocol

from conformance.model import Exchange, HttpRequest


class Sender(Protocol):
    """Whatever puts a request on the wire and brings the exchange back; never raises for what a server does."""

    def send(self, request: HttpRequest) -> Exchange:
        """One exchange."""
        ...


class Gate:
    """A sender that lets `places` requests through at a time; the next one waits until one of them has its answer.

    A place is held for one exchange and for nothing else, so whoever waits here waits for the server alone: nobody
    can hold a place and wait for another, which is what a dead-lock would need.
    """

    def __init__(self, sender: Sender, places: int, beside: Gate | None = None) -> None:
        self.sender = sender
        self.places = places
        self._free: threading.BoundedSemaphore = threading.BoundedSemaphore(places) if beside is None else beside._free

    def to(self, sender: Sender) -> Gate:
        """The way to another endpoint through the same places: a run has one limit, however many there are."""
        return Gate(sender, self.places, self)

    @classmethod
    def around(cls, sender: Sender, places: int) -> Gate:
        """The sender behind a gate; itself where it stands behind one that is as narrow."""
        return sender if isinstance(sender, Gate) and sender.places <= places else cls(sender, places)

    def send(self, request: HttpRequest) -> Exchange:
        """One exchange, when there is a place for it."""
        with self._free:
            return self.sender.send(request)
