"""Reads the same bytes once: a payload that stands in five places of an answer is decoded for the first of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Final, ParamSpec, TypeVar

from conformance.cpix.errors import DecodeError

P = ParamSpec("P")
T = TypeVar("T")

KEPT: Final = 256
"""Payloads that each reader remembers; more than one answer with 64 keys holds of one kind."""
LARGEST: Final = 16 * 1024
"""Larger ones are read anew, so that a hostile answer cannot fill the memory."""


def once(read: Callable[P, T]) -> Callable[P, T]:
    """Remember what a reader made of a payload, its DecodeError included; what it makes must be immutable."""

    @lru_cache(maxsize=KEPT)
    def attempt(*arguments: Any, **options: Any) -> T | DecodeError:
        try:
            return read(*arguments, **options)
        except DecodeError as error:
            return error.with_traceback(None)

    @wraps(read)
    def reading(*arguments: P.args, **options: P.kwargs) -> T:
        if any(isinstance(one, (bytes, str)) and len(one) > LARGEST for one in arguments):
            return read(*arguments, **options)
        made = attempt(*arguments, **options)  # type: ignore[arg-type]
        if isinstance(made, DecodeError):
            # A new one each time: an exception that is raised twice drags the frames of both along.
            raise DecodeError(made.code, made.message, offset=made.offset, expected=made.expected, found=made.found)
        return made

    return reading
