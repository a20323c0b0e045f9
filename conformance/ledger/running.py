"""The two laws of content keys for traffic that has no end: asked with each answer, and with bounded memory.

A KID has one key for one content, period index and scheme, however often it is asked for; and no other KID has it.
Digests of keys are kept, never keys. Ledgers of several processes are compared by handing their new entries on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.ledger.facts import ExchangeFacts

MOST = 200_000
"""Keys that are remembered, some 60 MB. Later ones are compared with these and not remembered themselves."""

ONE_KEY, OWN_KEYS = "run.one-key-for-one-kid", "run.kids-have-own-keys"


@dataclass(frozen=True, slots=True)
class Entry:
    """One answered content key: whose it is, its digest, and where it was first seen."""

    content: str
    kid: str
    index: str
    scheme: str
    value: bytes
    telling: bool
    """Whether it means something that two KIDs have the value."""
    place: str


def entries_of(facts: ExchangeFacts) -> Iterator[Entry]:
    """The readable keys of an answer."""
    for key in facts.keys:
        if key.value:
            for index in key.indexes or ("",):
                yield Entry(facts.content, key.kid, index, key.scheme, key.value[:8], key.telling, facts.place)


class RunningLedger:
    """What was seen so far; not safe for threads (Locust's users share one)."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._keys: dict[tuple[str, str, str, str], tuple[bytes, str]] = {}
        self._owners: dict[bytes, tuple[str, str]] = {}
        self._new: list[Entry] = []

    def take(self, entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
        """Remember; yields (check, `later place, earlier place`) for each entry that breaks a law."""
        for one in entries:
            name = (one.content, one.kid, one.index, one.scheme)
            known = self._keys.get(name)
            if known is None:
                if len(self._keys) < self._most:
                    self._keys[name] = (one.value, one.place)
                    self._new.append(one)
            elif known[0] != one.value:
                # A key made up for each request is one mistake, not a second one for every KID that shares nothing.
                yield ONE_KEY, f"{one.place}, {known[1]}"
                continue
            if one.telling:
                kid, place = self._owners.get(one.value, (one.kid, one.place))
                if kid != one.kid:
                    yield OWN_KEYS, f"{one.place}, {place}"
                elif len(self._owners) < self._most:
                    self._owners[one.value] = (kid, place)

    def drained(self) -> list[Entry]:
        """The entries that are new since the last time, for the process that compares those of all."""
        new, self._new = self._new, []
        return new
