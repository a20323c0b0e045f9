"""A small pool executes cases ahead of their questions; what it does shows only in the time that is saved."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from conformance.model import Case, HttpAnswer, HttpRequest, ResultState
from conformance.run.runner import LOOK_AHEAD, Runner, longest_first
from tests.run.acting import CLAIMS, Actor, case, check, family, runner, step

SECONDS = 20
"""Longer than any of these tests takes; without it a mistake would hang."""


def many(count: int) -> list[Case]:
    """That many cases."""
    return [case(f"CASE-{number:02}") for number in range(count)]


class Meeting:
    """A server that answers only when so many requests are under way at once."""

    def __init__(self, parties: int) -> None:
        self.barrier = threading.Barrier(parties, timeout=SECONDS)
        self.most = 0
        self.now = 0
        self.lock = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpAnswer:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.barrier.wait()
        with self.lock:
            self.now -= 1
        return HttpAnswer(200, (), b"")


def ask_all(running: Runner, cases: list[Case]) -> list[ResultState]:
    """Every question, in order, each group released when its last question is asked."""
    states = []
    for one in cases:
        states += [running.ask(one, asked, check()).state for asked in one.steps]
        running.release(one.group)
    return states


def test_as_many_requests_are_under_way_as_allowed_and_no_more() -> None:
    meeting, cases = Meeting(3), many(9)
    actor = Actor(meeting)
    running = runner(actor, cases, concurrency=3)
    running.start()
    assert ask_all(running, cases) == [ResultState.ASKED] * 9
    running.close()
    assert meeting.most == 3
    assert len(actor.sent) == 9


def test_nobody_who_asks_sends_beside_the_pool() -> None:
    """Every group that is asked for on the main thread is one that the pool has not begun: the last one each time."""
    meeting, cases = Meeting(3), many(30)
    actor = Actor(meeting)
    running = runner(actor, cases, concurrency=3)
    running.start()
    assert ask_all(running, cases[::-1]) == [ResultState.ASKED] * 30
    running.close()
    assert meeting.most == 3
    assert len(actor.sent) == 30


def test_two_runners_of_one_run_have_one_limit() -> None:
    meeting, first, second = Meeting(2), many(8), [case(f"MORE-{number}") for number in range(8)]
    one = runner(Actor(meeting), first, concurrency=2)
    other = Runner(replace(one.setting, claims=CLAIMS), second)
    one.start()
    other.start()
    asking = threading.Thread(target=ask_all, args=(one, first))
    asking.start()
    ask_all(other, second)
    asking.join(SECONDS)
    one.close()
    other.close()
    assert meeting.most == 2


@pytest.mark.parametrize("within", [1, 3, 100])
def test_each_group_once_and_long_ones_early(within: int) -> None:
    groups = ["a", "b", "ccc", "d", "ee", "f", "gggg", "h"]
    order = list(longest_first(groups, len, within))
    assert sorted(order) == groups
    if within == 1:
        assert order == ["a", "ccc", "b", "ee", "d", "gggg", "f", "h"]
    if within == 100:
        assert order == ["gggg", "ccc", "ee", "a", "b", "d", "f", "h"]


def test_the_longest_group_is_begun_first() -> None:
    long = case("LONG", *(step(f"LONG/{number}") for number in range(5)))
    actor, cases = Actor(), [*many(4), long]
    both = threading.Barrier(2, timeout=SECONDS)

    def serve(request: HttpRequest) -> HttpAnswer:
        if len(actor.sent) <= 2:  # the first of each thread of the pool wait for each other
            both.wait()
        return HttpAnswer(200, (), b"")

    actor.serve = serve
    running = runner(actor, cases, concurrency=2)
    running.start()
    assert ask_all(running, [long]) == [ResultState.ASKED] * 5
    running.close()
    assert "LONG/0" in actor.marks()[:3]


def test_with_a_concurrency_of_one_nothing_is_sent_ahead() -> None:
    actor, cases = Actor(), many(3)
    running = runner(actor, cases)
    running.start()
    assert actor.sent == []
    ask_all(running, cases)
    running.close()
    assert len(actor.sent) == 3


def test_each_step_is_sent_once_whatever_the_order_of_the_questions() -> None:
    actor, cases = Actor(), many(LOOK_AHEAD * 3)
    running = runner(actor, cases, concurrency=4)
    running.start()
    ask_all(running, cases[::-1])
    running.close()
    assert sorted(actor.marks()) == sorted(f"{one.name}/ask" for one in cases)


def test_only_so_many_groups_are_finished_before_their_questions() -> None:
    cases = many(LOOK_AHEAD + 10)
    reached = threading.Event()
    actor = Actor()

    def serve(request: HttpRequest) -> HttpAnswer:
        if len(actor.sent) == LOOK_AHEAD:
            reached.set()
        return HttpAnswer(200, (), b"")

    actor.serve = serve
    running = runner(actor, cases, concurrency=2)
    running.start()
    assert reached.wait(SECONDS)
    # The first question of the last group is answered although the pool may not go so far by itself.
    last = cases[-1]
    assert running.ask(last, last.steps[0], check()).state is ResultState.ASKED
    assert len(actor.sent) == LOOK_AHEAD + 1
    running.close()
    assert len(actor.sent) == LOOK_AHEAD + 1


def test_a_family_stays_in_order_in_the_pool() -> None:
    actor, cases = Actor(), family()
    running = runner(actor, cases, concurrency=4)
    running.start()
    assert [running.ask(one, asked, check()).state for one in cases for asked in one.steps] == [ResultState.ASKED] * 6
    running.close()
    assert actor.marks() == ["CONTROL/before", "ONE/ask", "TWO/ask", "CONTROL/after"]


def test_closing_early_ends_the_pool() -> None:
    began, go_on = threading.Event(), threading.Event()

    def serve(request: HttpRequest) -> HttpAnswer:
        began.set()
        assert go_on.wait(SECONDS)
        return HttpAnswer(200, (), b"")

    actor, cases = Actor(serve), many(30)
    running = runner(actor, cases, concurrency=2)
    running.start()
    assert began.wait(SECONDS)
    closing = threading.Thread(target=running.close)
    closing.start()
    go_on.set()
    closing.join(SECONDS)
    assert not closing.is_alive()
    assert len(actor.sent) < 30
