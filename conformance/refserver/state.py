"""What a server remembers between requests: counts, which only faults look at."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Turn:
    """One exchange as the state sees it: `number` counts from 1, `refusals` were before it."""

    number: int
    refusals: int
    refused: bool = False


@dataclass(slots=True)
class Presence:
    """One request that is being answered, and the contents of those that it met meanwhile."""

    content_id: str
    met: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ServerState:
    """Counts of one server; safe for use from several threads."""

    requests: int = 0
    refusals: int = 0
    under_way: list[Presence] = field(default_factory=list)
    remembered: dict[str, object] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    """The faults whose condition some exchange met."""
    asked: Counter[bytes] = field(default_factory=Counter)
    """By name of the request, how often there was something random in its answer."""
    changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def exchange(self) -> Iterator[Turn]:
        """Count one exchange, and its refusal when it is over."""
        with self.changed:
            self.requests += 1
            turn = Turn(self.requests, self.refusals)
        try:
            yield turn
        finally:
            with self.changed:
                self.refusals += turn.refused

    def asked_again(self, name: bytes) -> int:
        """Count a request whose answer has something random in it, and say how often it has come."""
        with self.changed:
            self.asked[name] += 1
            return self.asked[name]

    @contextmanager
    def content(self, content_id: str, wait_seconds: float) -> Iterator[tuple[str, ...]]:
        """Say which other contents are being answered, after waiting for one at most `wait_seconds`."""
        mine = Presence(content_id)
        with self.changed:
            for other in self.under_way:
                if other.content_id != content_id:
                    other.met.append(content_id)
                    mine.met.append(other.content_id)
            self.under_way.append(mine)
            self.changed.notify_all()
            if wait_seconds:
                self.changed.wait_for(lambda: bool(mine.met), wait_seconds)
        try:
            yield tuple(mine.met)
        finally:
            with self.changed:
                self.under_way = [one for one in self.under_way if one is not mine]
