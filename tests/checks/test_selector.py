"""What is asked follows from what was asked for and what came, and never from a list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.cases import Seed
from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.checks.registry import Subject
from conformance.checks.selector import due, possible, select, unexpected
from conformance.faultmatrix.in_process import InProcess
from conformance.model import VERSIONS, Case, Exchange, HttpAnswer, HttpRequest
from conformance.refserver import Config
from conformance.run.runner import RunContext, Runner
from conformance.wire.gate import Sender
from tests.cases.playing import cases_of, known_checks
from tests.checks.exchange import RING, claims

URL = "http://127.0.0.1/speke"


def story(cases: list[Case], sender: Sender | None = None) -> dict[tuple[str, str], Context]:
    """The exchanges of the cases, by case and step."""
    given = sender or InProcess(Config())
    runner = Runner(RunContext(URL, given, Seed("select"), claims(), RING), cases)
    found = {}
    for case in cases:
        for step in case.steps:
            performed = runner.performed(case, step)
            if isinstance(performed, Context):
                found[case.id, step.id] = performed
    return found


def asked(context: Context) -> set[str]:
    """The ids of the checks that are asked."""
    return {check.id for check in select(context).asked}


def of(area: str, *ids: str, version: str = "2.0") -> list[Case]:
    """Shipped cases of an area."""
    known_checks()
    return [case for case in cases_of(area) if case.id in ids and case.version == version]


def test_an_accepted_answer_is_asked_everything_that_applies() -> None:
    (context,) = story(of("values", "VALUE-CONTENT-ID-IS-KID")).values()
    found = asked(context)
    assert {"widevine.header-parses", "pssh.box-complete", "keys.not-zero", "echo.content-id"} <= found
    assert "http.unusual-request-accepted" in found
    assert not found & {"refusal.no-keys", "iv.unchanged", "encryption.key-size", "state.control-keys-unchanged"}


def test_a_comparison_arises_from_the_two_requests() -> None:
    contexts = story(of("safety", "SAFE-HISTORY", "SAFE-SYSTEMS", "SAFE-STYLE"))
    comparing = {
        place: {check.id for check in select(one).asked if check.subject is Subject.RELATION}
        for place, one in contexts.items()
    }
    assert comparing["SAFE-HISTORY", "ask"] == set()
    assert "safety.same-key-on-repetition" in comparing["SAFE-HISTORY", "again"]
    assert "safety.key-independent-of-history" not in comparing["SAFE-HISTORY", "again"]
    assert "safety.keys-distinct-across-contents" in comparing["SAFE-HISTORY", "another-content"]
    assert "safety.key-independent-of-history" in comparing["SAFE-HISTORY", "finally"]
    assert "safety.same-key-on-repetition" not in comparing["SAFE-HISTORY", "finally"]
    assert "safety.key-independent-of-systems" in comparing["SAFE-SYSTEMS", "pssh-only"]
    assert "safety.key-independent-of-style" in comparing["SAFE-STYLE", "upper-case"]
    assert "safety.key-independent-of-systems" not in comparing["SAFE-STYLE", "ask"]


def test_every_comparison_that_a_case_names_is_asked_of_the_right_server() -> None:
    known = load_checks()
    for area in ("safety", "run", "encryption", "periods", "drm", "document", "versions"):
        cases = [case for case in cases_of(area) if case.version == VERSIONS[-1]]
        contexts = story(cases)
        for case in cases:
            for step in case.steps:
                context = contexts.get((case.id, step.id))
                named = {name for name in step.checks if known[name].subject is Subject.RELATION}
                if named and context is not None and context.accepted and case.id.count("${") == 0:
                    first = step is case.steps[0] or all(one.use for one in case.steps[: case.steps.index(step)])
                    assert first or named <= asked(context), f"{case.name}::{step.id}"


class Saying:
    """A server that says the same to everybody."""

    def __init__(self, status: int, body: bytes = b"") -> None:
        self.answer = HttpAnswer(status, (), body)

    def send(self, request: HttpRequest) -> Exchange:
        """One exchange."""
        return Exchange(request, self.answer)


def test_a_refusal_is_judged_as_one_whatever_was_expected() -> None:
    (context,) = story(of("http", "HTTP-BASIC"), Saying(400, b"no")).values()
    selection = select(context)
    assert {"refusal.no-internals", "refusal.no-keys", "http.request-accepted"} <= asked(context)
    assert "keys.not-zero" in {check.id for check in selection.missing}
    assert all(unexpected(check, context.step) for check in selection.asked if check.subject is Subject.REFUSAL)


@pytest.mark.parametrize("status", [401, 403, 502, 503])
def test_a_status_that_speaks_of_somebody_else_is_no_refusal_of_the_request(status: int) -> None:
    (context,) = story(of("http", "HTTP-BASIC"), Saying(status)).values()
    assert not any(check.subject is Subject.REFUSAL for check in select(context).asked)


def test_what_is_not_claimed_is_not_judged() -> None:
    (case,) = of("http", "HTTP-BASIC")
    sender = InProcess(Config())
    runner = Runner(RunContext(URL, sender, Seed("select"), claims(), RING), [case])
    context = runner.performed(case, case.steps[0])
    assert isinstance(context, Context)
    context.claims = replace(context.claims, schemes=frozenset({("irdeto", "cenc")}))
    assert not any(check.subject is Subject.ACCEPTED for check in select(context).asked)


def test_an_excluded_check_is_not_asked() -> None:
    (case,) = of("http", "HTTP-BASIC")
    step = replace(case.steps[0], without={"keys.not-zero": "a reason"})
    assert "keys.not-zero" not in {check.id for check in possible(step)}
    assert "keys.not-zero" in {check.id for check in due(case.steps[0])}
