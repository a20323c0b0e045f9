"""Captures that were damaged at random: each is read, or refused in one sentence, and none takes long.

A few dozen mutants of each form by default, which takes seconds; `SPEKE_MUTANTS=1000` plays a thousand of each.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

import pytest

from conformance.catalogue.yamlfile import DataError
from conformance.offline.captured import assembled
from conformance.offline.captures.forms import read_half, read_whole
from conformance.offline.captures.heads import read_head
from conformance.offline.captures.message import Capture, Message, Unreadable
from tests.offline.captures.samples import answers, heads, requests, sample, wholes

MUTANTS = int(os.environ.get("SPEKE_MUTANTS", "25"))
LONGEST = 5.0
"""Seconds of CPU for one mutant, far beyond what any takes: a reader that hangs is what this is about."""

ONE = sample()
PIECES = (b"\r\n\r\n", b"\n", b"{", b"}", b'"', b"\\", b"<", b">", b"&lt;", b"%3C", b"\x00", b"\xff\xfe", b"\x1f\x8b")
TOKENS = (
    b"HTTP/1.1 200 OK\r\n",
    b"POST / HTTP/1.1\r\n",
    b"null",
    b"[]",
    b"true",
    b"1e999",
    b"</cpix:CPIX>",
    b"=",
    b"> ",
)


def mutant(data: bytes, dice: random.Random) -> bytes:
    """The bytes with one to four small damages."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(changed) + 1)
        length = dice.choice((1, 2, 8, 200))
        match dice.randrange(6):
            case 0:
                del changed[at : at + length]
            case 1:
                changed[at:at] = dice.choice(PIECES + TOKENS)
            case 2:
                changed[at : at + 1] = bytes([dice.randrange(256)])
            case 3:
                changed[at:at] = changed[at : at + length]
            case 4:
                del changed[at:]
            case _:
                changed[at : at + length] = dice.choice(PIECES + TOKENS)
    return bytes(changed)


def first(captures: list[Capture]) -> Capture:
    return captures[0]


def _whole(data: bytes) -> None:
    assembled(read_whole(data, first), ("a", "b"), None, "")


def _answer(data: bytes) -> None:
    came = read_half(data, "answer", first).answer
    assembled(Capture(Message(ONE.request), came), ("a", "b"), None, "")


def _request(data: bytes) -> None:
    asked = read_half(data, "request", first).request
    assembled(Capture(asked, Message(ONE.answer.body)), ("a", "b"), None, "")


def _head(data: bytes) -> None:
    read_head(data)


SEEDS: list[tuple[str, bytes, Callable[[bytes], None]]] = [
    *((f"whole-{name}", data, _whole) for name, data in wholes(ONE).items()),
    *((f"answer-{name}", data, _answer) for name, data in answers(ONE).items()),
    *((f"request-{name}", data, _request) for name, data in requests(ONE).items()),
    *((f"head-{name}", data, _head) for name, data in heads(ONE).items()),
]


@pytest.mark.parametrize(("form", "data", "read_it"), SEEDS, ids=[name for name, _, _ in SEEDS])
def test_a_damaged_capture_is_read_or_refused(form: str, data: bytes, read_it: Callable[[bytes], None]) -> None:
    dice = random.Random(f"mutants of {form}")
    for number in range(MUTANTS):
        changed = mutant(data, dice)
        began = time.process_time()
        try:
            read_it(changed)
        except (Unreadable, DataError) as why:
            assert str(why) and "\n" not in str(why), (number, str(why))
        assert time.process_time() - began < LONGEST, (form, number)
