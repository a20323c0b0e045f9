"""Whose fault it was: requests that are sent again to find that out, and what comes of it.

Two things are looked at twice, and nothing else; no answer that has come is ever exchanged for a better one.

An answer on a *reused* connection that may be meant for something else is asked for again on a fresh one, and judged as
it comes there. Where the fresh answer is as expected, the difference is noted: behind an accepted request it is a fault
of the server's, behind a refusal a body that was left unread (RFC 9112, section 9.3).

An ordinary request that gets *no byte of an answer* is asked again on a fresh connection, a pause later, with a request
that was accepted before and after it. Where those two are answered and it is not, the server hangs up on this kind of
request, or never answers it. After three cases of one kind the kind is known, and only the control is asked again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from conformance.catalogue import load_catalogue
from conformance.checks.context import SAYS_NOTHING
from conformance.model import Case, Exchange, HttpAnswer, HttpRequest, Step
from conformance.model.exchange import (
    AFTER_REFUSAL,
    FRESH_CONNECTION,
    HUNG_UP_WHEN_REUSED,
    IN_COMMON,
    REUSED,
    UNANSWERED,
    WRONG_AFTER_REFUSAL,
    WRONG_WHEN_REUSED,
)
from conformance.wire.ordinary import is_owed_an_answer

PAUSE = 2.0
"""Seconds before a request that was not answered is sent again: a process that died of it has been started anew."""
SETTLE = 0.3
"""Seconds in which a server that closes a connection behind an answer has done so; several times a long way there."""
KNOWN_AFTER = 3
"""Distinct cases after which a kind of unanswered request is known."""

Send = Callable[[HttpRequest], Exchange]
Plain = Callable[[], Iterable["Asked"]]


@dataclass(slots=True)
class Kind:
    """A kind of request that is not answered: how it fails, and what all of its requests have."""

    failure: str
    common: frozenset[str]
    cases: set[str] = field(default_factory=set)

    @property
    def is_known(self) -> bool:
        """Whether enough cases have shown it."""
        return len(self.cases) >= KNOWN_AFTER

    @property
    def note(self) -> str:
        """What is noted of such a request."""
        return f"{UNANSWERED}{_SILENCE[self.failure]}{IN_COMMON}{', '.join(sorted(self.common))}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it is to be sent, with the case and step that it is sent for."""

    case: Case
    step: Step
    request: HttpRequest

    @property
    def traits(self) -> frozenset[str]:
        """What tells kinds of requests from each other, in words."""
        plan = self.step.plan
        traits = {f"SPEKE {self.case.version}", *plan.systems, plan.scheme}
        traits |= {"key periods"} if plan.periods else set()
        traits |= {"encrypted keys"} if plan.recipients else set()
        traits |= {_MISTAKE} if self.step.expect.kind == "refused" else set()
        return frozenset(traits - {""})


_MISTAKE = "a mistake in it"
"""The trait of a request that a right server refuses."""


class SecondLook:
    """What is remembered for second looks at the exchanges of one process of a run; safe for use by several threads.

    `pause` and `sleep` are exchangeable so that tests need not wait.
    """

    def __init__(self, pause: float = PAUSE, sleep: Callable[[float], None] = time.sleep) -> None:
        self._pause = pause
        self._sleep = sleep
        self._lock = threading.Lock()
        self._controls: dict[tuple[str, str], HttpRequest] = {}
        """(URL, version) -> the first request that was accepted there."""
        self._answered: set[frozenset[str]] = set()
        """Traits of the requests that were answered."""
        self._kinds: list[Kind] = []
        self._search = threading.Lock()
        self._searched: set[str] = set()
        """URLs where plain requests have been tried already."""

    def of(self, asked: Asked, exchange: Exchange, send: Send, plain: Plain = lambda: ()) -> Exchange:
        """The exchange that is to be judged: this one, or what came of the second look.

        `plain` gives requests that are tried as controls where none has been accepted yet.
        """
        exchange = self._when_reused(asked, exchange, send)
        if exchange.answer is not None:
            self._remember(asked, exchange)
            return exchange
        return self._unanswered(asked, exchange, send, plain)

    def is_somebody_there(self, send: Send) -> bool:
        """Whether any request that was accepted before is accepted now."""
        return any(_accepted(send(control)) for control in self._all_controls())

    # --- reused connections

    def _when_reused(self, asked: Asked, exchange: Exchange, send: Send) -> Exchange:
        if HUNG_UP_WHEN_REUSED in exchange.notes:
            # The client has asked again already. Connections may be closed at any time, so once proves nothing.
            if not _is_expected(asked, exchange) or not self._hangs_up_again(asked, exchange, send):
                return exchange
            return _odd(exchange, exchange.notes, "the server hung up")
        failure = exchange.failure
        if failure is not None and not (failure.began and failure.kind in _GARBLED):
            return exchange
        if REUSED not in exchange.notes or _is_beyond_doubt(asked, exchange):
            return exchange
        fresh = send(replace(asked.request, connection=FRESH_CONNECTION))
        fresh = replace(fresh, hops=(replace(exchange, hops=()), *fresh.hops))
        if not _is_expected(asked, fresh) or not _differ(asked, exchange, fresh):
            return fresh
        what = f"status {exchange.answer.status}" if exchange.answer is not None else "an answer that is not complete"
        return _odd(fresh, exchange.notes, what)

    def _hangs_up_again(self, asked: Asked, exchange: Exchange, send: Send) -> bool:
        """Whether the server hangs up once more behind an accepted request, on a connection that it kept open."""
        if AFTER_REFUSAL in exchange.notes:
            return True
        control = self._control(asked)
        if control is None:
            return False
        name = f"again {asked.case.name}::{asked.step.id}"
        before = send(replace(control, connection=name))
        self._sleep(SETTLE)
        again = send(replace(asked.request, connection=name))
        return _accepted(before) and HUNG_UP_WHEN_REUSED in again.notes

    # --- no answer at all

    def _unanswered(self, asked: Asked, exchange: Exchange, send: Send, plain: Plain) -> Exchange:
        failure = exchange.failure
        if failure is None or failure.began or failure.kind not in _SILENCE or not is_owed_an_answer(asked.request):
            return exchange
        control = self._control(asked)
        if control is None and (failure.kind == "no-answer" or self._answered):
            # Where nothing has ever come in time, each try would only cost the time-out once more.
            control = self._found_control(asked, send, plain)
        if control is None or not _accepted(send(control)):
            return exchange
        kind = self._kind_of(asked, failure.kind)
        if kind is not None and (kind.is_known or asked.case.name in kind.cases):
            return replace(exchange, notes=(*exchange.notes, kind.note))
        self._sleep(self._pause)
        again = send(replace(asked.request, connection=FRESH_CONNECTION))
        again = replace(again, hops=(replace(exchange, hops=()), *again.hops))
        if again.answer is not None:
            words = f"asked again {self._pause:g} s later, it was answered {again.answer.status}"
            return replace(exchange, notes=(*exchange.notes, words), hops=(*exchange.hops, replace(again, hops=())))
        if again.failure is not None and again.failure.began:
            return again
        if not _accepted(send(control)):
            return exchange
        return replace(again, notes=(*again.notes, self._confirmed(asked, failure.kind).note))

    def _confirmed(self, asked: Asked, failure: str) -> Kind:
        """The kind that the request belongs to, now that it is sure that the server does not answer it."""
        kind = self._kind_of(asked, failure)
        with self._lock:
            if kind is None:
                kind = Kind(failure, asked.traits)
                self._kinds.append(kind)
            kind.common &= asked.traits
            kind.cases.add(asked.case.name)
        return kind

    def _kind_of(self, asked: Asked, failure: str) -> Kind | None:
        """The kind whose common traits the request has, as far as no request that was answered has them all."""
        with self._lock:
            for kind in self._kinds:
                common = kind.common & asked.traits if kind.failure == failure else frozenset()
                # Mistakes differ from each other: that one of them is answered says nothing of the others.
                if common and (_MISTAKE in common or not any(common <= answered for answered in self._answered)):
                    return kind
        return None

    # --- controls

    def _remember(self, asked: Asked, exchange: Exchange) -> None:
        with self._lock:
            self._answered.add(asked.traits)
            if exchange.answer is not None and exchange.answer.status == 200 and _is_control(asked):
                place = (asked.request.url, asked.case.version)
                self._controls.setdefault(place, replace(asked.request, connection=FRESH_CONNECTION))

    def _control(self, asked: Asked) -> HttpRequest | None:
        """The version's first accepted request at the same endpoint; the other version's where it has none."""
        with self._lock:
            here = {version: request for (url, version), request in self._controls.items() if url == asked.request.url}
        return here.get(asked.case.version) or next(iter(here.values()), None)

    def _found_control(self, asked: Asked, send: Send, plain: Plain) -> HttpRequest | None:
        """A control that is looked for on purpose, once for an endpoint."""
        with self._search:
            if asked.request.url not in self._searched:
                self._searched.add(asked.request.url)
                for one in plain():
                    exchange = send(replace(one.request, connection=FRESH_CONNECTION))
                    if _accepted(exchange):
                        self._remember(one, exchange)
                        break
        return self._control(asked)

    def _all_controls(self) -> list[HttpRequest]:
        with self._lock:
            return list(self._controls.values())


_GARBLED = frozenset({"incomplete", "bad-http"})
"""Failures that the rest of another exchange can cause; what is endless or too slow is so on every connection."""
_SILENCE = {"no-answer": "it hung up without a byte of an answer", "timeout": "no byte of an answer came in time"}


def _is_control(asked: Asked) -> bool:
    return (
        asked.step.expect.kind in ("accepted", "free") and not asked.step.defects and is_owed_an_answer(asked.request)
    )


def _accepted(exchange: Exchange) -> bool:
    return exchange.answer is not None and exchange.answer.status == 200


def _is_expected(asked: Asked, exchange: Exchange) -> bool:
    """Whether status alone speaks against the answer: what is in it is looked at once, by the checks."""
    if exchange.answer is None:
        return False
    status = exchange.answer.status
    refused = 400 <= status <= 599
    if status in SAYS_NOTHING:
        return True
    match asked.step.expect.kind:
        case "accepted":
            return status == 200
        case "refused":
            return refused
        case _:
            return refused or status == 200


def _is_beyond_doubt(asked: Asked, exchange: Exchange) -> bool:
    """Whether the answer can only be meant for this request: a success where one is due, a standard message elsewhere.

    What a server says of the rest of another request may look like any other refusal.
    """
    answer = exchange.answer
    if answer is None:
        return False
    if answer.status in SAYS_NOTHING or _says_a_standard_message(answer):
        return True
    return answer.status == 200 and asked.step.expect.kind != "refused"


def _differ(asked: Asked, reused: Exchange, fresh: Exchange) -> bool:
    if reused.answer is None or fresh.answer is None:
        return True
    return reused.answer.status != fresh.answer.status or _is_beyond_doubt(asked, fresh)


def _says_a_standard_message(answer: HttpAnswer) -> bool:
    messages = (one.text.partition("{")[0].strip() for one in load_catalogue().messages.values())
    return any(message.encode() in answer.body for message in messages)


def _odd(exchange: Exchange, before: tuple[str, ...], what: str) -> Exchange:
    begin = WRONG_AFTER_REFUSAL if AFTER_REFUSAL in before else WRONG_WHEN_REUSED
    came = f"{exchange.answer.status} on a fresh one" if exchange.answer is not None else "nothing on a fresh one"
    return replace(exchange, notes=(*exchange.notes, f"{begin}{what}, and {came}"))
