"""Waits until a server that is being repaired has been restarted."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from conformance.wire.target import Target

POLL_SECONDS = 1.0
"""Between two looks at the port: nobody restarts a server faster, and it costs nothing."""


def wait_for_restart(target: Target, sleep: Callable[[float], None] = time.sleep) -> None:
    """Come back when the port was closed and is open again."""
    while is_open(target):
        sleep(POLL_SECONDS)
    while not is_open(target):
        sleep(POLL_SECONDS)


def is_open(target: Target) -> bool:
    """Whether something accepts connections there."""
    try:
        socket.create_connection((target.host, target.port), timeout=POLL_SECONDS).close()
    except OSError:
        return False
    return True
