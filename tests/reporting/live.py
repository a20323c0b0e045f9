"""A short real run against the built-in server, and its result document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.catalogue import load_catalogue
from conformance.judge import Ending, exit_status, summarize
from conformance.model import Case, Expectation, Place, Plan, PlannedPeriod, Step
from conformance.results.build import results_document
from conformance.results.document import Document
from conformance.results.judgements import Judgements
from conformance.results.run_facts import facts_from
from conformance.run.options import Options
from conformance.run.run_plan import RunPlan
from conformance.run.session import open_run
from conformance.run.settings import Settings, read_settings

SYSTEMS = ("widevine", "playready", "fairplay")
ACCEPTED = (
    "http.exchange-completes",
    "http.request-accepted",
    "keys.values-distinct",
    "hls.filled",
    "echo.content-id",
)


def plan(version: str = "2.0", **changes: Any) -> Plan:
    """Two keys for three DRM systems."""
    catalogue = load_catalogue()
    rules = (*catalogue.contract("PRESET-VIDEO-2"), *catalogue.contract("PRESET-AUDIO-1"))
    return replace(Plan(version, ("cbcs",), SYSTEMS, rules), **changes)


def cases() -> list[Case]:
    """A positive case, a negative with its control, a rotation, and one that is not claimed."""
    accepted, refused = Expectation("accepted"), Expectation("refused", "missing-scheme")
    control = Step("control", plan(), accepted, ("http.request-accepted",))
    damaged = Step(
        "ask",
        plan(),
        refused,
        ("refusal.request-refused", "refusal.standard-message", "refusal.content-type"),
        ({"remove": "//cpix:ContentKey[1]/@commonEncryptionScheme"},),
        ("SPK20-KEY-006",),
        "The first content key has no scheme",
    )
    rotation = plan(
        "2.1",
        periods=(PlannedPeriod("a", (("index", "1"),)), PlannedPeriod("b", (("index", "2"),))),
    )
    made = [
        Case(
            "KEYS",
            "Three keys",
            "Several keys break simple servers.",
            "2.0",
            (Step("ask", plan(), accepted, ACCEPTED),),
        ),
        Case("NEGATIVE", "A key without a scheme", "The operator must find it.", "2.0", (control, damaged)),
        Case("ROTATION", "Two periods", "Live streams rotate.", "2.1", (Step("ask", rotation, accepted, ACCEPTED),)),
        Case(
            "UNCLAIMED",
            "Nothing claims this",
            "",
            "2.1",
            (Step("ask", plan("2.1"), accepted, ACCEPTED),),
            needs=("no-such-capability",),
        ),
    ]
    areas = ("keys", "errors", "periods", "drm")
    return [
        replace(
            case,
            area=area,
            group=case.id,
            place=Place(f"testcases/{area}/some.yaml", 1),
            path=f"testcases/{area}/some.yaml",
        )
        for case, area in zip(made, areas, strict=True)
        for path in [f"testcases/{area}/some.yaml"]
    ]


def small_settings(options: Options) -> Settings:
    """Settings for a run of a few cases, which cannot show every claim of a profile."""
    settings = read_settings(options, {})
    return replace(settings, profile=replace(settings.profile, claim_places={}))


def live_document(*faults: str, url: str | None = None) -> Document:
    """Run the cases against the built-in server, with these of its faults, or at a URL, and make the document."""
    options = Options(url=url, profile="reference", seed="test", faults=faults, labels=("build=1.0", "who=Jo"))
    settings = small_settings(options)
    asked = cases()
    with open_run(RunPlan(settings, asked), asked, ahead=False) as run:
        judgements = Judgements()
        for case in asked:
            for step in case.steps:
                judgements.add_step(run.ask(case, step), run.rulebook)
        summary = summarize(judgements, run.rulebook, Ending())
        code = exit_status(summary, judgements, gate="regression")
        return results_document(
            facts_from(run.plan, asked, run, stopped="", finished="2026-01-01T00:00:09Z"),
            judgements,
            run.observed.recorder.exchanges,
            summary,
            code,
        )
