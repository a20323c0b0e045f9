"""The checks about DRM systems and their payloads, on the reference server.

The right server gives nothing above a note; each fault is found by the checks that it names, and by few others;
harmless variation of the server stays green.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from conformance.cases import Seed
from conformance.checks.context import Context
from conformance.checks.selector import possible
from conformance.drm.leaks import Searcher
from conformance.model import Case, Result, ResultState
from conformance.refserver import load_faults
from conformance.run.runner import RunContext, Runner
from tests.checks.playing import (
    RING,
    InProcess,
    cases_of,
    claims,
    fault_file,
    found,
    known_checks,
    play,
    told,
    worst_level,
)

MODULES = (
    "drm_systems",
    "payloads",
    "pssh",
    "widevine",
    "playready",
    "playready_header",
    "smooth",
    "protection",
    "hls",
    "hls_payloads",
    "fairplay",
    "clearkey",
    "common_pssh",
    "extras21",
    "leaks",
)

PLAYED: dict[str, tuple[str, ...]] = {
    "drm": (),
    "pssh": (
        "DRM-WIDEVINE",
        "DRM-PLAYREADY",
        "DRM-COMMON-PSSH",
        "DRM-IRDETO",
        "DRM-CLEARKEY-DASHIF",
        "DRM-FAIRPLAY-PSSH",
        "DRM-ALL-TOGETHER",
        "DRM-ROTATED",
    ),
    "widevine": ("DRM-WIDEVINE", "DRM-PLAYREADY", "DRM-ALL-TOGETHER"),
    "wiseplay": ("DRM-WISEPLAY", "DRM-WIDEVINE"),
    "playready": ("DRM-WIDEVINE", "DRM-PLAYREADY", "DRM-ALL-TOGETHER", "DRM-SMOOTH-SHARED", "DRM-ENCRYPTED-CHECKSUM"),
    "protection": (
        "DRM-WIDEVINE",
        "DRM-PLAYREADY",
        "DRM-FAIRPLAY-CONTENT-PROTECTION",
        "DRM-CLEARKEY-CONTENT-PROTECTION",
        "DRM-ALL-TOGETHER",
        "DRM-ROTATED",
    ),
    "hls": ("DRM-WIDEVINE", "DRM-PLAYREADY", "DRM-FAIRPLAY", "DRM-CLEARKEY", "DRM-ALL-TOGETHER"),
    "extras": ("DRM-WIDEVINE", "DRM-PLAYREADY", "DRM-ALL-TOGETHER"),
    "leaks": (
        "DRM-WIDEVINE",
        "DRM-PLAYREADY",
        "DRM-FAIRPLAY",
        "DRM-CLEARKEY",
        "DRM-ALL-TOGETHER",
        "DRM-ENCRYPTED-CHECKSUM",
    ),
}
"""File of faults -> the cases that are played against them; all of them where none is named."""

FAULTS = [pytest.param(area, fault, id=fault.id) for area in PLAYED for fault in fault_file(area)]


@cache
def cases(area: str = "drm") -> tuple[Case, ...]:
    wanted = PLAYED[area]
    drm = tuple(case for case in cases_of("drm") if not wanted or case.id in wanted)
    return drm + (cases_of("extras") if area == "extras" else ())


@cache
def baseline(area: str = "drm") -> tuple[Result, ...]:
    return tuple(play(cases(area)))


def grave(results: Sequence[Result]) -> list[Result]:
    return [
        one
        for one in results
        if one.state in (ResultState.ERROR, ResultState.UNTESTABLE) or (one.findings and worst_level(one) >= 2)
    ]


def test_the_right_server_gives_nothing_to_say() -> None:
    results = baseline()
    assert not grave(results), told(grave(results)) or [one.reason for one in grave(results)]
    assert not found(results), told(results)
    assert len(results) > 1200


def test_every_check_of_these_topics_is_killed_by_a_fault() -> None:
    named = {name for fault in load_faults().values() for name in (*fault.kills, *fault.records)}
    assert ours() <= named, sorted(ours() - named)


def test_every_check_of_these_topics_is_asked_somewhere() -> None:
    asked = {check.id for case in cases() for step in case.steps for check in possible(step)}
    assert ours() <= asked, sorted(ours() - asked)


def ours() -> set[str]:
    return {name for name, check in known_checks().items() if check.module.rpartition(".")[2] in MODULES}


@pytest.mark.parametrize("system", ["widevine", "playready", "fairplay", "clearkey-aes-128"])
def test_a_vendor_with_one_system_is_asked_about_that_one_only(system: str) -> None:
    pairs = frozenset(pair for pair in claims().schemes if pair[0] == system)
    results = play(cases(), claimed=claims(schemes=pairs))
    assert not grave(results), told(grave(results)) or [one.reason for one in grave(results)]
    others = {"widevine", "playready", "fairplay", "clearkey"} - {system.partition("-")[0]}
    asked = {one.check.partition(".")[0] for one in results if one.state is ResultState.ASKED}
    assert system.partition("-")[0] in asked
    assert not asked & others


def test_no_finding_repeats_a_content_key() -> None:
    area = "leaks"
    contexts: list[Context] = []
    for fault in fault_file(area):
        setting = RunContext(
            "http://x/", InProcess(faults=[fault]), Seed("tests"), claims(), RING, observe=contexts.append
        )
        runner = Runner(setting, cases(area))
        results = [one for case in cases(area) for step in case.steps for one in runner.outcome(case, step).spread()]
        keys = [key for context in contexts if context.accepted for key in context.keys.values()]
        contexts.clear()
        assert keys
        assert not Searcher(keys).search(told(results).encode())
