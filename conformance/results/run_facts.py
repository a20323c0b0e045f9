"""What the reports need to know of a run beside its results: the target, the claims, the cases, the rules."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from conformance import __version__
from conformance.catalogue import Catalogue, load_catalogue
from conformance.checks.registry import Check
from conformance.judge import SetInForce
from conformance.model import Case, Claims, Unclaimed
from conformance.results.run_record import ArraysRecord, ClaimsRecord, EndpointRecord, RunRecord, TargetRecord
from conformance.run.clock import utc_now
from conformance.run.command import repeat_options, run_command
from conformance.run.profile import Profile
from conformance.run.run_plan import RunPlan
from conformance.run.session import Run
from conformance.run.settings import Settings

PACKAGES = ("requests", "urllib3", "lxml", "cryptography", "pytest", "requests-aws4auth")
"""Distributions whose versions may explain a difference between two runs."""


@dataclass(frozen=True)
class RunFacts:
    """Everything about a run that no single result says."""

    record: RunRecord
    """What is written of it as it is."""
    profile: Profile
    claims: Claims
    sets: tuple[SetInForce, ...]
    cases: tuple[Case, ...]
    """The cases of the run, whether or not they came to be asked."""
    checks: Mapping[str, Check]
    catalogue: Catalogue
    tool_version: str = __version__
    discovered: bool = False
    unclaimed: tuple[Unclaimed, ...] = ()
    """What discovery found not to be offered, and the answers that say so."""
    notices: tuple[str, ...] = ()
    """Where an option was not followed to the letter, in sentences."""
    environment: Mapping[str, str] = field(default_factory=dict)


def facts_from(
    plan: RunPlan, cases: Sequence[Case], run: Run | None = None, *, finished: str = "", stopped: str | None = None
) -> RunFacts:
    """The facts of a run, or of one that has not begun; `cases` are those whose questions were collected."""
    settings = plan.settings
    limits = {
        "max-rps": settings.max_rps,
        "max-requests": settings.max_requests,
        "max-minutes": settings.max_minutes,
    }
    named = {"header": settings.header, "region": settings.profile.auth.get("region")}
    named["service"] = settings.profile.auth.get("service")
    target, arrays = settings.target, settings.arrays
    if stopped is None:
        stopped = (run.stopped or run.shared.failure) if run else ""
    return RunFacts(
        RunRecord(
            TargetRecord(
                target.display if target else "the built-in reference key server",
                target.scheme if target else "",
                settings.built_in,
                list(settings.faults),
            ),
            seed=settings.seed.text,
            started=run.shared.started if run else "",
            finished=finished or utc_now(),
            auth={"kind": settings.auth_kind} | {name: text for name, text in named.items() if text},
            gate=settings.gate,
            strict=settings.strict,
            insecure=settings.insecure,
            concurrency=settings.concurrency,
            timeout=settings.timeout,
            limits={name: value for name, value in limits.items() if value},
            labels=dict(settings.labels),
            who=settings.labels.get("who", ""),
            command=run_command(settings),
            options=repeat_options(settings),
            stopped=stopped,
            arrays=ArraysRecord(arrays.claims is not None, arrays.strength, arrays.listed),
            endpoints=endpoint_records(plan, run),
        ),
        profile=settings.profile,
        claims=(run or plan).rulebook.claims,
        sets=plan.rulebook.sets,
        cases=tuple(cases),
        checks=plan.checks,
        catalogue=load_catalogue(),
        discovered=settings.profile.discovers,
        unclaimed=run.shared.unclaimed if run else (),
        notices=(*settings.notices, *_short_secret(settings), *(_unreached(run) if run else ())),
        environment=environment(),
    )


def endpoint_records(plan: RunPlan, run: Run | None) -> list[EndpointRecord]:
    """Each of several endpoints, with what was found out about it."""
    settings = plan.settings
    found = {one.number: one for one in run.shared.endpoints} if run is not None else {}
    records = []
    for number, target in zip(settings.endpoints, settings.targets, strict=False):
        record = EndpointRecord(number, target.display, target.scheme)
        if number in found:
            one = found[number]
            discovered = settings.profile.discovers
            record.claims = ClaimsRecord.of(one.claims, one.unclaimed, discovered=discovered)
            record.failure = one.failure
        records.append(record)
    return records if settings.others else []


def _unreached(run: Run) -> Iterator[str]:
    for name in run.unreached_faults:
        yield f"the fault {name} was never reached: no request of this run met its conditions, so it has no effect"


def _short_secret(settings: Settings) -> tuple[str, ...]:
    if settings.built_in or not settings.auth.is_short:
        return ()
    return (
        "the password or token has fewer than 8 characters: it is withheld in headers and in its Basic form, "
        "but alone in a text it looks like an ordinary word",
    )


def environment() -> dict[str, str]:
    """Python, operating system and the versions of what the exchanges go through."""
    found = {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "implementation": sys.implementation.name,
    }
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
