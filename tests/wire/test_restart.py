"""A server that goes away and comes back, at a pause of the test's own."""

from __future__ import annotations

from conformance import refserver
from conformance.wire.restart import POLL_SECONDS, is_open, wait_for_restart
from conformance.wire.target import Target


def test_it_waits_until_the_port_was_closed_and_is_open_again() -> None:
    old = refserver.Server(refserver.Config())
    running = [old]
    old.__enter__()
    target = Target.parse(old.url)
    open_at: list[bool] = []

    def pause(seconds: float) -> bool:
        assert seconds == POLL_SECONDS
        open_at.append(is_open(target))
        if len(open_at) == 2:
            running.pop().__exit__(None, None, None)
        elif len(open_at) == 4:
            running.append(refserver.Server(refserver.Config(), port=old.port))
            running[0].__enter__()
        return False

    try:
        wait_for_restart(target, pause)
        assert open_at == [True, True, False, False], "it came back at the first look that found it open again"
        assert is_open(target)
    finally:
        for one in running:
            one.__exit__(None, None, None)


def test_whoever_does_not_want_to_wait_need_not() -> None:
    with refserver.Server(refserver.Config()) as server:
        wait_for_restart(Target.parse(server.url), lambda seconds: True)
