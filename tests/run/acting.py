"""A key server that is a function, and cases and checks made for one test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from conformance.cases import Seed
from conformance.cases.certificates import KeyRing
from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.registry import Check, Need, Subject
from conformance.checks.shape import Shape
from conformance.model import (
    Case,
    Claims,
    Exchange,
    Expectation,
    Finding,
    HttpAnswer,
    HttpRequest,
    Plan,
    Step,
    TransportFailure,
)
from conformance.run.runner import RunContext, Runner
from conformance.run.second_look import SecondLook

CLAIMS = Claims(frozenset({"2.0", "2.1"}), frozenset({("widevine", "cenc")}))
REFUSED = HttpAnswer(422, (), b"Malformed encryption contract")
LATE = TransportFailure("timeout", "no byte came within 15 s")


def echo(request: HttpRequest) -> HttpAnswer:
    """A server that answers with what it was sent."""
    return HttpAnswer(200, (("Content-Type", "application/xml"),), request.body)


Serve = Callable[[HttpRequest], HttpAnswer | TransportFailure]


@dataclass
class Actor:
    """A sender whose answers a function gives; it remembers what it was sent, in order."""

    serve: Serve = echo
    sent: list[HttpRequest] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, request: HttpRequest) -> Exchange:
        """One exchange."""
        with self.lock:
            self.sent.append(request)
        answer = self.serve(request)
        if isinstance(answer, TransportFailure):
            return Exchange(request, None, answer)
        return Exchange(request, answer)

    def marks(self) -> list[str]:
        """The X-Mark headers of what was sent: `CASE/step`."""
        return [dict(request.headers)["X-Mark"] for request in self.sent]


def plan(**changes: object) -> Plan:
    """A small plan for Widevine."""
    given = {
        "version": "2.0",
        "schemes": ("cenc",),
        "systems": ("widevine",),
        "rules": load_catalogue().contract("PRESET-VIDEO-1"),
        "systems_mode": "exactly",
    }
    return Plan(**{**given, **changes})  # type: ignore[arg-type]


def step(mark: str, kind: str = "accepted", **changes: object) -> Step:
    """A step named after the end of its mark, which it sends in a header of its own."""
    given = {
        "id": mark.rpartition("/")[2],
        "plan": plan(),
        "expect": Expectation(kind, any_refusal=kind == "refused"),
        "checks": (),
        "defects": ({"header": {"X-Mark": mark}},),
    }
    return Step(**{**given, **changes})  # type: ignore[arg-type]


def case(name: str, *steps: Step, group: str = "", needs: Sequence[str] = (), version: str = "2.0") -> Case:
    """A case of these steps, or of one step `ask`."""
    made = steps or (step(f"{name}/ask"),)
    return Case(name, "a title", "a reason", version, made, tuple(needs), group=group or name, identity=group or name)


def family() -> list[Case]:
    """A control and two negatives that share it."""
    control = case("CONTROL", step("CONTROL/before"), step("CONTROL/after", last=True))
    shared = step("unused/control", use="CONTROL::before")
    return [control] + [case(name, shared, step(f"{name}/ask", "refused"), group="CONTROL") for name in ("ONE", "TWO")]


def check(
    ask: Callable[[Context], Iterable[Finding]] = lambda context: (),
    need: Need = Need.EXCHANGE,
    applies: Callable[[Shape], bool] = lambda shape: True,
    *,
    from_case: bool = False,
) -> Check:
    """A question that is in no register."""
    return Check("a.check", "a question", "", ("R-1",), need, ask, applies, from_case, "tests", Subject.EXPECTATION)


def runner(actor: Actor, cases: Sequence[Case], *, claims: Claims = CLAIMS, **changes: object) -> Runner:
    """A runner for these cases."""
    look = SecondLook(sleep=lambda seconds: None)
    given = {"second_look": look, **changes}
    setting = RunContext("http://127.0.0.1/", actor, Seed("tests"), claims, KeyRing(), **given)  # type: ignore[arg-type]
    return Runner(setting, cases)
