"""A full disk, or a reader who went away, costs output and not the run: one sentence, and the status of the run."""

from __future__ import annotations

from collections.abc import Generator
from typing import TextIO, cast

import pytest

from conformance.judge import INCOMPLETE
from conformance.pytest_plugin.private import rewire_terminal
from conformance.pytest_plugin.state import SessionState
from conformance.reporting.patient_output import PatientOutput


def _patient(stream: TextIO) -> TextIO:
    return stream if isinstance(stream, PatientOutput) else cast(TextIO, PatientOutput(stream))


class Output:
    """Guards what a session writes beside our own reports; registered in the process that writes them."""

    def __init__(self, state: SessionState) -> None:
        self._state = state

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """`… | head -1`: the terminal's writer goes on when nobody reads any more."""
        if session.config.pluginmanager.hasplugin("terminalreporter"):
            rewire_terminal(session.config, _patient)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        """What another plugin cannot write (pytest-html's page, a JUnit file) is one sentence."""
        try:
            yield
        except OSError as error:
            place = f" to {error.filename}" if error.filename else ""
            self._state.trouble = self._state.trouble or (
                f"A report cannot be written{place} ({error.strerror or error}). Free some space there."
            )
            session.exitstatus = session.exitstatus or INCOMPLETE
