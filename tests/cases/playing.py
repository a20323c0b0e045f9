"""Plays cases against the reference server in process, right or with faults, and hands back what the checks say."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from conformance import refserver
from conformance.cases import Seed, cases_directory
from conformance.cases.defects import NOBODY
from conformance.cases.library import case_files
from conformance.cases.loader import read_case_file
from conformance.catalogue import load_catalogue
from conformance.checks import load_checks
from conformance.checks.registry import Check
from conformance.model import (
    FETCHED,
    NOT_FETCHED,
    Case,
    Claims,
    Exchange,
    Finding,
    HttpAnswer,
    HttpRequest,
    Level,
    Result,
    ResultState,
    TransportFailure,
    plain,
)
from conformance.refserver.outside import keeping_fetches
from conformance.run.profile import load_profile
from conformance.run.runner import RunContext, Runner
from tests.checks.exchange import RING, claims


@cache
def known_checks() -> Mapping[str, Check]:
    """All checks, their modules loaded."""
    return load_checks()


@cache
def cases_of(area: str, *names: str) -> tuple[Case, ...]:
    """The shipped cases of an area: all files, or those named."""
    home = cases_directory()
    known = known_checks()
    files = [path for path in case_files(home) if path.relative_to(home).parts[0] == area]
    chosen = [path for path in files if not names or path.stem in names]
    assert chosen, f"there are no cases {area} {names}"
    return tuple(case for path in chosen for case in read_case_file(path, home, known).cases)


@dataclass
class InProcess:
    """A sender that calls the reference server as a function; what only sockets can do wrong, it says in words."""

    config: refserver.Config = field(default_factory=refserver.Config)
    faults: Sequence[refserver.Fault] = ()
    state: refserver.ServerState = field(default_factory=refserver.ServerState)

    def send(self, request: HttpRequest) -> Exchange:
        """One exchange."""
        asked = refserver.HttpRequest(request.method, "/speke", request.headers, request.body)
        with keeping_fetches() as fetched:
            made = refserver.answer(asked, self.config, self.faults, self.state)
        notes = (FETCHED if fetched else NOT_FETCHED,) if NOBODY.encode() in request.body else ()
        behaviour = made.behaviour
        if behaviour is not None and (behaviour.cut_after is not None or behaviour.declared_length is not None):
            return Exchange(request, None, TransportFailure("incomplete", "the answer ended before its end", True))
        body = made.body
        if made.header("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return Exchange(request, HttpAnswer(made.status, made.headers, body), notes=notes)


def play(
    cases: Sequence[Case],
    faults: Sequence[refserver.Fault] = (),
    *,
    config: refserver.Config | None = None,
    claimed: Claims | None = None,
) -> list[Result]:
    """All results of the cases, each case from the start, on one server."""
    sender = InProcess(config or refserver.Config(), faults)
    setting = RunContext("http://127.0.0.1/speke", sender, Seed("tests"), claimed or claims(), RING)
    runner = Runner(setting, cases)
    known_checks()
    return [as_read(one) for case in cases for step in case.steps for one in runner.outcome(case, step).spread()]


def as_read(result: Result) -> Result:
    """A result with its texts as somebody reads them who may see everything."""
    findings = tuple(
        Finding(plain(one.where), plain(one.expected), plain(one.seen), plain(one.hint)) for one in result.findings
    )
    return replace(result, findings=findings, reason=plain(result.reason))


def found(results: Iterable[Result]) -> dict[str, list[Result]]:
    """Check id -> results with findings."""
    by_check: dict[str, list[Result]] = {}
    for result in results:
        if result.findings:
            by_check.setdefault(result.check, []).append(result)
    return by_check


@cache
def required_sets() -> frozenset[str]:
    """The sets that count by default: not what single encryptors or AWS's verification suite want."""
    profile = load_profile("reference")
    return frozenset((*profile.requires, *profile.reports))


def worst_level(result: Result) -> int:
    """The weight of the heaviest level that a result's requirements have in their own set, if `reference` has it."""
    rules = [load_catalogue().requirement(name) for name in result.requirements]
    levels = (rule.levels.get(result.version) for rule in rules if rule.set in required_sets())
    return max((level.weight for level in levels if isinstance(level, Level)), default=0)


def told(results: Iterable[Result]) -> str:
    """Results with findings and broken checks as text, for the message of an assertion."""
    lines = []
    for one in results:
        for finding in one.findings:
            lines.append(f"{one.finding_id}: {finding.where}: expected {finding.expected}; seen {finding.seen}")
        if one.state is ResultState.ERROR:
            lines.append(f"{one.finding_id}: {one.reason}")
    return "\n".join(lines[:40])


def fault_file(area: str) -> list[refserver.Fault]:
    """The faults of one file of the shipped catalogue, each story once."""
    folder = Path(refserver.__file__).parent / "faults"
    return [one for one in refserver.load_faults([folder / f"{area}.yaml"]).values() if not one.base]
