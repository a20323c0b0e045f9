"""The end of a session: everything collected becomes the result document, the reports and the exit status."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from conformance.catalogue.yamlfile import nearest
from conformance.judge import NOTHING_SELECTED, Ending, exit_status, summarize
from conformance.pytest_plugin.private import leave_out_places_without_a_line
from conformance.pytest_plugin.state import Payload, SessionState
from conformance.reporting.writer import ReportError, write_reports
from conformance.results.bodies import bodies
from conformance.results.build import results_document
from conformance.results.compare import with_difference
from conformance.results.document import Document
from conformance.results.run_facts import facts_from
from conformance.run.clock import utc_now


class Collected:
    """Takes in the results, in the one process that writes the report."""

    def __init__(self, state: SessionState, root: Path) -> None:
        self.state = state
        self.root = root

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        """Take in what an item reported."""
        payload = Payload.of(report)
        if payload is not None:
            self.state.take(payload)
        elif report.failed and self._is_ours(report.nodeid):
            self.state.lost += 1
        elif report.failed:
            self.state.others_failed = True

    def _is_ours(self, nodeid: str) -> bool:
        return bool(self.state.cases_of(self.root / nodeid.partition("::")[0]))

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """The user pressed Ctrl-C, or pytest ended the session by itself."""
        leave_out_places_without_a_line(excinfo)
        if isinstance(excinfo.value, pytest.Session.Interrupted):
            self.state.stopped = True
        else:
            self.state.interrupted = True

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker of pytest-xdist ended: take over what only it knew."""
        output = getattr(node, "workeroutput", {})
        self.state.partial = self.state.partial or bool(output.get("speke_partial"))
        self.state.gave_up = self.state.gave_up or str(output.get("speke_gave_up", ""))
        self.state.laws = self.state.laws or [list(one) for one in output.get("speke_laws", ())]
        self.state.run.observed.ledger.take(output.get("speke_ledger", ()))


def finish(session: pytest.Session, state: SessionState, status: int) -> int:
    """Judge the run as a whole, write the reports, and give the exit status."""
    plan = state.plan
    unreached = state.opened is not None and state.opened.shared.failure
    if not len(state.judgements) and not unreached and status == pytest.ExitCode.NO_TESTS_COLLECTED:
        state.trouble = _nothing_selected(session, state)
        return int(pytest.ExitCode.NO_TESTS_COLLECTED)
    if status == pytest.ExitCode.INTERNAL_ERROR:
        incomplete = "pytest itself broke; see its message above"
    else:
        incomplete = _incomplete(state)
    # pytest-xdist ends a session at the first failure (-x) as if it were interrupted.
    at_failure = bool(session.shouldfail) or (state.stopped and bool(session.config.getvalue("maxfail")))
    ending = Ending(
        partial=state.partial or at_failure,
        interrupted=state.interrupted or (status == pytest.ExitCode.INTERRUPTED and not at_failure),
        incomplete=incomplete,
    )
    if state.opened is not None:
        state.exchanges.update(state.opened.observed.recorder.exchanges)
    summary = summarize(state.judgements, state.rulebook, ending)
    code = exit_status(summary, state.judgements, gate=plan.settings.gate)
    if state.beginning is not None:
        state.beginning.close()
        if code == NOTHING_SELECTED:
            state.beginning.undo(plan.settings.report_dir)
            return code
    try:
        chosen = plan.selected_by_profile()
        facts = facts_from(plan, chosen, state.opened, finished=utc_now(), stopped=incomplete)
        document = results_document(facts, state.judgements, state.exchanges, summary, code)
        if state.previous is not None:
            document = with_difference(document, state.previous)
        state.document = document
        state.report = str(write_reports(document, plan.settings.report_dir, state.folder(), pointed=state.pointed))
        _let_go(document)
    except ReportError as error:
        state.trouble = str(error)
        return code or 10
    return code


def _nothing_selected(session: pytest.Session, state: SessionState) -> str:
    words = session.config.option.keyword
    if not words:
        return "Nothing was selected, so nothing was sent."
    hint = nearest(words, state.selectable)
    return f"-k {words!r} selects nothing{hint}, so nothing was sent; `list --cases` and `list --checks` show names."


def _let_go(document: Document) -> None:
    """Drop what is in the files now: pytest-html's page is still to be made, and needs as much memory again."""
    for body in bodies(document):
        body.content = UNSET


def _incomplete(state: SessionState) -> str:
    run = state.opened
    if run is not None and (run.shared.failure or run.gave_up):
        return run.shared.failure or run.gave_up
    if state.gave_up:
        return state.gave_up
    return f"{state.lost} checks were lost: the process that ran them broke" if state.lost else ""
