"""The second look of a run, at the exchanges of a faulty server that is played in process."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from conformance.checks.context import Context
from conformance.faultmatrix.in_process import InProcess
from conformance.model import Exchange, HttpRequest
from conformance.run.second_look import Asked, SecondLook

MOST_CONTROLS = 40
"""Requests that are tried as a control; a server that accepts none of so many accepts none at all."""


class SecondLooks:
    """What one faulty server answers, looked at as the runner looks at it; `accepted` gives the right one's."""

    def __init__(self, sender: InProcess, accepted: Callable[[], Iterable[Context]]) -> None:
        self._sender = sender
        self._accepted = accepted
        self._look = SecondLook(sleep=lambda seconds: None)
        self._has_controls = False

    def send_as(self, usual: Context, nth: int) -> Exchange:
        """The exchange of a step that is to be judged."""

        def send(request: HttpRequest) -> Exchange:
            return self._sender.send_as(request, nth)

        request = usual.exchange.request
        exchange = send(request)
        if exchange.answer is None and not self._has_controls:
            self._find_controls()
        return self._look.of(Asked(usual.case, usual.step, request), exchange, send)

    def _find_controls(self) -> None:
        """In a run, whatever was accepted first is a control; here it is looked for when it is needed."""
        self._has_controls = True
        found: set[str] = set()
        tried = 0
        for context in self._accepted():
            if tried == MOST_CONTROLS or len(found) == 2:
                return
            if context.version in found or not context.accepted or context.step.defects:
                continue
            tried += 1
            asked = Asked(context.case, context.step, context.exchange.request)
            exchange = self._sender.send_as(asked.request, 1)
            if exchange.answer is not None and exchange.answer.status == 200:
                self._look.of(asked, exchange, lambda request: self._sender.send_as(request, 1))
                found.add(context.version)
