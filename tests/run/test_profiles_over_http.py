"""Shipped profiles against the server that serves everything: what they leave out is no fault of a server.

Over HTTP those that differ in kind: discovered claims, declared ones, and two selections. The others are played in
process, in tests/faultmatrix/test_shipped_profiles.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from conformance import api
from conformance.catalogue import load_catalogue
from conformance.cli.common import cases_and_checks
from conformance.model import Verdict
from conformance.offline.rebuild import arrays_of
from conformance.offline.replay import replay
from conformance.refserver import Server
from conformance.results.document import Document
from conformance.run.built_in import whole_config
from conformance.run.estimate import forecast
from conformance.run.options import Options
from conformance.run.profile import Profile, load_profile
from conformance.run.run_plan import RunPlan
from conformance.run.settings import read_settings

pytestmark = pytest.mark.slow

OVER_HTTP = ("default", "mediapackage-vod", "quick", "smoke")


@pytest.fixture(scope="module")
def whole() -> Iterator[Server]:
    """What `speke-conformance serve` starts."""
    with Server(whole_config()) as server:
        yield server


@pytest.mark.parametrize("name", OVER_HTTP)
def test_the_server_that_serves_everything_qualifies(name: str, whole: Server) -> None:
    document = api.run_profile(whole.url, profile=name, env={}).document
    amiss = [
        f"{one.verdict}: {one.name} {one.findings or one.reason}"
        for one in document.results
        if one.verdict in ("FAIL", "ERROR", "UNTESTABLE")
    ]
    assert not amiss, amiss[:5]
    assert document.exit_status == 0
    if name in ("quick", "smoke"):
        assert document.outcome == "PARTIAL"
        again = replay(document, *cases_and_checks((), arrays_of(document)), "results.json").document
        assert again.combinations == document.combinations, "smoke combines single values, others pairs"
    else:
        assert document.outcome in ("QUALIFIED", "QUALIFIED WITH ADVISORIES")
        _asks_about_every_set(load_profile(name), document)
        _offers_what_is_not_claimed(document)
        _is_judged_again_as_a_whole(document)
    if load_profile(name).claims is not None:
        _sends_what_was_forecast(whole.url, name, document)


def _is_judged_again_as_a_whole(document: Document) -> None:
    """Claims that were discovered, and others: a replay finds the cases of the run and asks what the run asked."""
    again = replay(document, *cases_and_checks((), arrays_of(document)), "results.json", whole=True)
    assert not again.gone and not again.unasked, (again.gone[:3], again.unasked[:3])


def _asks_about_every_set(profile: Profile, document: Document) -> None:
    claims = profile.claims
    for one in document.sets:
        claim = load_catalogue().sets[one.id].claim
        if one.required and (claims is None or not claim or claims.has(claim)):
            assert one.counts.get(Verdict.PASS, 0) > 0, one.id


def _sends_what_was_forecast(url: str, name: str, document: Document) -> None:
    run = RunPlan(read_settings(Options(url=url, profile=name), {}))
    held = run.settings.profile.claims
    assert held is not None
    expected = forecast(
        run, replace(held, features=held.features | run.settings.features_at(run.settings.target))
    ).total
    assert len(document.exchanges) == expected.requests


def _offers_what_is_not_claimed(document: Document) -> None:
    """Capabilities that a profile leaves out are asked about by cases that only offer; those that it claims, never."""
    asked = {one for one in document.exchanges if one.startswith("CLAIMS-")}
    discovered = document.claims.discovered
    assert not asked if discovered else asked
