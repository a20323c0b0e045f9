"""A key server in a process of its own, so that it does not take turns with whoever asks it.

Two threads of one process share one interpreter; a run against the built-in server would wait for the server's work.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext, SpawnContext
from multiprocessing.process import BaseProcess
from types import ModuleType, TracebackType
from typing import Self

from conformance.refserver.config import Config
from conformance.refserver.faults import load_faults
from conformance.refserver.http import Server

PATIENCE = 5.0
"""Seconds within which a server that is told to stop does so, before it is ended from outside."""


class ServerProcess:
    """The server with these faults, by name, on loopback; a context manager. Raises OSError where it cannot begin."""

    def __init__(self, config: Config, faults: Sequence[str] = (), delay_ms: int = 0) -> None:
        context = _context()
        self._reached: frozenset[str] = frozenset()
        self._ours, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=_serve, args=(theirs, self._ours, config, tuple(faults), delay_ms), daemon=True
        )
        with _without_main():
            self._process.start()
        theirs.close()
        try:
            begun = self._ours.recv()
        except EOFError:
            raise OSError("the process of the built-in server ended at once") from None
        if isinstance(begun, OSError):
            raise begun
        self.url = str(begun)

    def reached(self) -> frozenset[str]:
        """The faults whose condition some exchange met, as far as is known; asked for once more at the end."""
        with contextlib.suppress(EOFError, OSError):
            self._ours.send(None)
            self._reached = frozenset(self._ours.recv())
        return self._reached

    def __enter__(self) -> Self:
        """Give the server, which serves already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server and wait for its end."""
        self.reached()
        self._ours.close()
        self._process.join(PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(PATIENCE)


def _context() -> ForkContext | SpawnContext:
    """A fork is there at once, but takes over locks that other threads hold for ever; and macOS does not bear it."""
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """A spawned process imports the script that began it: one that calls a run at once would make another run there."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _serve(theirs: Connection, ours: Connection, config: Config, faults: Sequence[str], delay_ms: int) -> None:
    """Serve until the other end of the pipe is closed, be it because the process there was killed."""
    # A forked process has the other end too, and would never see it closed.
    ours.close()
    # Ctrl-C and the like are for the run, which needs this server until it has written what it knows.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    try:
        # Reading the faults takes longer than the start of the server; most runs have none.
        known = load_faults() if faults else {}
        server = Server(config, [known[name] for name in faults], delay_ms=delay_ms)
    except Exception as error:
        theirs.send(OSError(f"{type(error).__name__}: {error}"))
        return
    with server, contextlib.suppress(EOFError, OSError):
        theirs.send(server.url)
        while True:
            theirs.recv()
            theirs.send(sorted(server.state.reached))
