"""A progress line for long runs: thousands of dots tell nobody anything."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from conformance.model import Verdict
from conformance.pytest_plugin.private import leave_out_percentages
from conformance.pytest_plugin.state import Payload, SessionState

LONG = 400
"""Questions from which a run gets progress lines instead of letters."""

PARTS = 10
"""Lines of a whole run, where they are kept."""
SMALL_PARTS = 200
"""How often the one line of a terminal is written again."""

AMISS = ("FAIL", "ERROR", "UNTESTABLE", "ADVISORY", "KNOWN")


class Progress:
    """Writes how far the run is: one line that changes on a terminal, a line for each tenth elsewhere."""

    def __init__(self, state: SessionState, total: int, reporter: Any) -> None:
        self._state, self._total, self._reporter = state, total, reporter
        self._asked = 0
        self._verdicts: Counter[str] = Counter()

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        """Count a question; say something at each tenth."""
        payload = Payload.of(report)
        if payload is None:
            return
        self._asked += 1
        self._verdicts[payload.worst.verdict if payload.worst else Verdict.PASS] += 1
        parts = SMALL_PARTS if self._reporter.isatty else PARTS
        if self._asked * parts // self._total == (self._asked - 1) * parts // self._total:
            return
        if not self._reporter.isatty:
            self._reporter.ensure_newline()
            self._reporter.write_line(self._line)
        elif self._asked < self._total:
            self._reporter.rewrite(self._line, erase=True)
        else:
            self._reporter.rewrite("", erase=True)

    @property
    def _line(self) -> str:
        share = self._asked * 100 // self._total
        wrong = [f"{self._verdicts[word]} {word}" for word in AMISS if self._verdicts[word]]
        return f"{share:3} %  {self._asked} of {self._total} items, {', '.join(wrong) or 'no failures'}"


def watch_progress(config: pytest.Config, state: SessionState, total: int) -> None:
    """Begin to report the progress of a long run, unless the user asked for a line for each question."""
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None and total >= LONG and reporter.verbosity <= 0:
        state.in_progress = True
        leave_out_percentages(reporter)
        config.pluginmanager.register(Progress(state, total, reporter), "speke-progress")
