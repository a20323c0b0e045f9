"""Shipped cases, played in process: what a server that can or claims less than the reference server is asked.

That the right server is accused of nothing, and that every check is asked and killed, are laws of the fault matrix.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from conformance.cases import Seed
from conformance.checks.context import Context
from conformance.drm.leaks import Searcher
from conformance.model import VERSIONS, Case, Result, ResultState
from conformance.refserver import Config, Fault, RefusedContract
from conformance.run.runner import RunContext, Runner
from tests.cases.playing import InProcess, cases_of, fault_file, found, known_checks, play, told, worst_level
from tests.checks.exchange import RING, claims

OF_HTTP = ("http", "versions", "document", "errors", "malformed")
OF_KEYS = ("keys", "contract", "combinations", "periods", "safety", "encryption")
POLICY = RefusedContract("SHARED", track_types=frozenset({"ALL"}))


@cache
def cases(areas: tuple[str, ...], versions: tuple[str, ...] = VERSIONS) -> tuple[Case, ...]:
    """The cases of some areas, without the long matrices."""
    chosen = (case for area in areas for case in cases_of(area) if case.version in versions)
    return tuple(case for case in chosen if "repetition" not in case.tags)


def named(area: str, *ids: str, versions: tuple[str, ...] = VERSIONS) -> tuple[Case, ...]:
    """Cases of an area by their ids."""
    return tuple(case for case in cases((area,), versions) if case.id in ids)


def fault(area: str, name: str) -> Fault:
    """A fault of the shipped catalogue."""
    return next(one for one in fault_file(area) if one.id == name)


def grave(results: Sequence[Result]) -> list[Result]:
    """Results that cost something: an advisory or more, a broken check, a question that could not be asked."""
    return [
        one
        for one in results
        if one.state in (ResultState.ERROR, ResultState.UNTESTABLE) or (one.findings and worst_level(one) >= 2)
    ]


def all_is_well(results: Sequence[Result]) -> None:
    assert not grave(results), told(grave(results)) or [one.reason for one in grave(results)]


# --- versions


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_a_server_of_one_version_is_asked_for_its_own_and_refuses_the_other(version: str) -> None:
    claimed = claims(versions=frozenset({version}))
    results = play(cases(OF_HTTP), config=Config(versions=(version,)), claimed=claimed)
    all_is_well(results)
    assert any(one.check == "versions.unclaimed-version-refused" for one in results)


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_a_server_that_serves_a_version_that_it_does_not_claim_is_told_that_it_could(version: str) -> None:
    seen = found(play(cases(("versions",)), claimed=claims(versions=frozenset({version}))))
    assert "versions.unclaimed-version-refused" not in seen
    assert "claims.delivered-is-claimed" in seen


def test_a_server_that_answers_an_unclaimed_version_as_its_own_is_found() -> None:
    wrong = fault("versions", "VERSION-2.1-ANSWERED-AS-2.3")
    seen = found(play(cases(("versions",)), [wrong], claimed=claims(versions=frozenset({"2.0"}))))
    assert "versions.unclaimed-version-refused" in seen
    assert "claims.delivered-is-claimed" not in seen


# --- refusals


@pytest.mark.parametrize("name", ["", "OTHER-WORDS", "AS-SUCCESS", "ACCEPTED"])
def test_a_declared_policy_is_asked_for_its_message(name: str) -> None:
    faults = [one for one in fault_file("errors") if one.id == f"ERROR-POLICY-{name}"]
    chosen = named("errors", "ERR-CONTRACT-NOT-SUPPORTED")
    results = play(chosen, faults, config=Config(refuses=(POLICY,)), claimed=claims(refuses=("SHARED",)))
    asked = [one for one in results if one.state is ResultState.ASKED]
    assert {one.case for one in asked} == {
        f"ERR-CONTRACT-NOT-SUPPORTED[{version}-SHARED]" for version in ("2.0", "2.1")
    }
    seen = {name for name, ones in found(results).items() if any(worst_level(one) >= 2 for one in ones)}
    assert seen == {kill for one in faults for kill in one.kills}


def test_a_server_that_refuses_everything_collects_no_green_negatives() -> None:
    everything = replace(fault("errors", "ERROR-STATUS-400"), when=(), id="EVERYTHING-REFUSED")
    asked = [one for one in play(cases(("errors",)), [everything]) if one.check == "refusal.standard-message"]
    assert asked
    assert all(one.state in (ResultState.UNTESTABLE, ResultState.NOT_CLAIMED) for one in asked)


# --- what is not claimed


@pytest.mark.parametrize("system", ["widevine", "playready", "fairplay", "clearkey-aes-128"])
def test_a_vendor_with_one_system_is_asked_about_that_one_only(system: str) -> None:
    pairs = frozenset(pair for pair in claims().schemes if pair[0] == system)
    results = play(cases(("drm",)), claimed=claims(schemes=pairs))
    all_is_well(results)
    others = {"widevine", "playready", "fairplay", "clearkey"} - {system.partition("-")[0]}
    asked = {one.check.partition(".")[0] for one in results if one.state is ResultState.ASKED}
    assert system.partition("-")[0] in asked
    assert not asked & others


def test_a_server_without_key_encryption_may_refuse_it() -> None:
    chosen = named("encryption", "ENCRYPTION-ASKED-OF-ALL")
    all_is_well(play(chosen, config=Config(key_encryption=False), claimed=claims(features=frozenset())))


@pytest.mark.parametrize("claimed", [True, False])
def test_a_clear_answer_to_a_request_for_encryption_weighs_as_much_as_the_claim(claimed: bool) -> None:
    features = frozenset({"key-encryption"} if claimed else ())
    chosen = named("encryption", "ENCRYPTION-ASKED-OF-ALL")
    seen = found(play(chosen, [fault("encryption", "ENCRYPTION-IGNORED")], claimed=claims(features=features)))
    assert "encryption.not-in-the-clear" in seen
    assert ("safety.encryption-claim-kept" in seen) is claimed


def test_without_multi_key_rotation_and_encryption_the_cases_for_them_are_not_claimed() -> None:
    results = play(cases(OF_KEYS), claimed=claims(features=frozenset()))
    all_is_well(results)
    assert any(one.state is ResultState.NOT_CLAIMED for one in results)


# --- one root cause


def test_a_server_that_makes_up_keys_has_one_root_cause() -> None:
    """Where the plain repetition differs, the other comparisons say that they cannot be made."""
    results = play(cases(("safety",), ("2.1",)), [fault("keys", "KEY-NEW-EACH-TIME")])
    compared = [one for one in results if one.check.startswith("safety.key-independent")]
    assert compared
    assert all(one.state is ResultState.UNTESTABLE and "repetition" in one.reason for one in compared), told(compared)


def test_a_kid_that_changes_by_itself_makes_key_comparisons_untestable() -> None:
    chosen = named("safety", "SAFE-REPETITION", versions=("2.1",))
    again = [
        one
        for one in play(chosen, [fault("kid", "KID-OVERRIDDEN-NOW-AND-THEN")])
        if one.check == "safety.same-key-on-repetition" and one.step == "again"
    ]
    assert [one.state for one in again] == [ResultState.UNTESTABLE]


# --- no secret in a sentence

OF_KEY_CHECKS = ("conformance.checks.keys.", "conformance.checks.contract.", "conformance.checks.periods.")


@pytest.mark.parametrize("wrong", fault_file("keys"), ids=lambda one: one.id)
def test_no_finding_holds_a_key(wrong: Fault) -> None:
    """Whatever is wrong with keys, sentences speak of KIDs and lengths."""
    texts = [
        part
        for result in play(cases(("keys",), ("2.1",))[:3], [replace(wrong, when=())])
        if known_checks()[result.check].module.startswith(OF_KEY_CHECKS) and not result.check.startswith("iv.")
        for one in result.findings
        for part in (one.expected, one.seen, one.hint)
    ]
    assert not [text for text in texts if re.search(r"[A-Za-z0-9+/_-]{21}[AQgw]|[0-9a-f]{32}", text)]


LEAKING = (
    "DRM-WIDEVINE",
    "DRM-PLAYREADY",
    "DRM-FAIRPLAY",
    "DRM-CLEARKEY",
    "DRM-ALL-TOGETHER",
    "DRM-ENCRYPTED-CHECKSUM",
)


def test_no_finding_repeats_a_content_key() -> None:
    contexts: list[Context] = []
    chosen = named("drm", *LEAKING)
    for wrong in fault_file("leaks"):
        sender = InProcess(faults=[wrong])
        runner = Runner(RunContext("http://x/", sender, Seed("tests"), claims(), RING, observe=contexts.append), chosen)
        results = [one for case in chosen for step in case.steps for one in runner.outcome(case, step).spread()]
        keys = [key for context in contexts if context.accepted for key in context.keys.values()]
        contexts.clear()
        assert keys
        assert not Searcher(keys).search(told(results).encode())
