"""No more requests are under way than a gate has places, whoever sends them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.model import Exchange, HttpAnswer, HttpRequest
from conformance.wire.gate import Gate

REQUEST = HttpRequest("POST", "http://127.0.0.1/", ())
SECONDS = 20
"""Longer than any of these tests takes; without it a mistake would hang."""


class Full:
    """A server that answers when so many requests are there at once, and remembers the most that it ever had."""

    def __init__(self, parties: int) -> None:
        self.barrier = threading.Barrier(parties, timeout=SECONDS)
        self.lock = threading.Lock()
        self.now = self.most = 0

    def send(self, request: HttpRequest) -> Exchange:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.barrier.wait()
        with self.lock:
            self.now -= 1
        return Exchange(request, HttpAnswer(200, (), b""))


@pytest.mark.parametrize("places", [1, 3])
def test_as_many_pass_as_there_are_places(places: int) -> None:
    server = Full(places)
    gate = Gate(server, places)
    with ThreadPoolExecutor(places * 3) as pool:
        answers = list(pool.map(gate.send, [REQUEST] * places * 6))
    assert server.most == places
    assert len(answers) == places * 6


def test_a_place_is_given_back_when_sending_breaks() -> None:
    class Broken:
        def send(self, request: HttpRequest) -> Exchange:
            raise RuntimeError("a bug of the suite")

    gate = Gate(Broken(), 1)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            gate.send(REQUEST)


def test_a_gate_around_a_gate() -> None:
    gate = Gate(Full(1), 4)
    assert Gate.around(gate, 4) is gate
    assert Gate.around(gate, 8) is gate
    assert Gate.around(gate, 1).places == 1
    assert Gate.around(gate, 1).send(REQUEST).answer is not None
