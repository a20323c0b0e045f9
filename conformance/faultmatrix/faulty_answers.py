"""What a faulty server answers, each request sent once, with what it has to see before."""

from __future__ import annotations

from conformance.faultmatrix.baseline import ServerSetup
from conformance.faultmatrix.in_process import InProcess, fingerprint
from conformance.faultmatrix.second_looks import SecondLooks
from conformance.model import Exchange
from conformance.refserver import Fault
from conformance.refserver.faults.triggers import can_touch, remembers
from conformance.wire.ordinary import is_kept


class FaultyAnswers:
    """What a faulty server answers in one group: each request is sent once, however many views look at it."""

    def __init__(self, fault: Fault, group: tuple[ServerSetup, ...], sender: InProcess | None = None) -> None:
        self.group = group
        self._remembers = remembers(fault)
        self._looks = SecondLooks(sender or InProcess(group[0].act.config, (fault,)))
        self._can = [self._remembers or can_touch(fault, scene.facts) for scene in group]
        self._came: dict[int, Exchange] = {}
        self._differs: set[int] = set()

    def can(self, place: int) -> bool:
        """Whether the fault can touch a request."""
        return self._can[place]

    def begin(self, place: int) -> int:
        """The first of the requests that are sent at the same moment as this one."""
        while place and self.group[place].context.step.at_once:
            place -= 1
        return place

    def came(self, place: int) -> Exchange:
        """One exchange; the right server's own where the fault cannot touch it, or nothing differs."""
        if place not in self._came:
            scene = self.group[place]
            exchange = usual = scene.context.exchange
            if self._remembers or is_kept(usual.request):
                for one in range(self.begin(place)):
                    self.came(one)
            if self._can[place] or is_kept(usual.request):
                exchange = self._looks.send_as(scene.context, scene.nth)
                if fingerprint(exchange) != fingerprint(usual):
                    self._differs.add(place)
            self._came[place] = exchange
        return self._came[place]

    def differs(self, place: int) -> bool:
        """Whether an exchange that has taken place differs from the right server's."""
        return place in self._differs
