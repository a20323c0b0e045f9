"""Waits until a server that is being repaired has been restarted."""

from __future__ import annotations

import socket
from collections.abc import Callable

from conformance.wire.target import Target

POLL_SECONDS = 1.0
"""Between two looks at the port. A restart that fits between them is not seen."""


def wait_for_restart(target: Target, pause: Callable[[float], bool]) -> None:
    """Come back when the port was closed and is open again.

    `pause` waits so many seconds, and says whether there is a reason not to wait any longer.
    """
    for wanted in (False, True):
        while is_open(target) is not wanted:
            if pause(POLL_SECONDS):
                return


def is_open(target: Target) -> bool:
    """Whether something accepts connections there."""
    try:
        socket.create_connection((target.host, target.port), timeout=POLL_SECONDS).close()
    except OSError:
        return False
    return True
