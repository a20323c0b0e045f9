"""A key server that shares no code with the reference server passes the whole case library, with either habits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.cases import Seed, load_cases, only_offers
from conformance.cases.certificates import KeyRing
from conformance.cases.features import ENDPOINT
from conformance.checks import load_checks
from conformance.judge import Ending, Judgement, Rulebook, summarize
from conformance.model import Case, Claims, Exchange, HttpAnswer, HttpRequest, Outcome, ResultState, TlsSession, Verdict
from conformance.redaction.redactor import Redactor
from conformance.run.profile import load_profile
from conformance.run.runner import RunContext, Runner
from conformance.run.session import rulebook_of
from conformance.wire.listener import Listener, Watching
from tests.independent.habits import CURT, WORDY, Habits
from tests.independent.keyserver import TOKEN, KeyServer

HOUSE = Path(__file__).parent
URL = "https://second.example/keys"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIBRARY = load_cases(load_checks())
DOOR = Redactor(b"")
RING = KeyRing()


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


def judged(habits: Habits, rulebook: Rulebook, claims: Claims) -> Iterator[Judgement]:
    groups: dict[str, list[Case]] = {}
    for case in LIBRARY:
        if not only_offers(case, claims):
            groups.setdefault(case.group, []).append(case)
    with closing(Listener("second")) as listener:
        sender = Watching(Sender(habits), listener.url)
        setting = RunContext(URL, sender, Seed("second"), claims, RING, listener=listener.url)
        for cases in groups.values():
            runner = Runner(setting, cases)
            for case in cases:
                for step in case.steps:
                    for result in runner.outcome(case, step).spread():
                        if rulebook.relevant(result.requirements, result.version):
                            yield rulebook.judge(DOOR.result(result))


@pytest.mark.parametrize("habits", [CURT, WORDY], ids=lambda habits: habits.name)
def test_the_second_server_is_qualified(habits: Habits) -> None:
    profile = load_profile("reference")
    assert profile.claims is not None
    claims = replace(profile.claims, features=profile.claims.features | set(ENDPOINT))
    rulebook = rulebook_of(profile, claims)
    judgements = list(judged(habits, rulebook, claims))
    required = {one.set.id for one in rulebook.sets if one.required}
    accusations = [
        f"{judgement.verdict} {judgement.finding_id}: {judgement.findings or judgement.reason}"
        for judgement in judgements
        if any(g.set in required and g.verdict in (Verdict.FAIL, Verdict.ADVISORY) for g in judgement.grades)
        or judgement.state in (ResultState.ERROR, ResultState.UNTESTABLE)
    ]
    assert accusations == []
    assert summarize(judgements, rulebook, Ending()).outcome is Outcome.QUALIFIED
    assert len(judgements) > 7000


def test_the_second_server_shares_no_code() -> None:
    for file in HOUSE.glob("*.py"):
        if file.name.startswith("test_"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.partition(".")[0] == "conformance"], file.name
