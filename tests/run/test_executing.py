"""Each step is sent once, in the right order, whoever asks first."""

from __future__ import annotations

from conformance.cases import NotClaimed
from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.registry import Untestable
from conformance.model import Claims, HttpAnswer, ResultState, TransportFailure
from conformance.run.controls import MOST
from conformance.run.runner import STOP_AFTER
from tests.run.acting import LATE, Actor, case, check, family, plan, runner, step


def test_a_step_is_sent_once_however_often_it_is_asked() -> None:
    actor, one = Actor(), case("A", step("A/first"), step("A/second"))
    running = runner(actor, [one])
    for _ in range(3):
        for asked in reversed(one.steps):
            assert running.ask(one, asked, check()).state is ResultState.ASKED
    assert actor.marks() == ["A/first", "A/second"]


def test_a_step_sees_the_steps_before_it_and_none_behind() -> None:
    one = case("A", step("A/first"), step("A/second"), step("A/third"))
    found = runner(Actor(), [one]).performed(one, one.steps[1])
    assert isinstance(found, Context)
    assert list(found.earlier) == ["first"]


def test_a_family_sends_its_control_first_its_negatives_then_and_the_control_again_last() -> None:
    actor, cases = Actor(), family()
    running = runner(actor, cases)
    last = cases[2].steps[1]
    found = running.performed(cases[2], last)
    assert actor.marks() == ["CONTROL/before", "ONE/ask", "TWO/ask", "CONTROL/after"]
    assert isinstance(found, Context) and list(found.earlier) == ["control"]
    after = running.performed(cases[0], cases[0].steps[1])
    assert isinstance(after, Context) and set(after.earlier) == {"before", "control"}


def test_a_negative_that_is_asked_alone_sends_its_control_too() -> None:
    actor, cases = Actor(), family()
    running = runner(actor, cases[1:2])
    running._library.update({one.name: one for one in cases})
    found = running.performed(cases[1], cases[1].steps[1])
    assert isinstance(found, Context) and list(found.earlier) == ["control"]
    assert actor.marks() == ["CONTROL/before", "ONE/ask"]


def test_a_case_that_was_not_selected_can_be_asked_nevertheless() -> None:
    actor, cases = Actor(), family()
    running = runner(actor, cases[:2])
    assert isinstance(running.performed(cases[2], cases[2].steps[1]), Context)


def test_what_was_released_is_sent_again_for_whoever_asks_again() -> None:
    actor, one = Actor(), case("A")
    running = runner(actor, [one])
    running.ask(one, one.steps[0], check())
    running.release("A")
    running.ask(one, one.steps[0], check())
    assert actor.marks() == ["A/ask", "A/ask"]
    running.release("nobody")


def test_what_is_not_claimed_is_not_sent() -> None:
    cases = [
        case("VERSION", version="2.1"),
        case("NEEDS", needs=["system.fairplay"]),
        case("SYSTEM", step("SYSTEM/ask", plan=plan(systems=("playready",)))),
    ]
    actor = Actor()
    running = runner(actor, cases, claims=Claims(frozenset({"2.0"}), frozenset({("widevine", "cenc")})))
    for one in cases:
        result = running.ask(one, one.steps[0], check())
        assert result.state is ResultState.NOT_CLAIMED and "is not claimed" in result.reason
    assert actor.sent == []


def test_a_contract_that_the_policy_refuses_is_not_asked_for_as_a_good_request() -> None:
    shared = plan(rules=load_catalogue().contract("SHARED"))
    one = case("A", step("A/good", plan=shared), step("A/bad", "refused", plan=shared))
    actor = Actor()
    claims = Claims(frozenset({"2.0"}), frozenset({("widevine", "cenc")}), refuses=("SHARED",))
    running = runner(actor, [one], claims=claims)
    assert isinstance(running.performed(one, one.steps[0]), NotClaimed)
    assert actor.marks() == ["A/bad"]


def test_after_ten_exchanges_in_a_row_without_an_answer_nothing_more_is_sent() -> None:
    cases = [case(f"CASE-{number}") for number in range(STOP_AFTER + 5)]
    actor = Actor(lambda request: LATE)
    running = runner(actor, cases)
    results = [running.ask(one, one.steps[0], check()) for one in cases]
    assert len(actor.sent) == STOP_AFTER
    assert running.gave_up and LATE.message in running.gave_up
    assert [one.state for one in results[STOP_AFTER:]] == [ResultState.UNTESTABLE] * 5
    assert results[-1].reason == running.gave_up


def test_one_answer_in_between_starts_the_count_again() -> None:
    cases = [case(f"CASE-{number}") for number in range(STOP_AFTER * 2)]
    answers: list[HttpAnswer | TransportFailure] = [LATE] * (len(cases) + MOST)
    answers[STOP_AFTER - 1] = HttpAnswer(500, (), b"")
    actor = Actor(lambda request: answers[len(actor.sent) - 1])
    running = runner(actor, cases)
    for one in cases:
        running.ask(one, one.steps[0], check())
    # Since somebody has answered, plain requests were tried as controls too.
    assert sum("X-Mark" in dict(request.headers) for request in actor.sent) == len(cases)


def test_a_spent_budget_ends_the_run_and_is_nobodys_failure() -> None:
    cases = [case("A"), case("B"), case("C")]
    spent = TransportFailure("budget", "The run's budget of 1 requests is spent.")
    actor = Actor(lambda request: HttpAnswer(200, (), b"") if len(actor.sent) == 1 else spent)
    running = runner(actor, cases)
    results = [running.ask(one, one.steps[0], check()) for one in cases]
    assert [one.state for one in results] == [ResultState.ASKED, ResultState.UNTESTABLE, ResultState.UNTESTABLE]
    assert results[1].reason == results[2].reason == running.gave_up == spent.message
    assert len(actor.sent) == 2


def test_a_run_that_was_stopped_sends_nothing_and_what_is_not_claimed_stays_so() -> None:
    cases = [case("A"), case("B", version="2.1")]
    actor = Actor()
    running = runner(actor, cases, claims=Claims(frozenset({"2.0"}), frozenset({("widevine", "cenc")})))
    running.stop("nobody is there")
    running.stop("another reason")
    assert running.ask(cases[0], cases[0].steps[0], check()).reason == "nobody is there"
    assert running.ask(cases[1], cases[1].steps[0], check()).state is ResultState.NOT_CLAIMED
    assert actor.sent == [] and running.gave_up == "nobody is there"


def test_closing_is_not_giving_up() -> None:
    running = runner(Actor(), [case("A")])
    running.close()
    assert running.stopped and not running.gave_up
    found = running.performed(case("A"), case("A").steps[0])
    assert isinstance(found, Untestable)


def test_each_exchange_is_observed_once() -> None:
    seen: list[str] = []
    cases = family()
    running = runner(Actor(), cases, observe=lambda context: seen.append(context.case.name))
    for one in cases:
        for asked in one.steps:
            running.ask(one, asked, check())
    assert seen == ["CONTROL", "ONE", "TWO", "CONTROL"]
