"""The laws as items: asked last, and left to the controller by a worker."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from conformance.cases import load_cases
from conformance.checks import load_checks
from conformance.checks.selector import possible
from conformance.faultmatrix.whole_runs import OFFER
from conformance.ledger.laws import LAWS
from conformance.pytest_plugin.items import StepItem
from conformance.pytest_plugin.laws import place_laws


class _Named(StepItem):
    nodeid = "x.yaml::RUN::laws[run]"


def item(name: str, *, sends_nothing: bool) -> Any:
    made: Any = object.__new__(_Named)
    made.case = SimpleNamespace(name=name, sends_nothing=sends_nothing, moment="")
    made.step, made.about = SimpleNamespace(id="laws"), "run"
    return made


def test_laws_come_last() -> None:
    law, other = item("RUN", sends_nothing=True), item("A", sends_nothing=False)
    items, state = [law, other], SimpleNamespace(laws=[])
    place_laws(SimpleNamespace(), state, items)  # type: ignore[arg-type]
    assert items == [other, law] and not state.laws


def test_a_worker_leaves_them_to_the_controller() -> None:
    law, other = item("RUN", sends_nothing=True), item("A", sends_nothing=False)
    items, state = [law, other], SimpleNamespace(laws=[])
    place_laws(SimpleNamespace(workerinput={}), state, items)  # type: ignore[arg-type]
    assert items == [other] and state.laws == [["RUN", "laws", "run", "x.yaml::RUN::laws[run]"]]


def test_every_law_is_asked_at_the_case_of_the_whole_run() -> None:
    case = load_cases(load_checks())[-1]
    assert case.sends_nothing
    assert {check.id for check in possible(case.steps[0])} == {*LAWS, OFFER}
