"""How a question is asked: without the set-up, captured output and log sections that tests of user code need.

A run asks thousands of questions, each in a fraction of a millisecond. pytest's own way through an item (three
phases, each wrapped by capture, logging and warnings) takes several times as long as the question.
"""

from __future__ import annotations

import copy
import gc
from typing import Any, Literal

import pytest
from msgspec.structs import replace

from conformance.pytest_plugin.items import StepItem
from conformance.pytest_plugin.private import tear_down, wants_interaction
from conformance.pytest_plugin.state import Payload

_WANTS_PHASES = ("setuponly", "setupshow", "usepdb", "trace")
"""pytest's options that are about the phases; with one of them an item goes pytest's own way."""

_NONE: dict[str, Literal[1]] = {}


def is_plain(config: pytest.Config) -> bool:
    """Whether nobody wants to look at the phases of an item."""
    return not any(getattr(config.option, name, False) for name in _WANTS_PHASES)


def ask(item: StepItem, following: pytest.Item | None) -> bool:
    """Ask one question and report the answer as pytest reports a test: its call, then a teardown that did nothing."""
    hook: Any = item.ihook
    node, location = item.nodeid, item.location
    hook.pytest_runtest_logstart(nodeid=node, location=location)
    reraise = (pytest.exit.Exception, KeyboardInterrupt)
    call = pytest.CallInfo.from_call(item.runtest, "call", reraise=reraise)
    report: pytest.TestReport = hook.pytest_runtest_makereport(item=item, call=call)
    hook.pytest_runtest_logreport(report=report)
    if wants_interaction(call, report):
        hook.pytest_exception_interact(node=item, call=call, report=report)
    leave(item, following)
    if not isinstance(following, StepItem):
        # Tests of somebody else may come next, and what they have in common with those before may not.
        tear_down(item, following)
    done = _teardown(report)
    hook.pytest_runtest_logreport(report=done)
    hook.pytest_runtest_logfinish(nodeid=node, location=location)
    _let_go(item, report)
    report.keywords = done.keywords = _NONE
    return True


def _teardown(report: pytest.TestReport) -> pytest.TestReport:
    """The report of a teardown that did nothing; it shares what it can with the report of the question."""
    done = copy.copy(report)
    for name in ("speke", "wasxfail", "extras"):
        vars(done).pop(name, None)
    done.when, done.outcome, done.longrepr, done.sections = "teardown", "passed", None, []
    done.start, done.duration = report.stop, 0.0
    return done


def _let_go(item: StepItem, report: Any) -> None:
    """Keep the verdict only: the rest is in the hands of whoever writes the report, and pytest keeps all of its own."""
    item.outcome = item.worst = None
    payload = Payload.of(report)
    if payload is not None:
        worst = replace(payload.worst, findings=(), grades=()) if payload.worst is not None else None
        report.speke = Payload(replace(payload.outcome, alike=(), judged=()), worst, {})


def leave(item: StepItem, following: pytest.Item | None) -> None:
    """Forget the exchanges of a group of cases when its last question has been asked."""
    if not isinstance(following, StepItem) or following.case.group != item.case.group:
        item.state.run.release(item.case)


def settle_memory() -> None:
    """Tell the garbage collector that what was collected stays: thousands of items that it need not look at again."""
    gc.collect()
    gc.freeze()
