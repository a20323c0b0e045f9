"""What a server remembers between requests: counts, which only faults look at."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from lxml import etree

from conformance.refserver.config import Config


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
    twins: int = 0
    """How many requests for the same content were under way meanwhile."""


class Drafts:
    """Documents as they are before the faults edit them: the same request on the same configuration has the same one.

    Kept as bytes, which take a tenth of the memory of a tree.
    """

    def __init__(self) -> None:
        self._written: dict[tuple[object, ...], tuple[Config, bytes]] = {}

    def tree(self, config: Config, request: tuple[object, ...], write: Callable[[], etree._Element]) -> etree._Element:
        """The document for a request: written now, or a copy of what was written before."""
        name = (id(config), *request)
        held = self._written.get(name)
        if held is not None and held[0] is config:
            return etree.fromstring(held[1])
        tree = write()
        self._written[name] = config, etree.tostring(tree)
        return tree


@dataclass(slots=True)
class ServerState:
    """Counts of one server; safe for use from several threads."""

    requests: int = 0
    refusals: int = 0
    under_way: list[Presence] = field(default_factory=list)
    remembered: dict[str, object] = field(default_factory=dict)
    cached: dict[str, None] = field(default_factory=dict)
    """The contents that a small cache holds, the one that was asked for last at the end."""
    evicted: Counter[str] = field(default_factory=Counter)
    reached: set[str] = field(default_factory=set)
    """The faults whose condition some exchange met."""
    asked: Counter[bytes] = field(default_factory=Counter)
    """By name of the request, how often there was something random in its answer."""
    drafts: Drafts | None = None
    """What a right server wrote before; only where the same is asked for again and again, as in the fault matrix."""
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

    def in_cache(self, content_id: str, size: int) -> int:
        """Ask a cache of that size for a content; say how often it had been pushed out before."""
        with self.changed:
            self.cached[content_id] = self.cached.pop(content_id, None)
            if len(self.cached) > size:
                out = next(iter(self.cached))
                del self.cached[out]
                self.evicted[out] += 1
            return self.evicted[content_id]

    @contextmanager
    def content(self, content_id: str, wait_seconds: float, twin_seconds: float = 0.0) -> Iterator[Presence]:
        """Say what else is being answered, after waiting at most so long for another content, or for the same one."""
        mine = Presence(content_id)
        with self.changed:
            for other in self.under_way:
                if other.content_id != content_id:
                    other.met.append(content_id)
                    mine.met.append(other.content_id)
                else:
                    other.twins += 1
                    mine.twins += 1
            self.under_way.append(mine)
            self.changed.notify_all()
            if wait_seconds:
                self.changed.wait_for(lambda: bool(mine.met), wait_seconds)
            if twin_seconds:
                self.changed.wait_for(lambda: bool(mine.twins), twin_seconds)
        try:
            yield mine
        finally:
            with self.changed:
                self.under_way = [one for one in self.under_way if one is not mine]
