"""What is typed while something else is waited for."""

from __future__ import annotations

import os
import sys
from queue import Empty, Queue
from threading import Thread

QUIT = ("q", "quit", "exit")


class Keyboard:
    """Lines of a terminal, read in the background from the first time that they are asked for."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = descriptor
        """Of the terminal; None: that of the standard input."""
        self._lines: Queue[str] = Queue()
        self._reader: Thread | None = None

    def line(self, seconds: float | None) -> str | None:
        """The next line, `q` at the end of the input; None where nothing is typed in so many seconds."""
        if self._reader is None:
            self._reader = Thread(target=self._read, daemon=True)
            self._reader.start()
        try:
            return self._lines.get(timeout=seconds)
        except Empty:
            return None

    def _read(self) -> None:
        # Not through sys.stdin: whoever waits in there when the program ends would hold a lock that Python needs.
        descriptor = sys.stdin.fileno() if self._descriptor is None else self._descriptor
        while typed := os.read(descriptor, 4096):
            self._lines.put(typed.decode("utf-8", "replace").strip().lower())
        self._lines.put(QUIT[0])
