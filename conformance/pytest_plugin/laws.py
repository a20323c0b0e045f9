"""The laws of the run as pytest items: asked last, and under pytest-xdist by the process that hears of everything."""

from __future__ import annotations

import pytest

from conformance.cases.library import in_order
from conformance.pytest_plugin.items import CheckFailed, StepItem, failure_text
from conformance.pytest_plugin.state import Payload, SessionState
from conformance.pytest_plugin.xdist import is_worker
from conformance.run.session import Run


def place_laws(config: pytest.Config, state: SessionState, items: list[pytest.Item]) -> None:
    """Put what has a moment there, and the laws behind everything else.

    A worker, which sees its part only, leaves the laws to the controller.
    """
    items[:] = in_order(items, lambda item: item.case if isinstance(item, StepItem) else None)
    laws = [item for item in items if isinstance(item, StepItem) and item.case.sends_nothing]
    if not laws:
        return
    if is_worker(config):
        state.laws = [[item.case.name, item.step.id, item.about, item.nodeid] for item in laws]
        items[:] = [item for item in items if not (isinstance(item, StepItem) and item.case.sends_nothing)]


def ask_laws(config: pytest.Config, state: SessionState) -> None:
    """Ask the laws over the facts of all workers, and report them as the items that they are."""
    for case_name, step_id, about, node in state.laws:
        config.hook.pytest_runtest_logreport(report=_report(state.run, case_name, step_id, about, node))
    state.laws = []


def _report(run: Run, case_name: str, step_id: str, about: str, node: str) -> pytest.TestReport:
    case = next(one for one in run.plan.library if one.name == case_name)
    step = next(one for one in case.steps if one.id == step_id)
    outcome = run.ask(case, step, about)
    worst = outcome.worst(run.rulebook)
    wrong = worst is not None and CheckFailed.is_due(worst)
    report = pytest.TestReport(
        nodeid=node,
        location=(node.partition("::")[0], None, node.partition("::")[2]),
        keywords={},
        outcome="failed" if wrong else "passed",
        longrepr=failure_text(outcome, worst) if wrong and worst is not None else None,
        when="call",
    )
    report.speke = Payload(outcome, worst, {})  # type: ignore[attr-defined]
    return report
