"""Every answer that RFC 9112 allows is read, every other one is a failure of a kind: no exception leaves the client."""

from __future__ import annotations

import random

import pytest

from .answers import RIGHT, WRONG
from .helpers import answered, client, failed, post
from .servers import Peer, Server, always, answer, once

ROUNDS = 400
"""Mangled answers for one seed; the seeds below are tried on every run, more with a higher number by hand."""


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_unusual_and_right_is_read(name: str) -> None:
    with Server(once(RIGHT[name])) as server, client(server.url) as sender:
        got = answered(sender.send(post(server.url)))
    assert (got.status, got.body) == (200, b"hello")


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_a_failure_of_an_answer_that_began(name: str) -> None:
    with Server(once(WRONG[name])) as server, client(server.url) as sender:
        assert failed(sender.send(post(server.url))).began


def test_an_interim_answer_leaves_the_connection_to_the_next_request() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" * 3
    with Server(always(interim + answer(b"hello"))) as server, client(server.url) as sender:
        assert [answered(sender.send(post(server.url))).body for _ in range(3)] == [b"hello"] * 3
        assert server.connections == 1


def test_chunks_leave_the_connection_to_the_next_request() -> None:
    with Server(always(RIGHT["trailers"])) as server, client(server.url) as sender:
        assert [answered(sender.send(post(server.url))).body for _ in range(3)] == [b"hello"] * 3
        assert server.connections == 1


def test_interim_answers_do_not_outlive_the_deadline() -> None:
    def script(peer: Peer) -> None:
        peer.request()
        while not peer.over(0.05):
            peer.send(b"HTTP/1.1 102 Processing\r\n\r\n")

    with Server(script) as server, client(server.url, timeout=0.4) as sender:
        assert failed(sender.send(post(server.url))).kind == "timeout"


@pytest.mark.parametrize("seed", range(3))
def test_nothing_but_a_failure_leaves_the_client(seed: int) -> None:
    chance = random.Random(seed)
    stock = [*RIGHT.values(), *WRONG.values()]
    mangled = [_mangle(chance.choice(stock), chance) for _ in range(ROUNDS // 3)]
    turn = iter(mangled)
    with Server(lambda peer: once(next(turn))(peer)) as server, client(server.url, timeout=1) as sender:
        for data in mangled:
            exchange = sender.send(post(server.url))
            assert (exchange.answer is None) != (exchange.failure is None), data
            if exchange.failure is not None:
                failed(exchange)


def _mangle(data: bytes, chance: random.Random) -> bytes:
    """The bytes with some of them changed, doubled, taken out, or with something nasty between them."""
    made = bytearray(data[:4096])
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(made) + 1)
        match chance.randrange(5):
            case 0 if at < len(made):
                made[at] = chance.randrange(256)
            case 1:
                made[at:at] = made[at : at + chance.randint(1, 20)]
            case 2:
                del made[at : at + chance.randint(1, 20)]
            case 3:
                nasty = (b"\r\n", b"\n", b"\0", b"-1", b"\xff", b": ", b"0x", b"9" * 30, b" ", b"chunked")
                made[at:at] = chance.choice(nasty)
            case _:
                del made[at:]
    return bytes(made)
