"""The ledger of a run: takes in the facts of every exchange, in whatever order and from whatever process."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.ledger.facts import ExchangeFacts, unpacked

MOST = 20_000
"""Exchanges whose facts are kept, a few kilobytes each; a run with the strictest settings has a tenth of that."""


class Ledger:
    """The facts of a run; safe for use by several threads."""

    def __init__(self) -> None:
        self._facts: list[ExchangeFacts] = []
        self._lock = threading.Lock()
        self.left_out = 0
        """Exchanges that came after the ledger was full."""

    def add(self, facts: ExchangeFacts) -> None:
        """Enter one exchange."""
        with self._lock:
            if len(self._facts) < MOST:
                self._facts.append(facts)
            else:
                self.left_out += 1

    def facts(self) -> tuple[ExchangeFacts, ...]:
        """All entries by case, those of a case as they came: whichever case was over first, the order is the same."""
        with self._lock:
            return tuple(sorted(self._facts, key=lambda one: one.place.rpartition("::")[0]))

    def packed(self) -> list[dict[str, Any]]:
        """As plain data that a worker's pipe can carry."""
        return [one.packed() for one in self.facts()]

    def take(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Enter what another process of the run has packed."""
        for entry in entries:
            self.add(unpacked(entry))
