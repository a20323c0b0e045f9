"""The built-in server, configured for it, qualifies under every profile that ships with the suite."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from conformance.cases import load_cases
from conformance.cases.features import ENDPOINT, KEY_URIS
from conformance.catalogue.yamlfile import DataError
from conformance.checks import load_checks
from conformance.faultmatrix.simulated_run import simulate_run
from conformance.model import Case, Outcome, ResultState, Verdict
from conformance.refserver import Config
from conformance.run.built_in import built_in_config, whole_config
from conformance.run.consistency import needed_claims, refuse_idle_claims
from conformance.run.estimate import forecast
from conformance.run.options import Options
from conformance.run.profile import load_profile, profile_names
from conformance.run.run_plan import RunPlan
from conformance.run.settings import read_settings
from tests.run.test_profiles_over_http import OVER_HTTP

SHIPPED = (
    "aws-suite",
    "default",
    "mediaconvert",
    "mediapackage-v1-live",
    "mediapackage-v2-live",
    "mediapackage-vod",
    "quick",
    "reference",
    "shaka-packager",
    "smoke",
    "speke-2.0",
    "speke-2.1",
    "template",
    "thorough",
)
SMOKE_KEYS = 40


@cache
def library() -> tuple[Case, ...]:
    return tuple(load_cases(load_checks()))


def test_these_profiles_are_shipped() -> None:
    assert tuple(profile_names()) == SHIPPED


def test_a_quick_look_has_no_outcome_and_finds_nothing() -> None:
    found = simulate_run(load_profile("smoke"), library())
    assert found.summary.outcome is Outcome.PARTIAL
    assert not [one for one in found.judgements if one.verdict in (Verdict.FAIL, Verdict.ADVISORY, Verdict.ERROR)]
    assert sum(one.state is ResultState.ASKED for one in found.judgements) > 200


@pytest.mark.parametrize("name", [name for name in SHIPPED if name not in (*OVER_HTTP, "reference", "thorough")])
def test_the_server_that_serves_everything_qualifies(name: str) -> None:
    """`reference` is the last line of `make test`; `thorough` asks what `default` asks, and triples."""
    run = RunPlan(read_settings(Options(profile=name), {}))
    profile, claims = run.settings.profile, run.settings.profile.claims
    found = simulate_run(profile, run.library, alter=lambda config: whole_config())
    bad = (Verdict.FAIL, Verdict.ERROR, Verdict.UNTESTABLE)
    assert [(one.name, one.findings or one.reason) for one in found.judgements if one.verdict in bad] == []
    assert found.summary.outcome in (Outcome.QUALIFIED, Outcome.QUALIFIED_WITH_ADVISORIES)
    for one in found.summary.sets:
        if one.required and (claims is None or not one.set.claim or claims.has(one.set.claim)):
            assert one.counts[Verdict.PASS] > 0, one.set.id
    if claims is not None:
        known = replace(claims, features=claims.features | {*ENDPOINT, KEY_URIS})
        assert forecast(run, known).total.requests == found.exchanges


def test_a_quick_look_asks_for_few_content_keys() -> None:
    run = RunPlan(read_settings(Options(profile="smoke"), {}))
    assert len(forecast(run).total.content_keys) <= SMOKE_KEYS


def test_sets_are_named_with_their_revision() -> None:
    for name in SHIPPED:
        profile = load_profile(name)
        assert profile.requires and all("@" in one for one in (*profile.requires, *profile.reports))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_claim_of_a_shipped_profile_is_needed_by_a_case(name: str) -> None:
    refuse_idle_claims(load_profile(name), library())


def test_a_claim_that_no_case_needs_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        'profile: mine\ntitle: Mine\nextends: speke-2.0\nclaims:\n  versions: ["2.0"]\n'
        "  systems:\n    widevine: [cbcs]\n    nagra: [cenc]\n  features: [multi-key]\n",
        encoding="utf-8",
    )
    with pytest.raises(DataError, match=r"mine\.yaml:8: the profile claims 'nagra\+cenc', but no case needs it"):
        refuse_idle_claims(load_profile(str(file)), library())


def test_a_policy_that_no_case_asks_about_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "profile: mine\ntitle: Mine\nextends: speke-2.0\npolicy: {refuses: [EXAMPLE-4]}\n", encoding="utf-8"
    )
    with pytest.raises(DataError, match=r"mine\.yaml:4: the profile claims 'policy\.refuses\.EXAMPLE-4'"):
        refuse_idle_claims(load_profile(str(file)), library())


def test_needed_claims_are_those_on_which_a_request_depends() -> None:
    needed = needed_claims(library())
    assert {"version.2.1", "widevine+cbcs", "periods", "rotation", "key-encryption", "hdcp", "key-uris"} <= needed
    assert not any(claim.startswith("nagra") for claim in needed)


def test_the_built_in_server_serves_what_is_claimed_and_nothing_else() -> None:
    config = built_in_config(load_profile("mediapackage-vod"))
    assert config.versions == ("2.0",)
    assert set(config.systems) == {"widevine", "playready", "fairplay"}
    assert config.schemes["widevine"] == ("cbcs", "cenc") and not config.key_encryption and not config.extras_2_1
    assert built_in_config(load_profile("default")) == Config()


def test_what_is_delivered_and_not_claimed_is_a_hint() -> None:
    profile = load_profile("mediapackage-vod")
    found = simulate_run(profile, library(), ("claims", "versions", "encryption"), lambda config: Config())
    hints = [one for one in found.judgements if one.check == "claims.delivered-is-claimed" and one.findings]
    assert {one.verdict for one in hints} == {Verdict.NOTE}
    seen = {finding.seen for one in hints for finding in one.findings}
    assert seen >= {"SPEKE 2.1 delivered", "key encryption delivered", "Clear Key AES-128 with cbc1 delivered"}
    assert all("could claim" in finding.hint for one in hints for finding in one.findings)
    assert not [one for one in found.judgements if one.verdict is Verdict.FAIL]


def test_what_is_claimed_and_refused_fails() -> None:
    profile = load_profile("mediapackage-v2-live")

    def without_fairplay(config: Config) -> Config:
        return replace(config, systems=tuple(one for one in config.systems if one != "fairplay"))

    found = simulate_run(profile, library(), ("drm",), without_fairplay)
    failed = {one.case.partition("[")[0] for one in found.judgements if one.verdict is Verdict.FAIL}
    assert "DRM-FAIRPLAY" in failed
