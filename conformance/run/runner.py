"""Executes each step once, ahead of the questions, and asks the questions. Knows no pytest and no reports."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeVar

from conformance.cases import NotClaimed, Seed, build_request, refuse_policy, resolve_case, resolve_plan
from conformance.cases.certificates import KeyRing
from conformance.cases.defects import NOBODY
from conformance.catalogue import load_catalogue
from conformance.checks.context import Context, Receiver
from conformance.checks.drm.clearkey_fetch import request_for
from conformance.checks.http.denied import denial, is_denied
from conformance.checks.registry import Check, Untestable
from conformance.model import Case, Claims, Exchange, HttpRequest, Plan, Result, Step, TransportFailure
from conformance.model.exchange import UNANSWERED
from conformance.model.quoted import quoted
from conformance.run.asking import (
    Performed,
    StepAnswers,
    Wanted,
    answers_at,
    ask_at,
    everything_wanted,
    result_of,
    unperformed,
)
from conformance.run.controls import plain_steps
from conformance.run.second_look import Asked, SecondLook
from conformance.wire.gate import Gate, Sender

STOP_AFTER = 10
"""Exchanges in a row without a complete answer, or without admittance to any, after which the run stops."""

BUDGET = "budget"
"""Kind of the failure of an exchange that was not made, because the run may send no more."""

LOOK_AHEAD = 48
"""Groups of cases that may be finished before their questions are asked; bounds the memory."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """What all steps of a run share."""

    url: str
    sender: Sender
    """Behind a gate, whatever was given: nothing that a run sends goes round its concurrency."""
    seed: Seed
    claims: Claims
    ring: KeyRing
    concurrency: int = 1
    """Requests under way at once, at most; with more than one, cases are executed ahead of their questions."""
    observe: Callable[[Context], None] = lambda context: None
    """Called once for each exchange, on the thread that made it (recording, redaction)."""
    listener: str = NOBODY
    """Where the run listens for servers that fetch what a request names."""
    second_look: SecondLook = field(default_factory=SecondLook)
    """Whoever asks again where nobody knows yet whose fault it was."""
    contracts_open: bool = False
    """Whether the claims were discovered: a contract that the server says it does not support is then not claimed."""

    endpoint: int = 0
    """Which of several endpoints is asked."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "sender", Gate.around(self.sender, self.concurrency))


@dataclass
class _Group:
    cases: list[Case]
    claimed: bool = False
    ahead: bool = False
    """Executed ahead of its questions, and so holding one of the places for that."""
    ever: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def length(self) -> int:
        """How many requests it takes, one after the other."""
        return sum(step.use == "" for case in self.cases for step in case.steps)

    def claim(self, *, ahead: bool = False) -> bool:
        """Whether the caller is to execute the group; ahead of its questions only if nobody ever has."""
        with self.lock:
            if self.claimed or (ahead and self.ever):
                return False
            self.claimed = self.ever = True
            self.ahead = ahead
            return True

    def release(self) -> bool:
        """Let the group be executed again; whether that frees a place."""
        with self.lock:
            freed, self.claimed, self.ahead = self.ahead, False, False
            return freed


T = TypeVar("T")


def longest_first(groups: Sequence[T], length: Callable[[T], int], within: int = LOOK_AHEAD // 2) -> Iterator[T]:
    """The groups in the order of their questions, but of each `within` that are next the longest first.

    A long one that begins last leaves all threads but one idle at the end. It may not begin much earlier than its
    questions come either, since it holds one of the places for what is finished ahead of them.
    """
    coming = enumerate(groups)
    waiting = [(-length(group), place, group) for place, group in islice(coming, within)]
    heapq.heapify(waiting)
    for place, group in coming:
        yield heapq.heappushpop(waiting, (-length(group), place, group))[2]
    for _, _, group in sorted(waiting):
        yield group


def together(steps: Sequence[Step]) -> list[tuple[Step, ...]]:
    """The steps of a case in their order, those that are sent at once in one."""
    found: list[tuple[Step, ...]] = []
    for step in steps:
        if step.at_once:
            found[-1] = (*found[-1], step)
        else:
            found.append((step,))
    return found


class Runner:
    """The steps of the selected cases, each executed once whoever asks first."""

    def __init__(self, setting: RunContext, cases: Sequence[Case], library: Mapping[str, Case] | None = None) -> None:
        self.setting = setting
        self.stopped = ""
        """Why no further requests are sent; empty while they are."""
        self.gave_up = ""
        """Why the runner stopped by itself, before its end; empty where it did not."""
        self._library = dict(library or {})
        self._library.update({case.name: case for case in cases})
        self._groups: dict[str, _Group] = {}
        for case in cases:
            self._groups.setdefault(case.group, _Group([])).cases.append(case)
        self._done: dict[tuple[str, str], Performed] = {}
        self._ready = threading.Condition()
        self._in_a_row = self._denied = 0
        self._admitted = False
        self._pool: ThreadPoolExecutor | None = None
        self._ahead = threading.Semaphore(LOOK_AHEAD)

    # --- executing

    def start(self) -> None:
        """Begin to execute the groups ahead of the questions, as many at a time as the concurrency allows."""
        if self.setting.concurrency > 1:
            self._pool = ThreadPoolExecutor(self.setting.concurrency, thread_name_prefix="speke")
            for group in longest_first(list(self._groups.values()), _Group.length):
                self._pool.submit(self._run_ahead, group)

    def close(self) -> None:
        """Stop sending; what is under way ends at its own deadline."""
        self.stopped = self.stopped or "the run was ended"
        for _ in self._groups:
            self._ahead.release()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def stop(self, why: str) -> None:
        """Send nothing more; every question that is still open becomes UNTESTABLE for this reason."""
        self.stopped = self.stopped or why
        self.gave_up = self.gave_up or why

    def _run_ahead(self, group: _Group) -> None:
        self._ahead.acquire()
        if group.claim(ahead=True):
            self._execute(group)
        else:
            self._ahead.release()

    def _execute(self, group: _Group) -> None:
        waiting: list[tuple[Case, Step]] = []
        for case in group.cases:
            for steps in together(case.steps):
                if steps[0].last:
                    waiting.append((case, steps[0]))
                elif len(steps) == 1:
                    self._perform(case, steps[0])
                else:
                    with ThreadPoolExecutor(len(steps)) as pool:
                        list(pool.map(lambda step, case=case: self._perform(case, step), steps))
        for case, step in waiting:
            self._perform(case, step)

    def performed(self, case: Case, step: Step) -> Performed:
        """The step's context, or why there is none; executes the case's group if nobody has begun to."""
        key = (case.name, step.id)
        group = self._groups.get(case.group)
        if group is None or all(one.name != case.name for one in group.cases):
            return self._perform(case, step)
        if key not in self._done and group.claim():
            self._execute(group)
        with self._ready:
            self._ready.wait_for(lambda: key in self._done)
            return self._done[key]

    def release(self, group: str) -> None:
        """Forget the exchanges of a group whose questions have all been asked."""
        if group in self._groups:
            held = self._groups[group]
            for case in held.cases:
                for step in case.steps:
                    self._done.pop((case.name, step.id), None)
            if held.release():
                self._ahead.release()

    def _perform(self, case: Case, step: Step) -> Performed:
        key = (case.name, step.id)
        if key in self._done:
            return self._done[key]
        try:
            found = self._sent(case, step)
        except (NotClaimed, Untestable) as reason:
            found = reason
        except Exception as error:  # a bug of ours must cost this step a verdict, not the run
            found = error
        with self._ready:
            self._done[key] = found
            self._ready.notify_all()
        return found

    def _sent(self, case: Case, step: Step) -> Performed:
        if step.use:
            other, _, name = step.use.rpartition("::")
            home = self._library[other]
            return self._perform(home, next(one for one in home.steps if one.id == name))
        if case.sends_nothing:
            raise Untestable("the laws of a run are checked after its last exchange")
        setting = self.setting
        resolve_case(case, setting.claims)
        plan = resolve_plan(step.plan, setting.claims)
        if step.expect.kind == "accepted":
            refuse_policy(plan, setting.claims)
        if self.stopped:
            raise Untestable(self.stopped)
        earlier = self._earlier(case, step)
        exchange = self.exchange(case, step, plan)
        if exchange.failure is not None and exchange.failure.kind == BUDGET:
            raise Untestable(exchange.failure.message)
        context = self.context(case, replace(step, plan=plan), exchange, earlier)
        setting.observe(context)
        if setting.contracts_open and step.expect.kind == "accepted" and not step.defects:
            _leave_unsupported_contract(context)
        return context

    def exchange(self, case: Case, step: Step, plan: Plan) -> Exchange:
        """The exchange of a step whose plan is definite: sent, unless somebody has it already."""
        request = self._request(case, step, plan)
        send = self.setting.sender.send
        asked = Asked(case, replace(step, plan=plan), request)
        exchange = self.setting.second_look.of(asked, send(request), send, lambda: self._plain(case))
        self._watch(exchange)
        return exchange

    def _plain(self, like: Case) -> Iterator[Asked]:
        for case, step in plain_steps(self.setting.claims, like):
            yield Asked(case, step, self._request(case, step, step.plan))

    def _request(self, case: Case, step: Step, plan: Plan) -> HttpRequest:
        setting = self.setting
        if plan.follow:
            before = self._done.get((case.name, plan.follow))
            return request_for(before if isinstance(before, Context) else None)
        certificates = setting.ring.certificate_texts(recipient.name for recipient in plan.recipients)
        name = case.identity or case.name
        return build_request(step, plan, name, setting.seed, setting.url, certificates, setting.listener).http

    def context(self, case: Case, step: Step, exchange: Exchange, earlier: Mapping[str, Context]) -> Context:
        """The exchange of a step as checks see it."""
        mine = receivers(self.setting.ring, (recipient.name for recipient in step.plan.recipients))
        return Context(case, step, exchange, claims=self.setting.claims, earlier=earlier, receivers=mine)

    def _earlier(self, case: Case, step: Step) -> dict[str, Context]:
        """The steps before this one; without the control that it shares there is nothing to compare a refusal with."""
        earlier: dict[str, Context] = {}
        before_it = itertools.takewhile(lambda steps: step not in steps, together(case.steps))
        for one in itertools.chain.from_iterable(before_it):
            before = self._perform(case, one) if one.use else self._done.get((case.name, one.id))
            if isinstance(before, Context):
                earlier[one.id if one.use == "" else "control"] = before
            elif one.use and isinstance(before, NotClaimed):
                raise before
            elif one.use:
                raise Untestable("the good request that this one is compared with could not be sent")
        if step.last and "before" in earlier:
            earlier.setdefault("control", earlier["before"])
        return earlier

    def _watch(self, exchange: Exchange) -> None:
        failure = exchange.failure
        if failure is not None and failure.kind == BUDGET:
            self.stop(failure.message)
        if exchange.answer is None and exchange.request.credentials != "configured":
            return  # a door that does not open for strangers says nothing about whether anybody is there
        there = exchange.answer is not None or any(note.startswith(UNANSWERED) for note in exchange.notes)
        with self._ready:
            self._in_a_row = 0 if there else self._in_a_row + 1
            self._admitted = self._admitted or (exchange.answer is not None and not is_denied(exchange))
            self._denied += is_denied(exchange)
            if self._denied >= STOP_AFTER and not self._admitted and not self.stopped:
                self.stop(f"the run stopped early: each of {self._denied} requests was answered {denial(exchange)}.")
            too_many = self._in_a_row >= STOP_AFTER and not self.stopped
        if too_many:
            self._stop_unless_somebody_is_there(failure)

    def _stop_unless_somebody_is_there(self, failure: TransportFailure | None) -> None:
        """Stop the run, but not where only some kind of request does not complete and others do."""
        if self.setting.second_look.is_somebody_there(self.setting.sender.send):
            with self._ready:
                self._in_a_row = 0
            return
        last = quoted(failure.message) if failure else "the exchange did not complete"
        self.stop(f"the run stopped early: {STOP_AFTER} exchanges in a row did not complete; the last one: {last}")

    # --- asking

    def outcome(self, case: Case, step: Step, wanted: Wanted = everything_wanted) -> StepAnswers:
        """What is asked at one step and wanted, with what became of it; nothing is judged yet."""
        return answers_at(self.performed(case, step), case, step, wanted)

    def ask(self, case: Case, step: Step, check: Check) -> Result:
        """One question at one step, whether or not it arises there, as a result without a verdict."""
        performed = self.performed(case, step)
        if isinstance(performed, Context):
            return ask_at(performed, case, step, check)
        state, reason = unperformed(performed)
        return result_of(case, step, check, state, reason)


def _leave_unsupported_contract(context: Context) -> None:
    if context.refused and load_catalogue().message_text("contract-not-supported") in context.text:
        raise NotClaimed(f"the server does not support this contract: {context.answer.status} {context.excerpt}")


def receivers(ring: KeyRing, names: Iterable[str]) -> dict[str, Receiver]:
    """The recipients that a request names, as checks need them (those that can decrypt)."""
    found = {}
    for name in names:
        pair = ring.pair(ring.base(name)) if ring.base(name) else None
        if pair is not None and pair.private_key is not None:
            found[name] = Receiver(name, pair.private_key, pair.certificate)
    return found
