"""Key servers behind every kind of door, and whole runs against them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance import refserver
from conformance.cases import cases_directory
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile
from tests.wire.servers import Request, Script, always, answer
from tests.written import every_result

Guard = Callable[[Request], bool]

ACCESS = "endpoint/access.yaml"
BASIC = "http/transport.yaml::HTTP-BASIC[2.0]"
NO = answer(b"Who are you?", "401 Unauthorized")


def key_server(guard: Guard, refusal: bytes | Callable[[Request], bytes] = NO) -> Script:
    """A script that answers as the reference server does, whom the guard admits."""
    config, state = built_in_config(load_profile("reference")), refserver.ServerState()

    def respond(request: Request) -> bytes:
        if not guard(request):
            return refusal(request) if callable(refusal) else refusal
        asked = refserver.HttpRequest(request.method, request.path, request.headers, request.body)
        made = refserver.answer(asked, config, state=state)
        return answer(made.body, f"{made.status} Whatever", *(f"{name}: {value}" for name, value in made.headers))

    return always(respond)


def anybody(request: Request) -> bool:
    """A guard that admits everybody."""
    return True


@dataclass(frozen=True)
class Played:
    """What came of a run."""

    status: int
    text: str
    document: Mapping[str, Any]

    def verdicts(self, check: str = "") -> dict[str, str]:
        """Question -> verdict, of the results whose check begins so."""
        return {
            f"{one['case']}::{one['step']}[{one['check']}]": one["verdict"]
            for one in every_result(self.document)
            if one["check"].startswith(check)
        }

    def failed(self) -> set[str]:
        """The checks that failed."""
        return {one["check"] for one in every_result(self.document) if one["verdict"] == "FAIL"}


class Player:
    """Runs the suite as `pytest PLACES OPTIONS` would, in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def __call__(self, url: str, *options: str, only: str = BASIC, profile: str = "reference") -> Played:
        home = cases_directory()
        reports = self.folder / "reports"
        arguments = ["-p", "no:cacheprovider", "-p", "no:html", f"--rootdir={home.parent}", "-q"]
        arguments += [f"--server-url={url}", f"--speke-report-dir={reports}", f"--speke-profile={profile}"]
        status = pytest.main([*arguments, *options, str(home / only)])
        captured = self._capsys.readouterr()
        latest = reports / "latest" / "results.json"
        document = json.loads(latest.read_text()) if latest.is_file() else {}
        return Played(int(status), captured.out + captured.err, document)
