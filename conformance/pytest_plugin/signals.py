"""Ctrl-C and SIGTERM: the first ends the run and lets it write its report, the second ends the process at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from conformance.judge import INTERRUPTED

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """The handlers of one session, put back when it is over; does nothing outside the main thread."""

    def __init__(self, config: pytest.Config, folder: Callable[[], str]) -> None:
        self._config, self._folder = config, folder
        self._came = 0
        self._over = False
        self._before: dict[int, Any] = {}

    def install(self) -> None:
        """Handle the signals from now on."""
        if threading.current_thread() is threading.main_thread():
            # CI systems and `docker stop` send SIGTERM; a shell lets background jobs ignore SIGINT.
            self._before = {number: signal.signal(number, self._handle) for number in _SIGNALS}

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """From here on the reports are written: an exception would cost them."""
        self._over = True

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Put back what was there."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._came += 1
        if self._came == 1 and not self._over:
            raise KeyboardInterrupt
        if self._came == 1:
            self._say("the run is over and its reports are being written; the same again ends that at once")
            return
        folder = self._folder()
        left = f"; `speke-conformance report {folder}` makes the pages from what was recorded" if folder else ""
        self._say(f"ended at once{left}")
        os._exit(INTERRUPTED)

    def _say(self, sentence: str) -> None:
        # Straight to the terminal: whoever was interrupted may have been in the middle of writing.
        try:
            number = self._config.get_terminal_writer()._file.fileno()
        except (AttributeError, OSError, ValueError):
            number = sys.__stderr__.fileno() if sys.__stderr__ is not None else 2
        try:
            os.write(number, f"\nspeke-conformance: {sentence}.\n".encode())
        except OSError:
            return
