"""Politeness: how fast, how often and how long the suite may ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


class BudgetSpent(Exception):
    """Says in one sentence which budget of the run is used up."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a run may ask of a server; None means no limit."""

    max_rps: float | None = None
    max_requests: int | None = None
    ends: float | None = None
    """Seconds since 1970, so that it means the same in every process."""

    @classmethod
    def from_now(cls, max_rps: float | None, max_requests: int | None, minutes: float | None) -> Limits:
        """The limits of a run that begins now."""
        return cls(max_rps, max_requests, time.time() + minutes * 60 if minutes else None)

    def share(self, number: int, count: int, spent: int) -> Limits:
        """The part of worker `number` (from 0) of `count`, after `spent` requests were already sent."""
        rps = self.max_rps / count if self.max_rps else None
        if self.max_requests is None:
            return Limits(rps, None, self.ends)
        left = max(0, self.max_requests - spent)
        return Limits(rps, left // count + (number < left % count), self.ends)

    def pace(self) -> Pace:
        """A pace that keeps these limits."""
        return Pace(self.max_rps, self.max_requests, None if self.ends is None else self.ends - time.time())


TIME_IS_UP = "The run's time is up; raise --speke-max-minutes."

NO_LIMITS = Limits()


class Pace:
    """Hands out turns to send a request, at most `max_rps` a second; safe for use by several threads.

    `max_requests` counts every request on the wire, hops and repetitions included; `deadline` is in seconds after
    the pace was made. None means no limit. `clock` and `sleep` are exchangeable so that tests need not wait.
    """

    def __init__(
        self,
        max_rps: float | None = None,
        max_requests: int | None = None,
        deadline: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap = 1.0 / max_rps if max_rps else 0.0
        self._max_requests = max_requests
        self._clock = clock
        self._sleep = sleep
        self._end = None if deadline is None else clock() + deadline
        self._next = clock()
        self._lock = threading.Lock()
        self.taken = 0

    def take(self) -> float:
        """Wait for the next turn and say how many seconds that took; raises BudgetSpent when there is none."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            if self._max_requests is not None and self.taken >= self._max_requests:
                raise BudgetSpent(
                    f"The run's budget of {self._max_requests} requests is spent; raise --speke-max-requests."
                )
            if self._end is not None and turn >= self._end:
                raise BudgetSpent(TIME_IS_UP)
            self._next = turn + self._gap
            self.taken += 1
        wait = turn - now
        if wait > 0:
            self._sleep(wait)
        return wait

    def hold(self, seconds: float) -> None:
        """Give no turn to anybody for so many seconds, because the server asked for a rest."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
