"""The suite from Python, for people who write a harness of their own.

Three things, stable from version to version: judge what somebody captured, start the reference key server, run a
profile. Everything else in this package may change. `docs/api.md` has examples, and a test runs them.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.catalogue.yamlfile import DataError, nearest
from conformance.checks import load_checks
from conformance.model import Finding, Verdict
from conformance.offline.captured import Captured, read_pair
from conformance.offline.judged_pair import judge_pairs
from conformance.offline.several import read_several
from conformance.redaction.recorded import RecordedFinding
from conformance.refserver import Server, load_faults
from conformance.reporting.writer import ReportError, write_reports
from conformance.results.document import Document
from conformance.results.index import ResultsIndex
from conformance.results.unattended import run_unattended
from conformance.run.built_in import built_in_config
from conformance.run.options import Options
from conformance.run.profile import load_profile
from conformance.run.settings import read_settings
from conformance.wire.errors import OptionError

__all__ = [
    "DataError",
    "Failure",
    "Finding",
    "OptionError",
    "Report",
    "ReportError",
    "Server",
    "Verdict",
    "judge_captures",
    "judge_pair",
    "reference_server",
    "run_profile",
]


@dataclass(frozen=True, slots=True)
class Failure:
    """One result that is not green, with what was found."""

    check: str
    case: str
    requirement: str
    verdict: Verdict
    findings: tuple[RecordedFinding, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a run or a pair comes to."""

    document: Document
    """As in `results.json`, whose schema is in `conformance/reporting/schema/`; free of keys and credentials."""
    folder: Path | None = None
    """Where the reports were written; None where none were asked for."""
    open: Mapping[str, str] | None = None
    """For captures: check -> what it would need beside them."""
    notes: tuple[str, ...] = ()
    """For captures: what was done to read them, and which files of a folder were left out."""

    @property
    def outcome(self) -> str:
        """`QUALIFIED`, `NOT QUALIFIED`, …, as the report says it."""
        return self.document.outcome.value

    @property
    def exit_status(self) -> int:
        """What the command line would end with: 0 passed, 1 failed, 10 incomplete, 5 nothing selected."""
        return self.document.exit_status

    def results(self, *verdicts: Verdict) -> list[Failure]:
        """The results with one of these verdicts; without any: FAIL."""
        wanted = verdicts or (Verdict.FAIL,)
        return [
            Failure(one.check, one.case, one.requirement, one.verdict, one.findings)
            for one in ResultsIndex(self.document).every()
            if one.verdict in wanted
        ]


def judge_pair(
    request: Path | str,
    answer: Path | str,
    *,
    headers: Path | str | None = None,
    private_key: Path | str | None = None,
    version: str = "",
    profile: str = "default",
) -> Report:
    """Judge a captured request and its answer, two files in any form that `check` reads; sends nothing.

    `headers`: a file with the answer's status line and headers; `private_key`: PEM, where the keys are encrypted for
    it; `version`: the SPEKE version, where the request does not tell it. One exchange has no outcome: look at
    `results()`, and at `open` for what it could not tell. Raises DataError with one sentence.
    """
    captured = read_pair(Path(request), Path(answer), _path(headers), _path(private_key), version)
    return _judged([captured], profile)


def judge_captures(
    *captures: Path | str,
    entry: str = "",
    private_key: Path | str | None = None,
    version: str = "",
    profile: str = "default",
) -> Report:
    """Judge files that hold a request and its answer each (HAR, raw HTTP, a log …), or folders of captures.

    `entry` chooses one exchange of a single HAR file; the rest is as in `judge_pair`. Raises DataError.
    """
    if not captures:
        raise DataError("captures", "no captures were given; name files or folders")
    found, left_out = read_several([Path(one) for one in captures], _path(private_key), version, entry)
    return _judged(found, profile, tuple(left_out))


def _judged(captured: Sequence[Captured], profile: str, left_out: tuple[str, ...] = ()) -> Report:
    judged = judge_pairs(captured, load_profile(profile), load_checks(), secrets.token_bytes(16))
    return Report(judged.document, open=judged.open, notes=(*judged.notes, *left_out))


def reference_server(
    *, profile: str = "reference", faults: Sequence[str] = (), token: str = "", port: int = 0, delay_ms: int = 0
) -> Server:
    """The reference key server on loopback: `with` (or `start` and `stop`) runs it, `url` is its address.

    It serves what the profile claims; `token`: the bearer token it wants, none by default; `delay_ms`: how long it
    waits before each answer. Its keys are public and worthless. Raises OptionError for an unknown fault.
    """
    known = load_faults()
    for name in faults:
        if name not in known:
            raise OptionError(f"{name} is not a fault of the built-in server{nearest(name, known)}.")
    config = replace(built_in_config(load_profile(profile)), token=token)
    return Server(config, [known[name] for name in faults], port=port, delay_ms=delay_ms)


def run_profile(
    url: str | None = None,
    *,
    profile: str | None = None,
    auth: str | None = None,
    report_dir: Path | str | None = None,
    seed: str | None = None,
    cases: Sequence[Path | str] = (),
    faults: Sequence[str] = (),
    gate: str = "regression",
    env: Mapping[str, str] | None = None,
) -> Report:
    """Run a profile against a key server (without a URL: the built-in one), without pytest.

    The arguments mean what the options of the same names mean; credentials come from `env`, by default the process
    environment. Reports are written where `report_dir` names a folder. Raises OptionError or DataError before
    anything is sent, and ReportError where the reports cannot be written.
    """
    options = Options(
        url=url,
        profile=profile,
        auth=auth,
        seed=seed,
        gate=gate,
        cases=tuple(map(str, cases)),
        faults=tuple(faults),
        report_dir=str(report_dir or "reports"),
    )
    document = run_unattended(read_settings(options, os.environ if env is None else env))
    folder = write_reports(document, Path(report_dir)) if report_dir is not None else None
    return Report(document, folder)


def _path(given: Path | str | None) -> Path | None:
    return None if given is None else Path(given)
