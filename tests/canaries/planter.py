"""A key server that gives keys away: each answer at other places and in other notations."""

from __future__ import annotations

import itertools
import re
import threading
from base64 import b64decode
from collections.abc import Iterator, Sequence

from conformance import refserver
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile
from tests.canaries.places import DOCUMENT, PROSE, Answer, Unwritable
from tests.canaries.sweep import canary, pieces
from tests.canaries.vault import Vault
from tests.canaries.written import NOTATIONS
from tests.wire.servers import Request, Script, always, answer

_PLAIN = re.compile(rb"PlainValue[^>]*>([^<]+)<")
BESIDE = tuple(f"header: {name}" for name in ("X-Debug", "Server", "Via", "ETag", "Link", "a name"))
"""Places that leave an answer what it is."""
_TOGETHER = 5


def everywhere() -> list[tuple[str, ...]]:
    """What becomes of one answer after the other: documents with some of their places each, and other answers."""
    places = [place for place in DOCUMENT if place != "comment"]
    accepted = [(*places[at::_TOGETHER], *BESIDE) for at in range(_TOGETHER)]
    refused = [(place,) for place in PROSE if place not in BESIDE]
    return [(), *itertools.chain.from_iterable(zip(refused, itertools.cycle(accepted), strict=False))]


class Planter:
    """Plants a key that nobody knows outside of documents, and in a document a key of its own."""

    def __init__(self, name: str, turns: Sequence[Sequence[str]]) -> None:
        self.planted: dict[str, bytes | str] = {}
        self.pieces: dict[bytes, str] = {}
        """What gives a planted key away -> where it was planted, and how it was written."""
        self._name, self._turns = name, turns
        self._config = built_in_config(load_profile("reference"))
        self._vault = Vault()
        self._count = 0
        self._lock = threading.Lock()

    @property
    def script(self) -> Script:
        """For a server of the tests."""
        return always(self._answer)

    @property
    def secrets(self) -> dict[str, bytes | str]:
        """Every key that was planted or given out."""
        return self.planted | self._vault.secrets

    def _answer(self, request: Request) -> bytes:
        right = refserver.answer(
            refserver.HttpRequest(request.method, request.path, request.headers, request.body), self._config
        )
        made = Answer(right.status, right.headers, right.body)
        own = _PLAIN.search(right.body)
        with self._lock:
            self._vault.remember(request.body, right.body)
            turn, number = self._turns[self._count % len(self._turns)], self._count
            self._count += 1
            for place in turn:
                if place in PROSE:
                    made = self._planted(made, place, canary(self._name, place, str(number)), number)
                elif own is not None:
                    made = self._planted(made, place, b64decode(own[1]), number)
        return answer(made.body, f"{made.status} {made.reason}", *(f"{name}: {value}" for name, value in made.headers))

    def _planted(self, made: Answer, place: str, key: bytes, number: int) -> Answer:
        for notation, text in _written(key, number):
            try:
                spoilt = {**PROSE, **DOCUMENT}[place](made, text)
            except Unwritable:
                continue
            what = f"{self._name}, {place}, {notation}"
            self.planted[what] = key
            self.pieces.update((one.encode("utf-8", "surrogatepass"), what) for one in pieces(key, text))
            return spoilt
        raise AssertionError(place)


def _written(key: bytes, number: int) -> Iterator[tuple[str, str]]:
    """The key in every notation, beginning at another one each time."""
    names = list(NOTATIONS)
    at = 7 * number % len(names)
    return ((name, NOTATIONS[name](key)) for name in (*names[at:], *names[:at]))
