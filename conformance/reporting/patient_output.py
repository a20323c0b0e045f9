"""Standard output whose reader may go away, or whose disk may be full: what is asked goes on and has its own status."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any, TextIO


class PatientOutput:
    """A text stream around another: the first write that fails is the last, and nobody is told by an exception.

    Whatever comes later goes nowhere, at the level of the file descriptor as well, so that nothing that the
    interpreter still holds fails when it ends. `harmless` takes out of a text what a terminal would obey.
    """

    def __init__(self, stream: TextIO, harmless: Callable[[str], str] = str) -> None:
        self._stream, self._harmless = stream, harmless
        self.failure: OSError | None = None

    @property
    def trouble(self) -> str:
        """Why what was written is lost, in a few words; a reader who has seen enough is no reason."""
        if self.failure is None or self.failure.errno == errno.EPIPE:
            return ""
        return self.failure.strerror or str(self.failure)

    def write(self, text: str) -> int:
        """Write, as long as that works."""
        if self.failure is None:
            try:
                return self._stream.write(self._harmless(text))
            except OSError as error:
                self._give_up(error)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write, as long as that works."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush, as long as that works."""
        if self.failure is None:
            try:
                self._stream.flush()
            except OSError as error:
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self.failure = error
        try:
            number = self._stream.fileno()
            nowhere = os.open(os.devnull, os.O_WRONLY)
        except (OSError, ValueError):
            return
        os.dup2(nowhere, number)
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
