"""The shape of a request, the same from its plan as from its document."""

from __future__ import annotations

import pytest

from conformance.cases import Seed, build_request, resolve_plan
from conformance.checks.shape import of_plan, of_request
from conformance.cpix.reader import read
from conformance.model import Plan, PlannedFilter, PlannedPeriod, PlannedRule
from tests.cases.playing import cases_of
from tests.checks.exchange import RING, a_step, claims
from tests.refserver.asking import FAIRPLAY, WIDEVINE, Ask

UNKNOWN = "6f2d6b1c-93d5-4c8e-a1f7-5d0b8e3c2a49"


def test_a_document_is_seen_coarsely() -> None:
    shape = of_request(read(Ask(version="2.1", scheme="cenc", systems=(WIDEVINE, FAIRPLAY)).body()), "2.1")
    assert (shape.version, shape.scheme, shape.keys, shape.periods) == ("2.1", "cenc", 2, 1)
    assert shape.systems == {"widevine", "fairplay"} and shape.has("widevine") and not shape.has("playready")
    assert shape.signalling == {"pssh", "content-protection", "hls"}
    assert shape.explicit_iv and not shape.timed and not shape.encrypted


@pytest.mark.parametrize(
    ("ask", "name", "value"),
    [
        (Ask(systems=(WIDEVINE,)).edited((WIDEVINE, WIDEVINE.upper())), "systems", {"widevine"}),
        (Ask(systems=(WIDEVINE,)).edited((WIDEVINE, UNKNOWN.upper())), "systems", {UNKNOWN}),
        (Ask(systems=()), "systems", set()),
        (Ask(signals="<cpix:SmoothStreamingProtectionHeaderData/>"), "signalling", {"smooth"}),
        (Ask(periods=()), "periods", 0),
        (Ask(periods=('id="keyPeriod_1" index="1" startOffset="PT0S"',)), "timed", True),
        (Ask(explicit_iv=None), "explicit_iv", False),
        (Ask(explicit_iv=""), "explicit_iv", True),
        (Ask(scheme=""), "scheme", ""),
        (Ask(certificates=("AAAA",)), "encrypted", True),
    ],
)
def test_one_difference_shows_in_one_trait(ask: Ask, name: str, value: object) -> None:
    assert getattr(of_request(read(ask.body()), "2.0"), name) == value


def test_a_plan_knows_before_what_its_request_shows() -> None:
    cases = [
        case for area in ("keys", "periods", "encryption") for case in cases_of(area) if "repetition" not in case.tags
    ]
    compared = 0
    for case in cases[::7]:
        step = case.steps[0]
        if step.use or step.defects or step.plan.template:
            continue
        plan = resolve_plan(step.plan, claims())
        certificates = RING.certificate_texts(recipient.name for recipient in plan.recipients)
        built = build_request(step, plan, case.name, Seed("s"), "http://x/", certificates).http
        assert of_plan(plan) == of_request(read(built.body), plan.speke_version or plan.version), case.name
        compared += 1
    assert compared > 5


def test_a_plan_that_is_not_resolved_counts_what_it_may_become() -> None:
    rules = (
        PlannedRule("VIDEO", (PlannedFilter("VideoFilter"),)),
        PlannedRule("AUDIO", (PlannedFilter("AudioFilter"),)),
    )
    periods = (PlannedPeriod("a", (("index", "1"),)), PlannedPeriod("b", (("index", "2"), ("start", "x"))))
    plan = Plan("2.1", ("cbcs", "cenc"), ("widevine",), rules, periods=periods, instead=("fairplay",))
    shape = of_plan(plan)
    assert (shape.keys, shape.periods, shape.timed, shape.scheme) == (4, 2, True, "cbcs")
    assert shape.systems == {"widevine", "fairplay"}
    assert of_plan(a_step(recipients=("rsa-2048",)).plan).encrypted
