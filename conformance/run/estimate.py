"""What a profile asks for, known before anything is sent: contents, content keys, requests, results (about), time."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from conformance.cases import NotClaimed, refuse_policy, resolve_case, resolve_plan
from conformance.cases.features import ENDPOINT, everything
from conformance.model import Case, Claims, Plan, Step
from conformance.run.discovery import most_probes
from conformance.run.run_plan import RunPlan

EXCHANGE_SECONDS = 0.004
"""What an exchange costs beside the server's own time: writing the request, the client, reading the answer once."""
RESULT_SECONDS = 0.0009
"""What a question costs from being asked to standing in the report."""
START_SECONDS = 2.0
"""Loading the cases, making key pairs and writing the reports."""

Key = tuple[str, str, str, str, int]


@dataclass
class Share:
    """What an area of the cases (or the whole run) asks for."""

    cases: int = 0
    requests: int = 0
    results: int = 0
    contents: set[tuple[str, str, str]] = field(default_factory=set)
    content_keys: set[Key] = field(default_factory=set)

    def add(self, other: Share) -> None:
        """Take in another share; contents that both ask for count once."""
        self.cases += other.cases
        self.requests += other.requests
        self.results += other.results
        self.contents |= other.contents
        self.content_keys |= other.content_keys


@dataclass(frozen=True)
class Estimate:
    """What a run will ask for, and about how long it will take."""

    areas: Mapping[str, Share]
    probes: int
    """Requests that find out the claims, at most; included in the total."""
    unsent: int
    """Cases that ask for something that is not claimed; their questions are listed and nothing is sent."""
    chains: tuple[int, ...]
    """Requests of each group of cases: those of one group are sent one after the other."""

    @property
    def total(self) -> Share:
        """The whole run, the probes included."""
        whole = Share(requests=self.probes)
        for share in self.areas.values():
            whole.add(share)
        return whole

    def seconds(self, *, concurrency: int, delay: float, max_rps: float | None = None) -> float:
        """About how long the run takes where each answer takes `delay` seconds."""
        one = delay + EXCHANGE_SECONDS
        sending = _longest(self.chains, concurrency) * one
        if max_rps:
            sending = max(sending, sum(self.chains) / max_rps)
        asking = self.total.results * RESULT_SECONDS + sum(self.chains) * EXCHANGE_SECONDS
        return START_SECONDS + self.probes * one + max(sending, asking)


def forecast(run: RunPlan, claims: Claims | None = None) -> Estimate:
    """The forecast of a run; where the claims are discovered, what it takes at most."""
    profile = run.settings.profile
    held = claims or _all_endpoint(profile.claims or everything())
    library = {case.name: case for case in run.library}
    areas: dict[str, Share] = {}
    chains: dict[str, int] = {}
    sent: set[tuple[str, str]] = set()
    unsent = 0
    for case in run.selected_by_profile():
        share = areas.setdefault(case.area or "other", Share())
        asked = sum(len(run.foreseen(case, step)) for step in case.steps)
        share.results += asked
        if case.sends_nothing:
            continue
        wanted = [one for one in _steps(case, library) if (one[0].name, one[1].id) not in sent]
        plans = [(home, step, plan) for home, step in wanted if (plan := _definite(home, step, held)) is not None]
        if not asked or not plans:
            unsent += bool(asked)
            continue
        share.cases += 1
        for home, step, plan in plans:
            sent.add((home.name, step.id))
            share.requests += 1
            chains[case.group] = chains.get(case.group, 0) + 1
            share.contents.add((home.identity or home.name, plan.content, plan.content_id))
            if step.expect.kind != "refused":
                share.content_keys.update(_keys(home, plan))
    probes = most_probes() * len(run.settings.endpoints) if profile.discovers else 0
    return Estimate(areas, probes, unsent, tuple(chains.values()))


def _all_endpoint(claims: Claims) -> Claims:
    return replace(claims, features=claims.features | set(ENDPOINT))


def _steps(case: Case, library: Mapping[str, Case]) -> Iterator[tuple[Case, Step]]:
    """The steps that are sent for a case, with the case they belong to: a shared control belongs to another one."""
    for step in case.steps:
        if not step.use:
            yield case, step
            continue
        name, _, wanted = step.use.rpartition("::")
        home = library[name]
        yield home, next(one for one in home.steps if one.id == wanted)


def _definite(case: Case, step: Step, claims: Claims) -> Plan | None:
    try:
        resolve_case(case, claims)
        plan = resolve_plan(step.plan, claims)
        if step.expect.kind == "accepted":
            refuse_policy(plan, claims)
    except NotClaimed:
        return None
    return plan


def _keys(case: Case, plan: Plan) -> Iterator[Key]:
    for label in [period.label for period in plan.periods] or [""]:
        for number in range(len(plan.rules)):
            yield (case.identity or case.name, plan.content, plan.content_id, label, number)


def _longest(chains: Iterable[int], workers: int) -> int:
    """How many requests the busiest of the workers sends, each taking the next chain when it is free."""
    busy = [0] * max(1, workers)
    for length in chains:
        heapq.heapreplace(busy, busy[0] + length)
    return max(busy)
