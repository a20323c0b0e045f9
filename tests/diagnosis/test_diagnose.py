"""From results to causes: every result belongs to one cause, nothing is lost, and what follows is folded."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from conformance.diagnosis.assign import Bundle, assigned
from conformance.diagnosis.cause import Cause, Diagnosis
from conformance.diagnosis.observed import Observed, StepFacts, shared_answers
from conformance.diagnosis.rules import load_rules
from conformance.judge import Judgement
from conformance.model import ResultState, Verdict
from conformance.redaction.recorded import Clean, RecordedFinding


def _result(
    check: str, step: str = "ask", verdict: Verdict = Verdict.FAIL, seen: str = "x", case: str = "C"
) -> Judgement:
    state = ResultState.UNTESTABLE if verdict is Verdict.UNTESTABLE else ResultState.ASKED
    finding = RecordedFinding(Clean("/CPIX"), Clean("y"), Clean(seen))
    return Judgement(
        case, step, check, "2.0", state, verdict, (), findings=(finding,) if state is ResultState.ASKED else ()
    )


def _bundles(results: Sequence[Judgement], **steps: StepFacts) -> list[Bundle]:
    facts = {("C", name): one for name, one in steps.items()}
    return assigned(Observed(results, facts), load_rules())


def test_every_result_belongs_to_one_cause() -> None:
    results = [
        _result("keys.values-distinct"),
        _result("hls.one-line"),
        _result("made.up"),
        _result("shaka.kids-unique"),
    ]
    results.append(_result("refusal.standard-message", verdict=Verdict.UNTESTABLE, case="D"))
    told = [one for bundle in _bundles(results) for one in bundle.results]
    assert sorted(map(id, told)) == sorted(map(id, results))


def test_what_follows_is_folded_where_it_stands_beside_its_cause() -> None:
    beside = [_result("hls.one-line"), _result("shaka.kids-unique")]
    assert [one.id for one in _bundles(beside)] == ["check:hls.one-line"]
    alone = [_result("hls.one-line"), _result("shaka.kids-unique", "other")]
    assert {one.id for one in _bundles(alone)} == {"check:hls.one-line", "check:shaka.kids-unique"}


def test_a_question_that_could_not_be_asked_belongs_to_what_went_wrong_beside_it() -> None:
    results = [_result("hls.one-line"), _result("hls.uri-given", verdict=Verdict.UNTESTABLE)]
    assert [(one.id, len(one.results)) for one in _bundles(results)] == [("check:hls.one-line", 2)]


def _open(check: str, step: str, reason: str) -> Judgement:
    return replace(_result(check, step, Verdict.UNTESTABLE), reason=reason)


def test_a_reason_that_names_a_check_belongs_to_its_results() -> None:
    results = [_result("hls.one-line"), _result("made.up")]
    results.append(_open("other.check", "ask", "there is none, which made.up reports"))
    assert [(one.id, len(one.results)) for one in _bundles(results)] == [
        ("check:made.up", 2),
        ("check:hls.one-line", 1),
    ]


def test_a_reason_belongs_to_what_goes_wrong_where_it_is_given() -> None:
    steps = ("a", "b", "c")
    results = [*(_result("hls.one-line", step) for step in steps), _result("made.up", "b"), _open("x.y", "b", "none")]
    assert [(one.id, len(one.results)) for one in _bundles(results)] == [
        ("check:hls.one-line", 3),
        ("check:made.up", 2),
    ]


def test_questions_that_could_not_be_asked_share_their_reason() -> None:
    results = [
        _result("refusal.refused", verdict=Verdict.UNTESTABLE, case="D"),
        _result("refusal.alone", verdict=Verdict.UNTESTABLE, case="E"),
    ]
    assert [(one.id, len(one.results)) for one in _bundles(results)] == [("check:refusal.refused", 2)]


def test_a_reason_is_the_same_whichever_kid_it_names() -> None:
    kids = ("09e091ab-f838-41d2-9e35-58531fd19ec7", "F1E71300-8b67-499a-a363-1c30a6eb7aef")
    results = [_open("a.b", kid, f"nothing is known of KID {kid}") for kid in kids]
    assert [len(one.results) for one in _bundles(results)] == [2]


def test_repetition_tells_new_keys_from_keys_that_depend_on_the_history() -> None:
    across = [_result("run.keys-repeat", "laws"), _result("state.control-keys-unchanged", "after")]
    assert [one.id for one in _bundles(across)] == ["key-depends-on-the-request"]
    at_once = [*across, _result("safety.same-key-on-repetition")]
    assert [one.id for one in _bundles(at_once)] == ["keys-not-kept"]
    assert [one.id for one in _bundles(across[:1])] == ["keys-not-kept"]


def test_what_differs_in_a_payload_does_not_follow_from_what_is_no_payload() -> None:
    beside = [_result("iv.answered-where-asked"), _result("widevine.hls-uri-equals-pssh")]
    assert len(_bundles(beside)) == 2
    cut = [_result("widevine.data-parses"), _result("widevine.hls-uri-equals-pssh")]
    assert [one.id for one in _bundles(cut)] == ["check:widevine.data-parses"]


def test_a_question_that_could_not_be_asked_is_no_evidence() -> None:
    results = [_result("keys.values-distinct", verdict=Verdict.UNTESTABLE)]
    assert [one.rule for one in _bundles(results)] == [None]


def test_a_crash_takes_all_of_its_exchange() -> None:
    crashed = StepFacts(1, "accepted", status=500)
    results = [_result("http.request-accepted"), _result("http.content-type-xml")]
    assert [one.id for one in _bundles(results, ask=crashed)] == ["crashes-on-good-requests"]
    refused = StepFacts(1, "accepted", status=422)
    assert [one.id for one in _bundles(results, ask=refused)] == ["good-requests-refused"]


@pytest.mark.parametrize(
    ("seen", "cause"),
    [
        ("09e091ab-f838-41d2-9e35-58531fd19ec7 (of ContentKey 2)", "data-of-another-key"),
        ("09e091ab-f838-41d2-9e35-58531fd19ec7 (of no key of this answer)", "check:widevine.names-its-kid"),
        (
            "09e091ab-f838-41d2-9e35-58531fd19ec7 (as the request has it; the answer has another KID for that key)",
            "kids-replaced",
        ),
    ],
)
def test_whose_kid_it_is_decides(seen: str, cause: str) -> None:
    assert [one.id for one in _bundles([_result("widevine.names-its-kid", seen=seen)])] == [cause]


def test_what_fails_only_where_one_answer_serves_several_requests_has_one_cause() -> None:
    steps = {name: StepFacts(name, "accepted", status=200, shared=True) for name in ("one", "two")}
    cached = [_result("echo.version", "one"), _result("periods.none-invented", "two"), _result("hls.filled", "two")]
    assert [one.id for one in _bundles(cached, **steps)] == ["answers-mixed-up"]
    everywhere = [*cached, _result("hls.filled", "three")]
    of_its_own = _bundles(everywhere, **steps)
    assert {one.id: len(one.results) for one in of_its_own} == {"answers-mixed-up": 2, "signalling-not-filled": 2}


def test_an_answer_is_shared_by_requests_that_differ() -> None:
    repeated = [("first", ("2.0", "a"), "A"), ("again", ("2.0", "a"), "A")]
    assert shared_answers(repeated) == set()
    assert shared_answers([*repeated, ("newer", ("2.1", "a"), "A")]) == {"first", "again", "newer"}
    assert shared_answers([("one", ("2.0", "a"), ""), ("two", ("2.0", "b"), "")]) == set()


def test_binding_causes_come_before_advice_and_blocking_ones_first() -> None:
    results = [_result("made.up", verdict=Verdict.ADVISORY) for _ in range(9)]
    results += [_result("hls.one-line", "two"), _result("keys.values-distinct", "three")]
    results += [_result("endpoint.no-keys-without-credentials", "four")]
    assert [one.id for one in _bundles(results)] == [
        "credentials-not-checked",
        "same-key-for-several",
        "check:hls.one-line",
        "check:made.up",
    ]


def test_what_a_cause_explains_is_said_in_numbers() -> None:
    one = Cause("X", (_result("a"), _result("b", verdict=Verdict.UNTESTABLE)), "x", "x.", "", "", Verdict.FAIL)
    other = Cause("C", (_result("c"),), "check:c", "c.", "", "", Verdict.FAIL)
    diagnosis = Diagnosis((one, other))
    assert diagnosis.explains(one) == "explains 1 of 2 failed results and 1 of 1 untestable result"
    assert one.named and not other.named
