"""Every shipped profile against the server that serves everything: what it leaves out is no fault of a server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance import api
from conformance.refserver import Server
from conformance.run.profile import profile_names
from conformance.run.session import whole_config

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole() -> Iterator[Server]:
    """What `speke-conformance serve` starts."""
    with Server(whole_config()) as server:
        yield server


@pytest.mark.parametrize("name", profile_names())
def test_the_server_that_serves_everything_qualifies(name: str, whole: Server) -> None:
    report = api.run_profile(whole.url, profile=name, env={})
    amiss = [
        f"{one.verdict}: {one.name} {one.findings or one.reason}"
        for one in report.document.results
        if one.verdict in ("FAIL", "ERROR", "UNTESTABLE")
    ]
    assert not amiss, amiss[:5]
    assert report.document.exit_status == 0
    outcome = report.document.outcome
    assert outcome in ("QUALIFIED", "QUALIFIED WITH ADVISORIES") or (name, outcome) == ("smoke", "PARTIAL")
