"""The head of a run: what is judged and how, and, once the claims are settled, what was found and what is to come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from conformance.catalogue import load_catalogue
from conformance.model import Case
from conformance.redaction.escaping import visible
from conformance.run.session import Run
from conformance.run.settings import Settings
from conformance.run.worker_setup import Endpoint


def tell(config: pytest.Config, lines: Iterable[str]) -> None:
    """Write lines to the terminal, in a quiet session as well."""
    reporter = config.pluginmanager.getplugin("terminalreporter")
    for line in lines if reporter is not None else ():
        reporter.ensure_newline()
        reporter.write_line(line)


def header_lines(settings: Settings) -> list[str]:
    """What is judged, by which profile, with which seed."""
    if settings.others:
        target = f"{len(settings.targets)} endpoints of one key server (authentication: {settings.auth_kind})"
    elif settings.target is None:
        word = "faults" if len(settings.faults) > 1 else "fault"
        faults = f" with the {word} {', '.join(settings.faults)}" if settings.faults else ""
        target = f"the built-in reference key server{faults}"
    else:
        target = f"{settings.target.scheme}://{settings.target.display} (authentication: {settings.auth_kind})"
    numbered = zip(settings.endpoints, settings.targets, strict=False) if settings.others else ()
    return [
        f"SPEKE conformance of {target}",
        *(f"endpoint {number}: {one.scheme}://{one.display}" for number, one in numbered),
        f"profile: {visible(settings.profile.name)}   seed: {settings.seed.text}   gate: {settings.gate}",
    ]


def found_lines(run: Run, cases: Sequence[Case], items: int) -> list[str]:
    """The versions and DRM systems that are judged, and how much there is to come."""
    requests = sum(not step.use for case in cases if not case.sends_nothing for step in case.steps)
    offered = (
        f"{one.shown}: {one.failure}" if one.number and one.failure else _offered(run, one)
        for one in run.shared.endpoints
    )
    return [*offered, f"to come: {items} items, {requests} requests at most"]


def _offered(run: Run, endpoint: Endpoint) -> str:
    claims, systems = endpoint.claims, load_catalogue().systems
    shown = []
    for name in sorted(claims.systems):
        schemes = "+".join(sorted(scheme for system, scheme in claims.schemes if system == name))
        shown.append(f"{systems[name].title if name in systems else name} {schemes}")
    found = "found" if run.plan.settings.profile.discovers else "claimed"
    where = f" at {endpoint.shown}" if endpoint.number else ""
    versions = " and ".join(sorted(claims.versions)) or "none"
    return f"{found}{where}: SPEKE {versions}; {', '.join(shown) or 'no DRM system'}"
