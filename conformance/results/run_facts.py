"""What the reports need to know of a run beside its results: the target, the claims, the cases, the rules."""

from __future__ import annotations

import datetime
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from conformance import __version__
from conformance.catalogue import Catalogue, load_catalogue
from conformance.checks.registry import Check
from conformance.judge import SetInForce
from conformance.model import Case, Claims, Unclaimed
from conformance.run.profile import Profile, profiles_directory
from conformance.run.settings import Settings

if TYPE_CHECKING:
    from conformance.run.session import Run

URL = "$SPEKE_URL"
"""Stands for the server's URL wherever a report tells how to repeat something: reports show the host only."""

PACKAGES = ("requests", "urllib3", "lxml", "cryptography", "pytest", "requests-aws4auth")
"""Distributions whose versions may explain a difference between two runs."""


@dataclass(frozen=True)
class RunFacts:
    """Everything about a run that no single result says."""

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
    seed: str = ""
    started: str = ""
    """UTC, ISO 8601."""
    finished: str = ""
    host: str = ""
    """The target's host alone: paths and queries may hold what must not be shown."""
    scheme: str = ""
    """http or https; empty for the built-in server."""
    built_in: bool = False
    faults: tuple[str, ...] = ()
    auth_kind: str = "none"
    auth_options: Mapping[str, str] = field(default_factory=dict)
    """header (NAME=VARIABLE), region and service, where they were given: what a curl script needs."""
    gate: str = "regression"
    strict: bool = False
    insecure: bool = False
    concurrency: int = 1
    notices: tuple[str, ...] = ()
    """Where an option was not followed to the letter, in sentences."""
    timeout: float = 0.0
    limits: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    """What to type to run all this again."""
    who: str = ""
    """Who ran it, as they said themselves."""
    options: tuple[str, ...] = ()
    """The options that a single question needs to be asked again, but for the server's URL."""
    stopped: str = ""
    """Why sending stopped early; empty where it did not."""
    selected: bool = False
    """Only a selection was asked for."""


def facts_from(
    run: Run,
    cases: Sequence[Case],
    *,
    command: str = "",
    finished: str = "",
    stopped: str | None = None,
    selected: bool = False,
) -> RunFacts:
    """The facts of a run that was prepared (or failed to be); `cases` are those whose questions were collected."""
    settings, shared, runner = run.settings, run.shared, run.runner
    options = repeat_options(settings)
    limits = {
        "max-rps": settings.max_rps,
        "max-requests": settings.max_requests,
        "max-minutes": settings.max_minutes,
    }
    named = {"header": settings.header, "region": settings.profile.auth.get("region")}
    named["service"] = settings.profile.auth.get("service")
    return RunFacts(
        profile=settings.profile,
        claims=run.rulebook.claims,
        sets=run.rulebook.sets,
        cases=tuple(cases),
        checks=run.checks,
        catalogue=load_catalogue(),
        discovered=settings.profile.discovers,
        unclaimed=shared.unclaimed if shared else (),
        seed=settings.seed.text,
        started=shared.started if shared else "",
        finished=finished or _now(),
        host=settings.target.display if settings.target else "the built-in reference key server",
        scheme=settings.target.scheme if settings.target else "",
        built_in=settings.built_in,
        faults=settings.faults,
        auth_kind=settings.auth_kind,
        auth_options={name: text for name, text in named.items() if text},
        gate=settings.gate,
        strict=settings.strict,
        insecure=settings.insecure,
        concurrency=settings.concurrency,
        notices=settings.notices,
        timeout=settings.timeout,
        limits={name: value for name, value in limits.items() if value},
        labels=settings.labels,
        environment=environment(),
        command=command or shlex.join(["pytest", *_url(settings), *options]).replace(f"'{URL}'", f'"{URL}"'),
        options=options,
        who=settings.labels.get("who", ""),
        stopped=stopped if stopped is not None else _stopped(runner.stopped if runner else "", shared),
        selected=selected,
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


def repeat_options(settings: Settings) -> tuple[str, ...]:
    """The command line options that make a run ask the same, without the URL and without any secret."""
    options = ["--speke-profile", _profile_option(settings.profile)]
    if settings.auth_kind != "none":
        options += ["--speke-auth", settings.auth_kind]
    if settings.header:
        options += ["--speke-header", settings.header]
    if settings.insecure:
        options.append("--speke-insecure")
    if settings.strict:
        options.append("--speke-strict")
    for fault in settings.faults:
        options += ["--speke-fault", fault]
    return (*options, "--speke-seed", settings.seed.text)


def _profile_option(profile: Profile) -> str:
    """The name of a shipped profile; the path of another one, without the folders above the current one."""
    path = Path(profile.path)
    if not profile.path or path.parent == profiles_directory():
        return profile.name
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return path.name


def _url(settings: Settings) -> tuple[str, ...]:
    return () if settings.built_in else ("--server-url", URL)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _stopped(by_runner: str, shared: object) -> str:
    return by_runner or str(getattr(shared, "failure", ""))
