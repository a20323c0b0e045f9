"""The engine of the matrix, with faults made up for the purpose: what it sees, and what it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.checks.registry import Check
from conformance.faultmatrix import laws
from conformance.faultmatrix.baseline import DOOR, Baseline
from conformance.faultmatrix.in_process import InProcess, as_asked, fingerprint
from conformance.faultmatrix.matrix import FaultMatrix, run_matrix
from conformance.faultmatrix.mutants import play
from conformance.faultmatrix.summarize import summarize_matrix
from conformance.refserver import load_faults
from conformance.refserver.faults.triggers import can_touch, needs_company, remembers, trigger_facts
from tests.faultmatrix.made_up import made_up, matrix_of, small_stage

ZERO = """
    - id: {id}
      story: Every key is zero.
      area: keys
      seam: keys
      do: [key: zero]
      when: {{keys: "{keys}"}}
      kills: [{kills}]
      may_kill: [{may_kill}]
    """
CONSEQUENCES = (
    "keys.not-constant, keys.values-distinct, safety.keys-distinct-across-contents, periods.keys-differ, "
    "periods.keys-differ-after-rotation"
)


@pytest.fixture(scope="module")
def small() -> Baseline:
    return small_stage()


def zero(folder: Path, kills: str = "keys.not-zero", may_kill: str = CONSEQUENCES, keys: str = ">= 1") -> str:
    return ZERO.format(id="MADE-UP", kills=kills, may_kill=may_kill, keys=keys)


def sentences(law: str, matrix: FaultMatrix) -> str:
    return "\n".join(laws.LAWS[law](matrix))


def test_a_fault_that_is_named_rightly_breaks_no_law(small: Baseline, tmp_path: Path) -> None:
    matrix = matrix_of(small, made_up(tmp_path, zero(tmp_path)))
    assert laws.violations(matrix) == {}
    assert summarize_matrix(matrix, {}).killed == 1


def test_a_fault_that_names_the_wrong_check_is_told_so(small: Baseline, tmp_path: Path) -> None:
    matrix = matrix_of(small, made_up(tmp_path, zero(tmp_path, kills="echo.content-id")))
    assert "must be reported by echo.content-id, which finds nothing" in sentences("detection by name", matrix)
    assert "is also reported by keys.not-zero" in sentences("isolation", matrix)
    assert summarize_matrix(matrix, laws.violations(matrix)).killed == 0


def test_a_fault_that_names_no_check_that_exists_gets_the_nearest(small: Baseline, tmp_path: Path) -> None:
    matrix = matrix_of(small, made_up(tmp_path, zero(tmp_path, kills="keys.not-zeroes")))
    said = sentences("detection by name", matrix)
    assert "made-up.yaml:2" in said
    assert "did you mean 'keys.not-zero'" in said


def test_a_fault_that_kills_nothing_has_to_go(small: Baseline, tmp_path: Path) -> None:
    matrix = matrix_of(small, made_up(tmp_path, zero(tmp_path, kills="")))
    assert "MADE-UP (made-up.yaml:2) kills nothing: name the check" in sentences("detection by name", matrix)


def test_a_fault_that_changes_no_byte_is_an_error(small: Baseline, tmp_path: Path) -> None:
    matrix = matrix_of(small, made_up(tmp_path, zero(tmp_path, keys=">= 1000")))
    assert "MADE-UP (made-up.yaml:2) changes no byte of any exchange" in sentences("reality", matrix)


def test_a_check_without_a_fault_is_told_which_one_to_add(small: Baseline, tmp_path: Path) -> None:
    matrix = replace(matrix_of(small, made_up(tmp_path, zero(tmp_path))), whole=True)
    said = sentences("completeness", matrix)
    assert (
        "the check echo.content-id is killed by no fault: add one to conformance/refserver/faults/… "
        "with kills: [echo.content-id]" in said
    )
    assert "the check refusal.content-type is killed by no fault" in said
    assert "with records: [refusal.content-type]" in said
    assert "keys.not-zero is killed by no fault" not in said
    assert "runs in no case: add a case whose request it applies to" in said
    assert "has no killing fault: add one to conformance/refserver/faults/…" in said


def test_a_message_without_faults_is_told_which_ones_to_add(small: Baseline) -> None:
    said = sentences("standard messages", replace(matrix_of(small, {}), whole=True)).splitlines()
    assert len(said) == 30
    assert any("no fault accepts the request where the message missing-content-id is required" in one for one in said)


def test_a_crash_counts_as_nothing(small: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(context: object) -> list[object]:
        raise ZeroDivisionError

    sound = Check.run
    monkeypatch.setattr(Check, "run", lambda one, ctx: crash(ctx) if one.id == "keys.not-zero" else sound(one, ctx))
    matrix = matrix_of(small, made_up(tmp_path, zero(tmp_path)))
    said = sentences("detection by name", matrix)
    assert "breaks a check instead of failing it" in said
    assert "must be reported by keys.not-zero, which finds nothing" in said


def test_a_variant_that_is_accused_is_told(small: Baseline, tmp_path: Path) -> None:
    variants = made_up(tmp_path, zero(tmp_path, kills=""))
    said = sentences("specificity", matrix_of(small, {}, variants))
    assert "MADE-UP (made-up.yaml:2) is right and gets FAIL: keys.not-zero@" in said


def test_a_variant_that_names_kills_is_told(small: Baseline, tmp_path: Path) -> None:
    said = sentences("specificity", matrix_of(small, {}, made_up(tmp_path, zero(tmp_path))))
    assert "a variant is harmless; move it to" in said


def test_a_right_server_that_is_accused_is_told(small: Baseline, tmp_path: Path) -> None:
    fault = made_up(tmp_path, zero(tmp_path))["MADE-UP"]
    scene = next(one for one in small.scenes if any("keys.not-zero" in asked.usual for asked in one.steps))
    wrong = InProcess(scene.act.config, (fault,))
    context = scene.context.again(wrong.send(scene.context.exchange.request), {})
    results = tuple(
        replace(one, findings=tuple(map(DOOR.finding, small.checks[one.check].run(context))))
        if one.check == "keys.not-zero"
        else one
        for one in scene.results
    )
    stage = replace(small, groups=((replace(scene, results=results),),), order=())
    said = sentences("baseline", matrix_of(stage, {}))
    assert "keys.not-zero@" in said
    assert "accuses the right server" in said


def test_what_is_looked_at_once_is_found_by_looking_at_everything(small: Baseline, tmp_path: Path) -> None:
    fault = made_up(tmp_path, zero(tmp_path))["MADE-UP"]
    quick, thorough = play(small, fault), play(small, fault, thorough=True)
    assert set(quick.accusing) <= set(thorough.accusing)
    assert 0 < quick.touched <= thorough.touched == sum(scene.context.accepted for scene in small.scenes)


def test_the_same_question_gets_the_same_bytes(small: Baseline) -> None:
    for scene in small.scenes:
        request = scene.context.exchange.request
        again = InProcess(scene.act.config).send_as(request, scene.nth)
        assert fingerprint(again) == fingerprint(scene.context.exchange)


def test_encrypted_answers_differ_from_time_to_time(small: Baseline) -> None:
    scene = next(one for one in small.scenes if one.context.step.plan.recipients)
    sender = InProcess(scene.act.config)
    first, second = (sender.send(scene.context.exchange.request) for _ in range(2))
    assert fingerprint(first) != fingerprint(second)


def test_two_processes_say_what_one_says() -> None:
    names = ["KEY-ZERO", "IV-DROPPED", "HTTP-201", "XML-COMMENTS"]
    one, two = (run_matrix(names, processes=count, stage=small_stage()) for count in (1, 2))
    assert [vars(one.outcomes[name]) for name in names] == [vars(two.outcomes[name]) for name in names]


@pytest.mark.parametrize("number", range(0, 500, 50))
def test_what_a_fault_is_said_not_to_touch_it_does_not_touch(small: Baseline, number: int) -> None:
    faults = list(load_faults().values())
    fault = faults[number % len(faults)]
    if remembers(fault) or needs_company(fault):
        return
    for scene in small.scenes:
        request = scene.context.exchange.request
        facts = trigger_facts(as_asked(request), scene.context.accepted)
        if not can_touch(fault, facts):
            answer = InProcess(scene.act.config, (fault,)).send_as(request, scene.nth)
            assert fingerprint(answer) == fingerprint(scene.context.exchange), f"{fault.id}: {scene.context.case.name}"
