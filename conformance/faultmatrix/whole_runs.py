"""Plays a whole run at a faulty server, and asks the laws over its exchanges: for faults that no single case shows.

The rest of the proof plays each group of cases on a server of its own and looks only at what differs. A law compares
answers of any two groups, so here one server answers all of them, in the order of a run.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from conformance.cases import Seed
from conformance.checks.context import Context
from conformance.faultmatrix.baseline import RING, SEED, URL, Baseline, BaselineExchange, ServerSetup, of_one_run
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

LAW = "run."
"""How the ids of laws begin."""
OFFER = "run.endpoints-offer-the-same"


def concerns_laws(fault: Fault) -> bool:
    """Whether a fault says that a law reports it."""
    return any(name.startswith(LAW) for name in fault.kills)


def at_once(send: Callable[[T], Context], requests: Sequence[T]) -> list[Context]:
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
    if not stage.laws or not stage.groups:
        return 0, []
    act = stage.groups[0][0].act
    groups = of_one_run(stage.groups, act)
    sender = InProcess(act.config, (fault,))
    redactor, ledger = Redactor(SEED.encode()), Ledger()
    always = remembers(fault)
    changed = 0

    def sent(scene: ServerSetup) -> Context:
        right = scene.context
        # A server that remembers has to see all requests; of any other only those that it answers in its own way.
        exchange = right.exchange
        if always or can_touch(fault, scene.facts):
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

    # The first requests of a run have no company, whatever comes later: so it does not depend on chance that the same
    # request is asked both ways.
    company = needs_company(fault)
    alone: list[list[ServerSetup]] = []
    others: list[list[ServerSetup]] = []
    for group in groups:
        (alone if company and group[0].context.case.moment == "start" else others).append(group)
    first = [played(group) for group in alone]
    with ThreadPoolExecutor(COMPANY if company else 1) as pool:
        for contexts in itertools.chain(first, pool.map(played, others)):
            for context in contexts:
                ledger.add(entered(stage, context, redactor))
                changed += id(context) not in stage.facts
    offered = two_endpoints(act, fault)
    pairs: Pairs = []
    for one in stage.laws:
        found = results_of(laws_at(ledger, one.case, one.step, act.claims, act.in_force, offered), redactor)
        for check, result in found.items():
            pairs.append((result, one.usual.get(check)))
    return changed, pairs
