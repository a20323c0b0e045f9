"""Politeness: how fast, how often and how long the suite may ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class BudgetSpent(Exception):
    """Says in one sentence which budget of the run is used up."""


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
                raise BudgetSpent(f"The run's budget of {self._max_requests} requests is spent.")
            if self._end is not None and turn >= self._end:
                raise BudgetSpent("The run's time is up.")
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
