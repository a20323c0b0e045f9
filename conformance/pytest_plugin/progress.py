"""A progress line for long runs: thousands of dots tell nobody anything."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from conformance.model import Verdict
from conformance.pytest_plugin.state import Payload, SessionState

LONG = 400
"""Questions from which a run gets progress lines instead of letters."""

PARTS = 10

AMISS = ("FAIL", "ERROR", "UNTESTABLE", "ADVISORY", "KNOWN")


class Progress:
    """Writes how far the run is at each tenth of it; registered for runs whose length is known."""

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
        if self._asked * PARTS // self._total > (self._asked - 1) * PARTS // self._total:
            share = self._asked * 100 // self._total
            wrong = [f"{self._verdicts[word]} {word}" for word in AMISS if self._verdicts[word]]
            self._reporter.ensure_newline()
            self._reporter.write_line(
                f"{share:3} %  {self._asked} of {self._total} items, {', '.join(wrong) or 'nothing amiss'}"
            )


def watch_progress(config: pytest.Config, state: SessionState, total: int) -> None:
    """Begin to report the progress of a long run, unless the user asked for a line for each question."""
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None and total >= LONG and reporter.verbosity <= 0:
        state.in_progress = True
        config.pluginmanager.register(Progress(state, total, reporter), "speke-progress")
