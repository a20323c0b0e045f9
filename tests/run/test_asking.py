"""What becomes of a question: asked, untestable, not claimed, or broken by a bug of ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.checks.registry import Need, NotApplicable, Untestable
from conformance.checks.selector import due
from conformance.model import Exchange, Finding, HttpAnswer, HttpRequest, ResultState
from conformance.run.asking import requirements_of
from tests.run.acting import LATE, REFUSED, Actor, case, check, echo, family, runner, step

FINDING = Finding("here", "this", "that")


def test_a_finding_and_the_requirements_it_is_about() -> None:
    one = case("A", step("A/ask", requirements=("R-2", "R-1")))
    result = runner(Actor(), [one]).ask(one, one.steps[0], check(lambda ctx: [FINDING], from_case=True))
    assert (result.state, result.findings, result.requirements) == (ResultState.ASKED, (FINDING,), ("R-1", "R-2"))
    assert result.finding_id == "a.check@A::ask"
    assert requirements_of(check(), one.steps[0]) == ("R-1",)


def broken(context: Context) -> Iterator[Finding]:
    """A check with a bug, in whose message a secret stands."""
    yield FINDING
    raise ZeroDivisionError(f"secret {context.answer.status}")


def test_a_check_that_breaks_is_an_error_without_any_value() -> None:
    one = case("A")
    result = runner(Actor(), [one]).ask(one, one.steps[0], check(broken))
    assert result.state is ResultState.ERROR and result.findings == ()
    assert "ZeroDivisionError at test_asking.py:" in result.reason
    assert "secret" not in result.reason and "bug of the suite" in result.reason


@pytest.mark.parametrize("where", ["sender", "observer", "certificate"])
def test_whatever_else_breaks_is_an_error_too(where: str) -> None:
    def breaks(*_: object) -> bool:
        raise KeyError("secret")

    one = case("A")
    running = runner(Actor(breaks if where == "sender" else echo), [one])  # type: ignore[arg-type]
    if where == "observer":
        running = runner(Actor(), [one], observe=breaks)
    if where == "certificate":
        running.setting.ring.certificate_texts = breaks  # type: ignore[method-assign,assignment]
    result = running.ask(one, one.steps[0], check())
    assert result.state is ResultState.ERROR
    assert "KeyError" in result.reason and "secret" not in result.reason


def test_reading_the_answer_may_break_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(body: bytes) -> None:
        raise RecursionError

    monkeypatch.setattr("conformance.checks.context.read", read)
    one = case("A")
    result = runner(Actor(), [one]).ask(one, one.steps[0], check(need=Need.DOCUMENT))
    assert result.state is ResultState.ERROR and "RecursionError" in result.reason


def test_a_defect_that_hits_nothing_is_said_to_be_a_mistake_of_the_case() -> None:
    one = case("A", step("A/ask", defects=({"remove": "//cpix:LabelFilter"},)))
    result = runner(Actor(), [one]).ask(one, one.steps[0], check())
    assert result.state is ResultState.ERROR
    assert result.reason == (
        "the case cannot be sent as it is written: //cpix:LabelFilter finds nothing in the request"
    )


def test_a_check_may_find_that_it_does_not_apply_or_cannot_be_asked() -> None:
    def nothing(context: Context) -> Iterator[Finding]:
        raise NotApplicable("there is no such element")

    def unknown(context: Context) -> Iterator[Finding]:
        raise Untestable("the other answer is missing")

    one = case("A")
    running = runner(Actor(), [one])
    asked = [running.ask(one, one.steps[0], check(ask)) for ask in (nothing, unknown)]
    assert [(result.state, result.reason) for result in asked] == [
        (ResultState.ASKED, "there is no such element"),
        (ResultState.UNTESTABLE, "the other answer is missing"),
    ]


def answer(status: int, body: bytes = b"") -> HttpAnswer:
    """A short answer."""
    return HttpAnswer(status, (), body)


@pytest.mark.parametrize(
    ("need", "answered", "state"),
    [
        (Need.EXCHANGE, LATE, ResultState.ASKED),
        (Need.ANSWER, LATE, ResultState.UNTESTABLE),
        (Need.ANSWER, answer(422), ResultState.ASKED),
        (Need.ANSWER, answer(503), ResultState.UNTESTABLE),
        (Need.ANSWER, answer(503, b"Missing CPIX@version"), ResultState.ASKED),
        (Need.SUCCESS, answer(422), ResultState.UNTESTABLE),
        (Need.SUCCESS, answer(200), ResultState.ASKED),
        (Need.DOCUMENT, answer(200, b"<html/>"), ResultState.UNTESTABLE),
        (Need.REFUSAL, answer(200), ResultState.UNTESTABLE),
        (Need.REFUSAL, answer(404), ResultState.ASKED),
    ],
)
def test_what_must_be_there_first(need: Need, answered: HttpAnswer, state: ResultState) -> None:
    one = case("A")
    assert runner(Actor(lambda request: answered), [one]).ask(one, one.steps[0], check(need=need)).state is state


@pytest.mark.parametrize("kind", ["free", "accepted-or-refused"])
def test_where_both_are_right_the_other_questions_do_not_arise(kind: str) -> None:
    one = case("A", step("A/ask", kind))
    asked = one.steps[0]
    for answered, need in ((answer(422), Need.DOCUMENT), (answer(200, b"<x/>"), Need.REFUSAL)):
        result = runner(Actor(lambda request, answered=answered: answered), [one]).ask(one, asked, check(need=need))  # type: ignore[misc]
        assert result.state is ResultState.ASKED and "which it may" in result.reason
    assert (
        runner(Actor(lambda request: LATE), [one]).ask(one, asked, check(need=Need.DOCUMENT)).state
        is ResultState.UNTESTABLE
    )


def test_a_server_that_refuses_everything_collects_no_green_refusals() -> None:
    cases = family()
    running = runner(Actor(lambda request: REFUSED), cases)
    result = running.ask(cases[1], cases[1].steps[1], check(need=Need.REFUSAL))
    assert result.state is ResultState.UNTESTABLE
    assert "the same request without the defect is not accepted" in result.reason
    assert running.ask(cases[1], cases[1].steps[1], check(need=Need.EXCHANGE)).state is ResultState.ASKED


def test_a_refusal_counts_where_its_control_is_accepted() -> None:
    cases = family()

    def serve(request: HttpRequest) -> HttpAnswer:
        return echo(request) if dict(request.headers)["X-Mark"].startswith("CONTROL") else REFUSED

    assert (
        runner(Actor(serve), cases).ask(cases[1], cases[1].steps[1], check(need=Need.REFUSAL)).state
        is ResultState.ASKED
    )


def test_without_its_control_a_refusal_is_neither_green_nor_red() -> None:
    cases = family()
    sound = Actor().send

    class Breaks:
        def send(self, request: HttpRequest) -> Exchange:
            if "CONTROL" in dict(request.headers)["X-Mark"]:
                raise OSError("a bug")
            return sound(request)

    running = runner(Breaks(), cases)  # type: ignore[arg-type]
    result = running.ask(cases[1], cases[1].steps[1], check())
    assert result.state is ResultState.UNTESTABLE and "could not be sent" in result.reason


def test_where_the_control_is_not_claimed_its_negatives_are_not_either() -> None:
    control, one, two = family()
    control = case("CONTROL", *control.steps, needs=["system.fairplay"])
    actor = Actor()
    running = runner(actor, [control, one, two])
    assert running.ask(one, one.steps[1], check()).state is ResultState.NOT_CLAIMED
    assert actor.sent == []


NO = HttpAnswer(422, (), b"Requested CPIX encryption contract not supported")


def test_a_contract_that_is_not_supported_is_not_claimed_where_the_claims_were_discovered() -> None:
    one = case("A", step("A/good", defects=()), step("A/bad", "refused"))
    running = runner(Actor(lambda request: NO), [one], contracts_open=True)
    result = running.ask(one, one.steps[0], check())
    assert result.state is ResultState.NOT_CLAIMED and "422" in result.reason and "not supported" in result.reason
    assert running.ask(one, one.steps[1], check()).state is ResultState.ASKED
    explicit = runner(Actor(lambda request: NO), [one])
    assert explicit.ask(one, one.steps[0], check()).state is ResultState.ASKED


def test_the_questions_of_a_step_are_those_that_apply() -> None:
    load_checks()
    one = case("A")
    asked = {check.id for check in due(one.steps[0])}
    assert {"http.request-accepted", "widevine.names-its-kid", "keys.value-is-16-bytes"} <= asked
    assert not asked & {"fairplay.uri-is-skd", "refusal.request-refused", "refusal.no-keys", "iv.unchanged"}
