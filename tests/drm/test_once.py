"""A reader that remembers: the same bytes are read once, mistakes are told anew, and what is large is not kept."""

from __future__ import annotations

import pytest

from conformance.cpix.errors import DecodeError
from conformance.drm.once import LARGEST, once


class Reader:
    """Counts how often it really reads."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, data: bytes) -> int:
        self.times += 1
        if data.startswith(b"!"):
            raise DecodeError("test.broken", "it is broken", offset=0, expected="a", found="!")
        return len(data)


def counted() -> Reader:
    reader = Reader()
    reader.__name__ = "reader"  # type: ignore[attr-defined]
    return reader


def test_the_same_bytes_are_read_once() -> None:
    reader = counted()
    read = once(reader)
    assert (read(b"abc"), read(b"abc"), read(b"abcd")) == (3, 3, 4)
    assert reader.times == 2


def test_a_mistake_is_remembered_and_raised_anew() -> None:
    reader = counted()
    read = once(reader)
    caught = []
    for _ in range(2):
        with pytest.raises(DecodeError) as error:
            read(b"!")
        caught.append(error.value)
    assert reader.times == 1
    first, second = caught
    assert first is not second
    assert (second.code, second.offset, second.expected, second.found) == ("test.broken", 0, "a", "!")


def test_what_is_large_is_read_anew() -> None:
    reader = counted()
    read = once(reader)
    large = b"x" * (LARGEST + 1)
    assert (read(large), read(large)) == (LARGEST + 1, LARGEST + 1)
    assert reader.times == 2
