"""The pytest plugin. Inert unless a server URL is given or our cases are collected."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from conformance.cases.library import SUFFIXES
from conformance.catalogue.yamlfile import DataError
from conformance.model import Verdict
from conformance.pytest_plugin.console import pasting, refusal, spoken
from conformance.pytest_plugin.head import found_lines, header_lines, tell
from conformance.pytest_plugin.html_rows import HtmlRows
from conformance.pytest_plugin.items import CaseFileCollector, StepItem
from conformance.pytest_plugin.journaling import XdistBeginning, begin, settle
from conformance.pytest_plugin.laws import ask_laws, place_laws
from conformance.pytest_plugin.options import add_options, options_from
from conformance.pytest_plugin.output import Output
from conformance.pytest_plugin.progress import watch_progress
from conformance.pytest_plugin.protocol import ask, is_plain, leave, settle_memory
from conformance.pytest_plugin.selection import choose, in_checkout, is_ours, refuse_unknown, typed
from conformance.pytest_plugin.session_end import Collected, finish
from conformance.pytest_plugin.signals import Signals
from conformance.pytest_plugin.state import KEY, Payload, SessionState, state_of
from conformance.pytest_plugin.xdist import XdistHooks, distributes, is_worker, refuse_too_many_workers, worker_input
from conformance.refserver import FaultError
from conformance.reporting.difference_text import summary
from conformance.reporting.terminal import terminal_lines
from conformance.reporting.writer import ReportError, refuse_foreign_latest
from conformance.results.reader import read_results
from conformance.run.options import Options
from conformance.run.run_plan import RunPlan
from conformance.run.settings import read_settings
from conformance.wire.errors import OptionError


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `--server-url` and the `--speke-` options."""
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Check the options before anything is sent; a wrong one is one sentence and exit status 4."""
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(XdistHooks(), "speke-xdist")
    if not _concerns_us(config):
        return
    try:
        options = options_from(config)
        settings = read_settings(options, os.environ)
        previous = read_results(options.previous) if options.previous and not is_worker(config) else None
        refuse_too_many_workers(config, settings)
        if not is_worker(config) and not config.option.collectonly:
            refuse_foreign_latest(settings.report_dir)
        plan = RunPlan(settings)
        plan.check_target()
    except (OptionError, DataError, FaultError, ReportError) as error:
        raise refusal(config, error) from None
    state = SessionState(plan, choose(config), previous=previous)
    config.stash[KEY] = state
    refuse_unknown(state.selection, {path: state.questions_of(path) for path, _ in state.selection.named})
    if not is_worker(config):
        config.pluginmanager.register(Collected(state, config.rootpath), "speke-collected")
        config.pluginmanager.register(Output(state), "speke-output")
        signals = Signals(config, lambda: state.made_folder)
        config.pluginmanager.register(signals, "speke-signals")
        signals.install()
        if config.pluginmanager.hasplugin("xdist"):
            config.pluginmanager.register(XdistBeginning(state), "speke-xdist-beginning")
        _quiet(config)
        if config.pluginmanager.hasplugin("html"):
            config.pluginmanager.register(HtmlRows(state), "speke-html")
        if (
            not config.option.collectonly
            and config.pluginmanager.hasplugin("html")
            and not getattr(config.option, "htmlpath", None)
        ):
            try:
                config.option.htmlpath = str(state.folder() / "pytest.html")
            except ReportError as error:
                raise refusal(config, error) from None
            config.option.self_contained_html = True


def _quiet(config: pytest.Config) -> None:
    """Leave failures to our own summary, which groups them by cause, unless the user asked for pytest's."""
    given = config.invocation_params.args
    if not any(str(arg).startswith("--tb") for arg in given):
        config.option.tbstyle = "no"
    if not any(str(arg).startswith("-r") for arg in given):
        config.option.reportchars = ""


def _concerns_us(config: pytest.Config) -> bool:
    """Whether this session judges a key server: our cases are named, or a target is, or it runs in the checkout."""
    if typed(config):
        return any(is_ours(config, arg) for arg in config.args)
    # An empty URL counts as given: it is a mistake that has to be said.
    return options_from(config) != Options() or in_checkout(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a YAML file that belongs to the cases of this run."""
    state = state_of(parent.config)
    if state is None or file_path.suffix not in SUFFIXES:
        return None
    cases = state.cases_of(file_path)
    if not cases:
        return None
    collector = CaseFileCollector.from_parent(parent, path=file_path)
    collector.cases, collector.state = cases, state
    return collector


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep those questions of a file that the command line names; `-k` finds an item by its checks as well."""
    state = state_of(config)
    if state is not None and config.option.keyword:
        for item in items:
            if isinstance(item, StepItem):
                item.extra_keyword_matches.update(item.checks())
                state.selectable.update((item.case.id, *item.checks()))
                if item.case.endpoint:
                    item.extra_keyword_matches.add(f"endpoint-{item.case.endpoint}")
    if state is not None and state.selection.named:
        wanted = state.selection.wants
        left = [item for item in items if isinstance(item, StepItem) and not wanted(item.path, item.question)]
        if left:
            config.hook.pytest_deselected(items=left)
            dropped = set(left)
            items[:] = [item for item in items if item not in dropped]
    if state is not None:
        place_laws(config, state, items)


def pytest_collection_finish(session: pytest.Session) -> None:
    """See whether the run is a selection: what is not the whole has no outcome."""
    state = state_of(session.config)
    if state is None or distributes(session.config):
        return
    chosen = {(item.case.name, item.step.id, item.about) for item in session.items if isinstance(item, StepItem)}
    chosen.update((case, step, about) for case, step, about, _ in state.laws)
    state.partial = bool(state.plan.settings.profile.only_cases) or state.plan.is_selection(chosen)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Settle the claims and begin to execute the selected cases ahead of their questions."""
    state = state_of(session.config)
    if state is None or session.config.option.collectonly:
        return None
    if distributes(session.config):
        if state.opened is None or not state.opened.shared.failure:
            return None
        # The workers need not collect what cannot be asked.
        tell(session.config, header_lines(state.plan.settings))
        begin(state)
        return True
    items = [item for item in session.items if isinstance(item, StepItem)]
    if items:
        shared = worker_input(session.config)
        cases = list({item.case.name: item.case for item in items}.values())
        settle_memory()
        if not is_worker(session.config):
            tell(session.config, header_lines(state.plan.settings))
            begin(state)
        try:
            state.open(cases, shared, ahead=not is_worker(session.config))
        except (OptionError, DataError) as error:
            if state.beginning is not None:
                state.beginning.undo(state.plan.settings.report_dir)
            raise refusal(session.config, error) from None
        settle(state)
        if not is_worker(session.config):
            if state.run.shared.failure:
                return True  # nothing can be asked; the report says why
            tell(session.config, found_lines(state.run, cases, len(items)))
            watch_progress(session.config, state, len(items))
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Ask a question our way, and leave every other test to pytest."""
    return ask(item, nextitem) if isinstance(item, StepItem) and is_plain(item.config) else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Let the result travel with the item's report, to the controller if there is one."""
    report = yield
    if isinstance(item, StepItem) and call.when == "call" and item.outcome is not None:
        report.speke = item.payload()
    return report


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Forget the exchanges of a group of cases when its last question has been asked."""
    if isinstance(item, StepItem):
        leave(item, nextitem)


def pytest_report_teststatus(report: Any, config: pytest.Config) -> tuple[str, str, str] | None:
    """The verdict as the word and letter on the terminal."""
    payload = Payload.of(report)
    if payload is None or report.when != "call":
        return None
    if payload.worst is None:
        return "", "", ""  # nothing that the item could ask arose; see docs/verdicts.md
    verdict = payload.worst.verdict
    category, letter, word = _WORDS.get(verdict, (report.outcome, "F" if report.failed else ".", verdict.value))
    state = state_of(config)
    return category, "" if state is not None and state.in_progress else letter, word


_WORDS = {
    Verdict.ADVISORY: ("advisory", "a", "ADVISORY"),
    Verdict.NOTE: ("note", ".", "NOTE"),
    Verdict.RECORDED: ("recorded", ".", "RECORDED"),
    Verdict.UNTESTABLE: ("untestable", "U", "UNTESTABLE"),
    Verdict.ERROR: ("error", "E", "ERROR"),
    Verdict.NOT_CLAIMED: ("not claimed", "-", "NOT CLAIMED"),
    Verdict.KNOWN: ("known", "k", "KNOWN"),
}


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the report, whatever way the session ended, and set the exit status."""
    state = state_of(session.config)
    if state is None:
        return
    state.close()
    if is_worker(session.config):
        output = session.config.workeroutput  # type: ignore[attr-defined]
        output["speke_partial"] = state.partial
        output["speke_gave_up"] = state.opened.gave_up if state.opened is not None else ""
        output["speke_laws"] = state.laws
        output["speke_ledger"] = state.opened.observed.ledger.packed() if state.opened is not None else []
        return
    if session.config.option.collectonly or int(exitstatus) in (pytest.ExitCode.USAGE_ERROR,):
        return
    if distributes(session.config) and state.opened is not None and not state.opened.shared.failure:
        ask_laws(session.config, state)
    status = finish(session, state, int(exitstatus))
    if state.others_failed:
        status = status or int(pytest.ExitCode.TESTS_FAILED)
    session.exitstatus = status


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Failures by cause, a table for each requirement set, and where the reports are."""
    state = state_of(config)
    if state is None or is_worker(config) or (state.document is None and not state.trouble):
        return
    terminalreporter.ensure_newline()
    if state.document is not None:
        here = pasting(state.plan.settings, state.report, private=terminalreporter.isatty)
        everything = options_from(config).all
        for line in terminal_lines(state.document, config.get_terminal_writer().fullwidth, here, everything=everything):
            terminalreporter.write_line(spoken(config, line.text), **dict.fromkeys(line.markup.split(), True))
        if state.document.previous is not None:
            terminalreporter.write_line(f"since the previous run: {summary(state.document.previous)}")
    if state.trouble:
        terminalreporter.write_line(spoken(config, state.trouble), red=True)
