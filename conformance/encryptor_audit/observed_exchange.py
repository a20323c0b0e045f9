"""One exchange that somebody else began: its request read back into a plan, so that the questions can be asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.registry import Untestable
from conformance.checks.shape import of_request
from conformance.cpix.encryption import Opened
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import Cpix, Period, Rule, read
from conformance.encryptor_audit.history import History
from conformance.model import (
    CPIX_VERSION,
    Case,
    Claims,
    Exchange,
    Expectation,
    Plan,
    PlannedFilter,
    PlannedPeriod,
    PlannedRule,
    Recipient,
    Step,
)
from conformance.model.headers import SPEKE_VERSION, header_values

REQUEST, ANSWER = "request", "answer"
"""The two steps of a case: the encryptor's half of an exchange, and the key server's."""

FORM = re.compile(r"[0-9]+\.[0-9]+")
"""What X-Speke-Version looks like."""

_EITHER = Expectation("accepted-or-refused")
_LONGEST = 60


class ObservedExchange(Context):
    """An exchange that came by, with what is remembered of those before it.

    Keys that are encrypted for the encryptor stay closed: the private key is not ours.
    """

    def __init__(self, case: Case, step: Step, exchange: Exchange, *, claims: Claims, memory: History) -> None:
        super().__init__(case, step, exchange, claims=claims)
        self.memory = memory

    @property
    def opened(self) -> Opened | None:
        """Nothing: nobody but the encryptor can decrypt the keys."""
        return None

    @property
    def sent(self) -> Cpix | None:
        """The request document; None where the body is no CPIX document."""
        try:
            return self.request
        except Untestable:
            return None

    def headers(self, name: str) -> tuple[str, ...]:
        """All values of a header of the request."""
        return header_values(self.exchange.request.headers, name)


def passing(number: int, exchange: Exchange, claims: Claims, memory: History) -> ObservedExchange:
    """The context of the exchange with that number (from 1), at the step of the encryptor."""
    document = _document(exchange.request.body)
    version = version_of(exchange, document)
    plan = plan_of(document, version) if document is not None else Plan(version, (), (), ())
    case = _case(number, plan, document)
    return ObservedExchange(case, case.steps[0], exchange, claims=claims, memory=memory)


def at_answer(context: ObservedExchange) -> ObservedExchange:
    """The same exchange at the step of the key server."""
    return ObservedExchange(
        context.case, context.case.steps[1], context.exchange, claims=context.claims, memory=context.memory
    )


def version_of(exchange: Exchange, document: Cpix | None) -> str:
    """The SPEKE version to judge by: the header's, else the one that goes with CPIX@version, else 2.0."""
    named = header_values(exchange.request.headers, SPEKE_VERSION)
    if len(named) == 1 and named[0] in CPIX_VERSION:
        return named[0]
    written = document.version if document is not None else None
    return next((speke for speke, cpix in CPIX_VERSION.items() if cpix == written), "2.0")


def speaks_v2(exchange: Exchange) -> bool:
    """Whether the request says that it is SPEKE v2; without the header it belongs to the v1 workflow."""
    return bool(header_values(exchange.request.headers, SPEKE_VERSION))


def is_probe(exchange: Exchange) -> bool:
    """Whether the request is no key request at all: a load balancer that looks whether anybody is there."""
    request = exchange.request
    return request.method in ("GET", "HEAD", "OPTIONS") and not request.body and not speaks_v2(exchange)


def plan_of(document: Cpix, version: str) -> Plan:
    """The plan from which a request like this one would follow."""
    shape = of_request(document, version)
    first = document.periods[0].id if document.periods else None
    rules = [rule for rule in document.rules if not rule.period_ids or first in rule.period_ids]
    with_iv = sum(key.explicit_iv is not None for key in document.content_keys)
    all_iv = "all" if with_iv == len(document.content_keys) else "first"
    return Plan(
        version=version,
        schemes=(shape.scheme,) if shape.scheme else (),
        systems=tuple(dict.fromkeys(system_name(one.system_id) for one in document.drm_systems)),
        rules=tuple(_rule(rule) for rule in rules),
        signalling=shape.signalling,
        periods=tuple(_period(one) for one in document.periods),
        explicit_iv=all_iv if with_iv else "none",
        recipients=tuple(Recipient(f"the encryptor's recipient {at}") for at, _ in enumerate(document.delivery, 1)),
        content=document.content_id or "",
    )


def system_name(system_id: str | None) -> str:
    """The catalogue's name of a DRM system; the id as it was written where there is none."""
    system = load_catalogue().system_by_id(system_id or "")
    return system.name if system else (system_id or "").lower()


def _document(body: bytes) -> Cpix | None:
    try:
        return read(body)
    except DecodeError:
        return None


def _rule(rule: Rule) -> PlannedRule:
    filters = (
        PlannedFilter(one.kind, tuple(one.attributes.items())) for one in rule.filters if one.kind != "KeyPeriodFilter"
    )
    return PlannedRule(rule.intended_track_type or "", tuple(filters))


def _period(period: Period) -> PlannedPeriod:
    named: Mapping[str, str | None] = {
        "index": period.index,
        "start": period.start,
        "end": period.end,
        "startOffset": period.start_offset,
        "endOffset": period.end_offset,
    }
    return PlannedPeriod(period.id or "", tuple((name, value) for name, value in named.items() if value is not None))


def _case(number: int, plan: Plan, document: Cpix | None) -> Case:
    name = f"REQ-{number:05}"
    ask = Step(REQUEST, plan, _EITHER, ())
    steps = (ask, replace(ask, id=ANSWER, use=f"{name}::{REQUEST}"))
    title = f"Request {number}: {told(plan, document)}"
    return Case(name, title, "", plan.version, steps, area="requests", group=name)


def told(plan: Plan, document: Cpix | None) -> str:
    """What is asked for, in a few words."""
    if document is None:
        return "no CPIX document"
    keys = len(document.content_keys)
    parts = [
        (document.content_id or "no contentId")[:_LONGEST],
        f"{keys} key{'' if keys == 1 else 's'}",
        plan.scheme[:_LONGEST] or "no scheme",
        " ".join(name[:_LONGEST] for name in plan.systems[:8]) or "no DRM system",
    ]
    if plan.periods:
        index = next((value for name, value in plan.periods[0].attributes if name == "index"), "")
        parts.append(f"period {index[:_LONGEST] or 'without index'}" if len(plan.periods) == 1 else "several periods")
    if plan.recipients:
        parts.append("keys encrypted")
    return ", ".join(parts)
