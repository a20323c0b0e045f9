"""Who is asked twice, how often, and what comes of it, told by a sender that is a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.checks.context import Context
from conformance.model import Exchange, HttpAnswer, HttpRequest, TransportFailure
from conformance.model.exchange import (
    AFTER_REFUSAL,
    HUNG_UP_WHEN_REUSED,
    REUSED,
    UNANSWERED,
    WRONG_AFTER_REFUSAL,
    WRONG_WHEN_REUSED,
)
from conformance.run.runner import STOP_AFTER, RunContext
from conformance.run.second_look import KNOWN_AFTER, PAUSE, Asked, SecondLook
from tests.run.acting import LATE, Actor, Serve, case, echo, runner, step

SILENT = TransportFailure("no-answer", "The connection was closed before any byte of an answer.")
BROKEN = TransportFailure("incomplete", "The connection ended inside the answer.", began=True)


def mark(request: HttpRequest) -> str:
    return dict(request.headers).get("X-Mark", "")


def silent_to(*words: str, how: TransportFailure = SILENT) -> Serve:
    """A server that answers everything but what is marked so."""
    return lambda request: how if any(word in mark(request) for word in words) else echo(request)


def noted(found: object, begin: str) -> list[str]:
    assert isinstance(found, Context), found
    return [note for note in found.exchange.notes if note.startswith(begin)]


def asked(mark: str = "GOOD/ask", kind: str = "accepted", **changes: object) -> Asked:
    one = step(mark, kind)
    request = HttpRequest("POST", "http://127.0.0.1/", (("X-Mark", mark),), b"<cpix/>")
    return Asked(case(mark.partition("/")[0], one), one, replace(request, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("how", [SILENT, LATE])
def test_what_is_not_answered_twice_while_its_controls_are_is_noted(how: TransportFailure) -> None:
    actor, waits = Actor(silent_to("BAD", how=how)), list[float]()
    cases = [case("GOOD", step("GOOD/ask", defects=())), case("BAD")]
    running = runner(actor, cases, second_look=SecondLook(sleep=waits.append))
    running.performed(cases[0], cases[0].steps[0])
    found = running.performed(cases[1], cases[1].steps[0])
    assert len(noted(found, UNANSWERED)) == 1
    assert waits == [PAUSE]
    assert [mark(one) for one in actor.sent] == ["", "BAD/ask", "", "BAD/ask", ""]
    assert [one.connection for one in actor.sent] == ["any", "any", "fresh", "fresh", "fresh"]


def test_what_is_answered_the_second_time_is_nobodys_fault_and_not_judged_by_it() -> None:
    turns = iter(list[HttpAnswer | TransportFailure]([SILENT, HttpAnswer(200, (), b"")]))
    actor = Actor(lambda request: next(turns) if "BAD" in mark(request) else echo(request))
    cases = [case("GOOD", step("GOOD/ask", defects=())), case("BAD")]
    running = runner(actor, cases)
    running.performed(cases[0], cases[0].steps[0])
    found = running.performed(cases[1], cases[1].steps[0])
    assert isinstance(found, Context) and found.exchange.failure == SILENT
    assert noted(found, UNANSWERED) == [] and len(noted(found, "asked again 2 s later, it was answered 200")) == 1


def test_nobody_is_accused_where_the_control_is_not_answered_either() -> None:
    gone = list[bool]()
    actor = Actor(lambda request: SILENT if gone else echo(request))
    cases = [case("GOOD", step("GOOD/ask", defects=())), case("BAD")]
    running = runner(actor, cases)
    running.performed(cases[0], cases[0].steps[0])
    gone.append(True)
    assert noted(running.performed(cases[1], cases[1].steps[0]), UNANSWERED) == []


def test_where_nothing_was_accepted_yet_a_plain_request_is_tried() -> None:
    actor, one = Actor(silent_to("BAD")), case("BAD")
    assert len(noted(runner(actor, [one]).performed(one, one.steps[0]), UNANSWERED)) == 1


def test_after_three_cases_of_a_kind_only_the_control_is_asked() -> None:
    waits = list[float]()
    names = [f"BAD{number}" for number in range(KNOWN_AFTER + 4)]
    good = case("GOOD", step("GOOD/ask", defects=()))
    cases = [case(name, step(f"{name}/ask", "refused")) for name in names]
    actor = Actor(silent_to("BAD"))
    running = runner(actor, [good, *cases], second_look=SecondLook(sleep=waits.append))
    running.performed(good, good.steps[0])
    notes = {note for one in cases for note in noted(running.performed(one, one.steps[0]), UNANSWERED)}
    assert len(notes) == 1
    assert waits == [PAUSE] * KNOWN_AFTER
    assert [mark(one) for one in actor.sent].count("BAD6/ask") == 1


def test_a_run_in_which_every_mistake_is_met_by_silence_goes_on() -> None:
    good = case("GOOD", step("GOOD/ask", defects=()))
    cases = [case(f"BAD{n}", step(f"BAD{n}/ask", "refused")) for n in range(2 * STOP_AFTER)]
    running = runner(Actor(silent_to("BAD")), [good, *cases])
    running.performed(good, good.steps[0])
    assert all(noted(running.performed(one, one.steps[0]), UNANSWERED) for one in cases)
    assert running.stopped == ""


def test_a_run_in_which_every_mistake_breaks_the_answer_goes_on() -> None:
    good = case("GOOD", step("GOOD/ask", defects=()))
    cases = [case(f"BAD{n}", step(f"BAD{n}/ask", "refused")) for n in range(2 * STOP_AFTER)]
    running = runner(Actor(silent_to("BAD", how=BROKEN)), [good, *cases])
    running.performed(good, good.steps[0])
    for one in cases:
        found = running.performed(one, one.steps[0])
        assert isinstance(found, Context) and found.exchange.failure == BROKEN
    assert running.stopped == ""


def test_a_run_against_nobody_stops() -> None:
    cases = [case(f"C{number}") for number in range(2 * STOP_AFTER)]
    running = runner(Actor(lambda request: SILENT), cases)
    for one in cases:
        running.performed(one, one.steps[0])
    assert "stopped early" in running.stopped


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "GET"},
        {"body": b"x" * 300_000},
        {"body": b"<!DOCTYPE a><a/>"},
        {"credentials": "none"},
        {"headers": (("Transfer-Encoding", "nonsense"),)},
        {"url": "http://127.0.0.1/elsewhere"},
    ],
    ids=str,
)
def test_what_gateways_may_cut_off_is_not_asked_again(changes: dict[str, object]) -> None:
    look, sent = SecondLook(sleep=lambda seconds: None), list[HttpRequest]()
    good = asked()
    look.of(replace(good, step=replace(good.step, defects=())), Exchange(good.request, HttpAnswer(200, (), b"")), never)
    odd = asked("ODD/ask", **changes)  # type: ignore[arg-type]
    first = Exchange(odd.request, None, SILENT)
    assert look.of(odd, first, lambda request: sent.append(request) or first) is first  # type: ignore[func-returns-value]
    assert sent == []


def never(request: HttpRequest) -> Exchange:
    raise AssertionError(f"{request.method} is sent again")


# --- reused connections


def reused(one: Asked, status: int, body: bytes = b"", *notes: str) -> Exchange:
    return Exchange(one.request, HttpAnswer(status, (), body), notes=(REUSED, *notes))


def fresh(status: int, body: bytes = b"") -> Callable[[HttpRequest], Exchange]:
    def send(request: HttpRequest) -> Exchange:
        assert request.connection == "fresh"
        return Exchange(request, HttpAnswer(status, (), body))

    return send


def looked_at(one: Asked, first: Exchange, send: Callable[[HttpRequest], Exchange]) -> tuple[int, str]:
    """The status that is judged, and the first word of what the second look notes."""
    found = SecondLook(sleep=lambda seconds: None).of(one, first, send)
    assert found.answer is not None
    names = {WRONG_WHEN_REUSED: "wrong", WRONG_AFTER_REFUSAL: "after a refusal"}
    return found.answer.status, next((n for b, n in names.items() for note in found.notes if note.startswith(b)), "")


MESSAGE = b"Malformed encryption contract"


@pytest.mark.parametrize(
    ("kind", "first", "again", "judged"),
    [
        ("accepted", (400, b""), (200, b""), (200, "wrong")),
        ("accepted", (500, b""), (200, b""), (200, "wrong")),
        ("accepted", (400, b""), (422, b""), (422, "")),
        ("refused", (400, b"no"), (422, MESSAGE), (422, "wrong")),
        ("refused", (200, b""), (422, MESSAGE), (422, "wrong")),
        ("refused", (422, b"no"), (422, b"no"), (422, "")),
        ("refused", (200, b""), (200, b""), (200, "")),
        ("free", (400, b"no"), (200, b""), (200, "wrong")),
        ("free", (405, b"no"), (405, b"no"), (405, "")),
    ],
)
def test_a_surprise_on_a_reused_connection(
    kind: str, first: tuple[int, bytes], again: tuple[int, bytes], judged: tuple[int, str]
) -> None:
    one = asked("ONE/ask", kind)
    assert looked_at(one, reused(one, *first), fresh(*again)) == judged


@pytest.mark.parametrize(
    ("kind", "first"),
    [("accepted", (200, b"")), ("accepted", (503, b"")), ("refused", (422, MESSAGE)), ("free", (200, b""))],
)
def test_what_is_beyond_doubt_is_not_asked_again(kind: str, first: tuple[int, bytes]) -> None:
    one = asked("ONE/ask", kind)
    assert looked_at(one, reused(one, *first), never) == (first[0], "")


def test_behind_a_refusal_it_is_another_matter() -> None:
    one = asked()
    assert looked_at(one, reused(one, 400, b"", AFTER_REFUSAL), fresh(200)) == (200, "after a refusal")


def test_a_single_hang_up_on_a_reused_connection_proves_nothing() -> None:
    look, one = SecondLook(sleep=lambda seconds: None), asked()
    one = replace(one, step=replace(one.step, defects=()))
    first = Exchange(one.request, HttpAnswer(200, (), b""))
    look.of(one, first, never)
    hung_up = replace(first, notes=(HUNG_UP_WHEN_REUSED,))
    assert look.of(one, hung_up, lambda request: first).notes == (HUNG_UP_WHEN_REUSED,)
    sent = list[HttpRequest]()
    again = look.of(one, hung_up, lambda request: sent.append(request) or hung_up)  # type: ignore[func-returns-value]
    assert any(note.startswith(WRONG_WHEN_REUSED) for note in again.notes)
    assert len({request.connection for request in sent}) == 1 and sent[0].connection not in ("any", "fresh")


def test_everything_of_a_run_shares_one_second_look() -> None:
    setting = runner(Actor(), []).setting
    assert isinstance(setting, RunContext)
    assert replace(setting, concurrency=1).second_look is setting.second_look
