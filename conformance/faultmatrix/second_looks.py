"""The second look of a run, at the exchanges of a faulty server that is played in process."""

from __future__ import annotations

from conformance.cases import Seed, build_request
from conformance.checks.context import Context
from conformance.faultmatrix.in_process import InProcess
from conformance.model import Exchange, HttpRequest
from conformance.run.controls import plain_steps
from conformance.run.second_look import Asked, SecondLook


class SecondLooks:
    """What one faulty server answers, looked at as the runner of a run looks at it."""

    def __init__(self, sender: InProcess) -> None:
        self._sender = sender
        self._look = SecondLook(sleep=lambda seconds: None)
        self._has_controls = False

    def send_as(self, usual: Context, nth: int) -> Exchange:
        """The exchange of a step that is to be judged."""

        def send(request: HttpRequest) -> Exchange:
            return self._sender.send_as(request, nth)

        request = usual.exchange.request
        exchange = send(request)
        if exchange.answer is None and not self._has_controls:
            self._find_controls(usual)
        return self._look.of(Asked(usual.case, usual.step, request), exchange, send)

    def _find_controls(self, usual: Context) -> None:
        """In a run, whatever was accepted first is a control; here plain requests are, when one is needed."""
        self._has_controls = True
        for case, step in plain_steps(usual.claims, usual.case):
            built = build_request(step, step.plan, case.identity, Seed("control"), usual.exchange.request.url, {})
            exchange = self._sender.send_as(built.http, 1)
            if exchange.answer is not None:
                self._look.of(Asked(case, step, built.http), exchange, lambda request: self._sender.send_as(request, 1))
