"""Plays a whole run at a faulty server, and asks the laws over its exchanges: for faults that no single case shows.

The rest of the proof plays each group of cases on a server of its own and looks only at what differs. A law compares
answers of any two groups, so here one server answers all of them, in the order of a run.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

from conformance.cases import Seed
from conformance.checks.context import Context
from conformance.faultmatrix.baseline import (
    RING,
    SEED,
    URL,
    Baseline,
    BaselineExchange,
    ServerSetup,
    Within,
    of_one_run,
)
from conformance.faultmatrix.in_process import InProcess, fingerprint
from conformance.ledger.book import Ledger
from conformance.ledger.facts import ExchangeFacts
from conformance.model import Claims
from conformance.recording.exchange_record import learn_keys
from conformance.redaction.recorded import RecordedResult
from conformance.redaction.redactor import Redactor
from conformance.refserver import Fault
from conformance.refserver.faults.triggers import can_touch, needs_company, remembers
from conformance.run.discovery import discover
from conformance.run.runner import RunContext
from conformance.run.whole_run import facts_at, laws_at, results_of

COMPANY = 4
"""Groups that are under way at a time where a fault shows only among several; as in a run."""

T = TypeVar("T")
Came = TypeVar("Came")

LAW = "run."
"""How the ids of laws begin."""
OFFER = "run.endpoints-offer-the-same"


def concerns_laws(fault: Fault) -> bool:
    """Whether a fault says that a law reports it."""
    return any(name.startswith(LAW) for name in fault.kills)


def at_once(send: Callable[[T], Came], requests: Sequence[T]) -> list[Came]:
    """Send several requests at the same moment."""
    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def two_endpoints(act: BaselineExchange, fault: Fault) -> Mapping[str, Claims]:
    """What the right server and the one with the fault are found to offer, as two endpoints of one key server.

    Only where a fault says that the difference is reported: sixteen requests to each server take their time.
    """
    if OFFER not in fault.kills:
        return {}
    servers = {"endpoint 1": InProcess(act.config), "endpoint 2": InProcess(act.config, (fault,))}
    return {
        name: discover(RunContext(URL, server, Seed(SEED), act.claims, RING)).claims for name, server in servers.items()
    }


def entered(stage: Baseline, context: Context, redactor: Redactor) -> ExchangeFacts:
    """What the ledger keeps of an exchange; that of the right server's own was read when the stage was set up."""
    known = stage.facts.get(id(context))
    if known is None:
        return facts_at(context, redactor)
    learn_keys(context, redactor)
    return known


Pairs = list[tuple[RecordedResult, RecordedResult | None]]


def whole_run(stage: Baseline, fault: Fault) -> tuple[int, Pairs]:
    """What the laws find in a run at the faulty server, each with what they find at the right one.

    Before it, how many exchanges of the run differ.
    """
    run = WholeRun(stage, fault)
    return run.changed, run.found()


class WholeRun:
    """One run at a faulty server, made when it is first needed; `found` may be asked for parts of it, too."""

    def __init__(self, stage: Baseline, fault: Fault) -> None:
        self._stage, self._fault = stage, fault
        self._act = stage.groups[0][0].act if stage.groups else None
        self._redactor = Redactor(SEED.encode())

    @property
    def changed(self) -> int:
        """How many exchanges differ."""
        return sum(context is not scene.context for scene, context, _ in self._exchanges)

    def found(self, within: Within | None = None) -> Pairs:
        """What the laws find where the fault is active in some exchanges only, with what they find at the right one."""
        if self._act is None:
            return []
        ledger = Ledger()
        for scene, _, facts in self._exchanges:
            ledger.add(facts if within is None or within(scene) else self._stage.facts[id(scene.context)])
        offered = two_endpoints(self._act, self._fault)
        pairs: Pairs = []
        for one in self._stage.laws:
            answers = laws_at(ledger, one.case, one.step, self._act.claims, self._act.in_force, offered)
            found = results_of(answers, self._redactor)
            pairs += [(result, one.usual.get(check)) for check, result in found.items()]
        return pairs

    def compared(self, within: Within) -> Iterator[tuple[str, list[bool]]]:
        """Of each key that more than one exchange is about, the first of them, and which of them are changed."""
        told: dict[Hashable, list[bool]] = {}
        names: dict[Hashable, str] = {}
        for scene, context, _ in self._exchanges:
            usual = self._stage.facts[id(scene.context)]
            for key in usual.keys:
                same = usual.content, key.asked, key.indexes, key.scheme
                names.setdefault(same, usual.place)
                told.setdefault(same, []).append(context is not scene.context and within(scene))
        return ((names[key], changed) for key, changed in told.items() if len(changed) > 1)

    @cached_property
    def _exchanges(self) -> list[tuple[ServerSetup, Context, ExchangeFacts]]:
        """The exchanges in the order of a run, each with what the ledger keeps of it."""
        if not self._stage.laws or self._act is None:
            return []
        played = self._played(of_one_run(self._stage.groups, self._act), InProcess(self._act.config, (self._fault,)))
        return [(scene, context, entered(self._stage, context, self._redactor)) for scene, context in played]

    def _played(self, groups: Sequence[list[ServerSetup]], sender: InProcess) -> Iterator[tuple[ServerSetup, Context]]:
        # A server that remembers has to see all requests; of any other only those that it answers in its own way.
        always = remembers(self._fault)

        def sent(scene: ServerSetup) -> Context:
            right = scene.context
            exchange = right.exchange
            if always or can_touch(self._fault, scene.facts):
                exchange = sender.send_as(exchange.request, scene.nth)
            same = fingerprint(exchange) == fingerprint(right.exchange)
            return right if same else right.again(exchange, right.earlier)

        def played(group: list[ServerSetup]) -> list[Context]:
            contexts: list[Context] = []
            waiting: list[ServerSetup] = []
            for scene, following in zip(group, [*group[1:], None], strict=True):
                waiting.append(scene)
                if following is None or not following.context.step.at_once:
                    contexts += at_once(sent, waiting) if len(waiting) > 1 else [sent(waiting[0])]
                    waiting = []
            return contexts

        # The first requests of a run have no company, whatever comes later: so it does not depend on chance that the
        # same request is asked both ways.
        company = needs_company(self._fault)
        alone: list[list[ServerSetup]] = []
        others: list[list[ServerSetup]] = []
        for group in groups:
            (alone if company and group[0].context.case.moment == "start" else others).append(group)
        first = [played(group) for group in alone]
        with ThreadPoolExecutor(COMPANY if company else 1) as pool:
            together = pool.map(played, others)
            for group, contexts in zip([*alone, *others], itertools.chain(first, together), strict=True):
                yield from zip(group, contexts, strict=True)
