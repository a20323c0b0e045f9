"""Budgets and Retry-After, on a clock of the test's own."""

import email.utils
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from conformance.wire.pacing import BudgetSpent, Limits, Pace

from .helpers import answered, client, failed, post
from .servers import Request, Server, always, answer


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_no_limit_never_waits(clock: Clock) -> None:
    pace = Pace(clock=clock, sleep=clock.sleep)
    assert [pace.take() for _ in range(1000)] == [0.0] * 1000
    assert clock.slept == []


def test_a_rate_spreads_the_turns(clock: Clock) -> None:
    pace = Pace(max_rps=10, clock=clock, sleep=clock.sleep)
    for _ in range(5):
        pace.take()
    assert clock.slept == [0.1] * 4
    clock.now += 5
    assert pace.take() == 0.0


def test_a_rate_holds_for_all_threads_together(clock: Clock) -> None:
    waits: list[float] = []
    pace = Pace(max_rps=10, clock=clock, sleep=waits.append)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: pace.take(), range(20)))
    assert sorted(round(wait, 6) for wait in waits) == [round(0.1 * turn, 6) for turn in range(1, 20)]


def test_a_number_of_requests(clock: Clock) -> None:
    pace = Pace(max_requests=3, clock=clock, sleep=clock.sleep)
    for _ in range(3):
        pace.take()
    with pytest.raises(BudgetSpent, match="3 requests"):
        pace.take()
    assert pace.taken == 3


def test_a_span_of_time(clock: Clock) -> None:
    pace = Pace(max_rps=1, deadline=2.5, clock=clock, sleep=clock.sleep)
    for _ in range(3):
        pace.take()
    with pytest.raises(BudgetSpent, match="time"):
        pace.take()
    assert pace.taken == 3


def test_a_hold_is_for_everybody(clock: Clock) -> None:
    pace = Pace(clock=clock, sleep=clock.sleep)
    pace.hold(7)
    pace.hold(3)
    assert pace.take() == 7


def busy_once(retry_after: str | None) -> tuple[list[Request], Server]:
    seen: list[Request] = []
    headers = () if retry_after is None else (f"Retry-After: {retry_after}",)

    def respond(request: Request) -> bytes:
        seen.append(request)
        return answer(b"busy", "429 Too Many Requests", *headers) if len(seen) == 1 else answer()

    return seen, Server(always(respond))


def test_retry_after_is_waited_for_once(clock: Clock) -> None:
    seen, server = busy_once("3")
    with server, client(server.url, pace=Pace(clock=clock, sleep=clock.sleep)) as sender:
        exchange = sender.send(post(server.url))
    assert answered(exchange).status == 200
    assert clock.slept == [3.0]
    assert len(seen) == 2
    assert exchange.notes[-1] == "429 before: waited 3 s as Retry-After asks, and sent again"


def test_retry_after_as_a_date(clock: Clock) -> None:
    moment = email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=10), usegmt=False)
    _, server = busy_once(moment)
    with server, client(server.url, pace=Pace(clock=clock, sleep=clock.sleep)) as sender:
        assert answered(sender.send(post(server.url))).status == 200
    assert 5 < clock.slept[0] <= 10


def test_a_second_429_is_the_answer(clock: Clock) -> None:
    busy = answer(b"busy", "429 Too Many Requests", "Retry-After: 1")
    with (
        Server(always(busy)) as server,
        client(server.url, pace=Pace(clock=clock, sleep=clock.sleep)) as sender,
    ):
        assert answered(sender.send(post(server.url))).status == 429
        assert len(server.requests) == 2
    assert clock.slept == [1.0]


@pytest.mark.parametrize("value", [None, "31", "86400", "-1", "1e3", "soon", "9" * 400, "٣"])
def test_what_cannot_be_waited_for_is_the_answer(clock: Clock, value: str | None) -> None:
    seen, server = busy_once(None if value is None else value.encode("utf-8").decode("latin-1"))
    with server, client(server.url, pace=Pace(clock=clock, sleep=clock.sleep)) as sender:
        exchange = sender.send(post(server.url))
    assert answered(exchange).status == 429
    assert len(seen) == 1
    assert clock.slept == []


def test_a_wait_beyond_the_budget_is_not_begun(clock: Clock) -> None:
    _, server = busy_once("20")
    with server, client(server.url, pace=Pace(deadline=10, clock=clock, sleep=clock.sleep)) as sender:
        exchange = sender.send(post(server.url))
    assert answered(exchange).status == 429
    assert "budget" in exchange.notes[-1]
    assert clock.slept == []


def test_a_spent_budget_sends_nothing() -> None:
    with Server(always(answer())) as server, client(server.url, pace=Pace(max_requests=1)) as sender:
        assert answered(sender.send(post(server.url))).status == 200
        assert failed(sender.send(post(server.url))).kind == "budget"
        assert len(server.requests) == 1


def test_workers_get_their_share_of_the_limits() -> None:
    limits = Limits(max_rps=10, max_requests=11, ends=1e12)
    shares = [limits.share(number, 3, spent=1) for number in range(3)]
    assert [share.max_requests for share in shares] == [4, 3, 3], "ten are left"
    assert {(share.max_rps, share.ends) for share in shares} == {(10 / 3, 1e12)}
    assert Limits().share(0, 2, spent=5) == Limits()


def test_a_share_of_nothing_sends_nothing() -> None:
    with pytest.raises(BudgetSpent):
        Limits(max_requests=3).share(0, 2, spent=3).pace().take()


def test_limits_that_have_ended() -> None:
    with pytest.raises(BudgetSpent, match="--speke-max-minutes"):
        Limits(ends=1.0).pace().take()
