"""A key server that shares no code with the reference server passes the whole case library, with either habits."""

from __future__ import annotations

import ast
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.cases import load_cases
from conformance.checks import load_checks
from conformance.faultmatrix.simulated_run import URL, simulate_run
from conformance.model import Exchange, HttpAnswer, HttpRequest, Outcome, ResultState, TlsSession, Verdict
from conformance.run.profile import load_profile
from conformance.wire.listener import Listener, Watching
from tests.independent.habits import CURT, WORDY, Habits
from tests.independent.keyserver import TOKEN, KeyServer

HOUSE = Path(__file__).parent
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIBRARY = load_cases(load_checks())


class Sender:
    """Brings requests to the second server and its answers back, without a socket."""

    def __init__(self, habits: Habits) -> None:
        self._server = KeyServer(habits)

    def send(self, request: HttpRequest) -> Exchange:
        """One exchange."""
        headers = list(request.headers)
        if request.credentials != "none":
            headers.append(("Authorization", f"Bearer {TOKEN if request.credentials == 'configured' else 'x'}"))
        status, given, body = self._server.answer(request.method, headers, request.body)
        tls = TlsSession("TLSv1.3", (NOW + timedelta(days=300)).isoformat()) if request.url == URL else None
        return Exchange(request, HttpAnswer(status, tuple(given), body), started=NOW.isoformat(), tls=tls)


@pytest.mark.parametrize("habits", [CURT, WORDY], ids=lambda habits: habits.name)
def test_the_second_server_is_qualified(habits: Habits) -> None:
    with closing(Listener("second")) as listener:
        run = simulate_run(
            load_profile("reference"),
            LIBRARY,
            server=lambda config: Watching(Sender(habits), listener.url),
            listener=listener.url,
        )
    required = {one.set.id for one in run.rulebook.sets if one.required}
    accusations = [
        f"{judgement.verdict} {judgement.finding_id}: {judgement.findings or judgement.reason}"
        for judgement in run.judgements
        if any(g.set in required and g.verdict in (Verdict.FAIL, Verdict.ADVISORY) for g in judgement.grades)
        or judgement.state in (ResultState.ERROR, ResultState.UNTESTABLE)
    ]
    assert accusations == []
    assert run.summary.outcome is Outcome.QUALIFIED
    assert len(run.judgements) > 7000


def test_the_second_server_shares_no_code() -> None:
    for file in HOUSE.glob("*.py"):
        if file.name.startswith("test_"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.partition(".")[0] == "conformance"], file.name
