"""What a request deserves, by itself and held against the expectation of every shipped case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.cases import Seed, build_request, load_cases, resolve_plan
from conformance.checks import load_checks
from conformance.checks.refusals.deserved import ACCEPTED, EITHER, REFUSED, Deserved, deserved
from conformance.model import Case, Step
from conformance.run.profile import load_profile
from tests.refserver.asking import CLEARKEY, FAIRPLAY, KIDS, WIDEVINE, Ask

CLAIMS = load_profile("reference").claims
BY_CLAIMS = {"ERR-CONTRACT-NOT-SUPPORTED", "VERSIONS-20-UNCLAIMED", "VERSIONS-21-UNCLAIMED"}
"""Cases about what a server claims or forbids itself, which no request shows."""
BY_HISTORY = {("SAFE-CONTENTS", "same-kid")}
"""Steps whose request is unusual only after another: a KID that a server already knows from a second content."""


def _steps() -> list[tuple[Case, Step]]:
    return [(case, step) for case in load_cases(load_checks()) for step in case.steps if not step.use]


def _deserved(case: Case, step: Step) -> Deserved | None:
    assert CLAIMS is not None
    if step.expect.kind == "free" and step.plan.speke_version and step.plan.cpix_version:
        return None  # the whole request is of the other version, which a server claims or does not
    try:
        plan = resolve_plan(step.plan, CLAIMS)
    except Exception as reason:
        pytest.skip(f"not claimed: {reason}")
    if plan.follow or plan.credentials != "configured" or plan.transport != "configured":
        return None
    certificates = {recipient.name: "AAAA" for recipient in plan.recipients}  # nobody reads what is in them
    built = build_request(step, plan, case.identity or case.name, Seed("s"), "http://x/", certificates).http
    return deserved(built.body, built.headers) if built.method == "POST" else None


@pytest.mark.parametrize(("case", "step"), _steps(), ids=lambda one: getattr(one, "name", None) or one.id)
def test_a_shipped_case_expects_what_its_request_deserves(case: Case, step: Step) -> None:
    found = None if case.sends_nothing else _deserved(case, step)
    if found is None or case.id in BY_CLAIMS or any(need.startswith("unclaimed.") for need in case.needs):
        pytest.skip("what becomes of it follows from more than the request")
    if (case.id, step.id) in BY_HISTORY:
        pytest.skip("what becomes of it follows from an earlier request")
    expect = step.expect
    if expect.kind == "refused":
        wanted = {name for name in (expect.message, *expect.alternatives) if name}
        assert (found.kind, set(found.messages)) == (REFUSED, wanted), found
        if step.requirements:
            assert set(found.requirements) & set(step.requirements), found
    elif expect.kind == "accepted":
        assert found.kind in (ACCEPTED, EITHER), found
        assert not found.advised, found
    else:
        # A case may let a server refuse a right request clearly, such as one with an unusual contentId.
        assert found.kind in (ACCEPTED, EITHER), found


def of(ask: Ask) -> Deserved:
    """What a request deserves."""
    request = ask.request()
    return deserved(request.body, request.headers)


PLAIN = Ask(systems=(WIDEVINE,))
"""A request that no server has a reason to turn away."""


def one_rule(track: str, filters: str) -> Ask:
    return replace(PLAIN, contract=((track, filters),))


V, A = "<cpix:VideoFilter/>", "<cpix:AudioFilter/>"


@pytest.mark.parametrize(
    ("ask", "messages"),
    [
        (Ask().edited(('contentId="film-1"', "")), ("missing-content-id",)),
        (Ask().edited(('contentId="film-1"', 'id="film-1"')), ("missing-content-id",)),
        (Ask(content_id=""), ("missing-content-id",)),
        (Ask().edited(('version="2.3"', "")), ("missing-version",)),
        (Ask().edited(('version="2.3"', 'version=""')), ("missing-version",)),
        (Ask().edited(('version="2.3"', 'version="4.0"')), ("unsupported-version",)),
        (Ask(headers=(("X-Speke-Version", "3.0"),)), ("unsupported-speke-version",)),
        (Ask(headers=(("x-speke-version", "2.1"),)), ("unsupported-version", "unsupported-speke-version")),
        (Ask(scheme=""), ("missing-scheme",)),
        (
            Ask(systems=(WIDEVINE,)).edited(
                (f'"{KIDS[1]}" commonEncryptionScheme="cbcs"', f'"{KIDS[1]}" commonEncryptionScheme="cenc"')
            ),
            ("mixed-schemes",),
        ),
        (Ask(scheme="cenc", systems=(FAIRPLAY,)), ("scheme-not-for-system",)),
        (Ask(scheme="cens", systems=(WIDEVINE, FAIRPLAY)), ("scheme-not-for-system",)),
        (one_rule("ALL", V), ("malformed-contract",)),
        (one_rule("ALL", V + V), ("malformed-contract",)),
        (one_rule("ALL", A + '<cpix:VideoFilter maxPixels="1"/>'), ("malformed-contract",)),
        (one_rule("SD+HD", V), ("malformed-contract",)),
        (one_rule("VIDEO", V + A), ("malformed-contract",)),
        (one_rule("VIDEO", V + '<cpix:LabelFilter label="x"/>'), ("malformed-contract",)),
        (one_rule("VIDEO", '<cpix:VideoFilter minHeight="1"/>'), ("malformed-contract",)),
        (Ask(contract=(("VIDEO", V), ("VIDEO", A))), ("malformed-contract",)),
        (Ask(contract=(("VIDEO", V), ("AUDIO", ""))), ("malformed-contract",)),
        (Ask(contract=(("VIDEO", ""), ("AUDIO", ""))), ("missing-contract",)),
        (Ask().edited(("<cpix:VideoFilter/>", ""), ("<cpix:AudioFilter/>", "")), ("missing-contract",)),
        # Any words will do for these.
        (Ask(scheme="zzzz"), ()),
        (Ask(scheme="SAMPLE-AES", systems=(WIDEVINE,)), ()),
        (Ask(systems=()), ()),
        (Ask().edited((f'<cpix:DRMSystem kid="{KIDS[0]}"', "<cpix:DRMSystem")), ()),
        (Ask().edited((f'systemId="{WIDEVINE}"', "")), ()),
        (Ask().edited((' intendedTrackType="VIDEO"', "")), ()),
        (Ask().edited(("<cpix:CPIX", "<cpix:KPIX"), ("</cpix:CPIX", "</cpix:KPIX")), ()),
    ],
)
def test_a_faulty_request_deserves_its_refusal(ask: Ask, messages: tuple[str, ...]) -> None:
    found = of(ask)
    assert (found.kind, set(found.messages)) == (REFUSED, set(messages)), found


@pytest.mark.parametrize(
    "ask",
    [
        PLAIN,
        replace(PLAIN, version="2.1"),
        replace(PLAIN, periods=()),
        replace(PLAIN, explicit_iv=None),
        Ask(systems=(FAIRPLAY,), signals='<cpix:HLSSignalingData playlist="media"/>'),
        Ask(scheme="cbc1", systems=(CLEARKEY,), signals='<cpix:HLSSignalingData playlist="media"/>'),
        one_rule("ALL", A + V),
        one_rule("FOO", V),
        one_rule("HDR+HFR+UHD", '<cpix:VideoFilter hdr="true"/><cpix:VideoFilter minFps="30"/>' + V),
        replace(PLAIN, contract=(("SD", V), ("HD", V))),
        replace(PLAIN, version="2.1", periods=('id="keyPeriod_1" index="1" startOffset="PT0S" endOffset="PT1H"',)),
        PLAIN.edited(('version="2.3"', 'version="2.3" name="a film"')),
        replace(PLAIN, content_id="a.b_c-d:9"),
    ],
)
def test_a_right_request_is_accepted(ask: Ask) -> None:
    assert of(ask).kind == ACCEPTED, of(ask)


@pytest.mark.parametrize(
    ("ask", "advised"),
    [
        (Ask(headers=(("Content-Type", "application/xml"),)), False),
        (Ask(content_id="a/b"), False),
        (Ask(scheme="cbc1", systems=(FAIRPLAY,)), True),
        (Ask(version="2.1", scheme="SAMPLE-AES", systems=(FAIRPLAY,)), False),
        (one_rule("SD+HD1", V), False),
        (Ask(contract=(("ALL", A + V), ("VIDEO", V))), False),
        (one_rule("VIDEO", V + '<cpix:BitrateFilter maxBitrate="1"/>'), False),
        (one_rule("VIDEO", '<cpix:VideoFilter wcg="true"/>'), False),
        (Ask(systems=(WIDEVINE,)).edited((WIDEVINE, "6f2d6b1c-93d5-4c8e-a1f7-5d0b8e3c2a49")), False),
        (Ask().edited((KIDS[1], KIDS[0])), True),
        (Ask().edited((f'Rule kid="{KIDS[1]}"', f'Rule kid="{KIDS[9]}"')), True),
        (Ask().edited(('periodId="keyPeriod_1"', 'periodId="gone"')), True),
        (Ask(certificates=("AAAA",)), False),
        (Ask().edited(("<cpix:CPIX ", "<!DOCTYPE x><cpix:CPIX ")), False),
    ],
)
def test_what_the_pages_leave_open_is_open(ask: Ask, advised: bool) -> None:
    found = of(ask)
    assert (found.kind, found.advised) == (EITHER, advised), found


def test_a_limit_of_keys_is_a_servers_own() -> None:
    assert of(replace(PLAIN, contract=tuple((f"T{n}", V) for n in range(32)))).kind == ACCEPTED
    assert of(replace(PLAIN, contract=tuple((f"T{n}", V) for n in range(33)))).kind == EITHER


def test_only_the_pair_is_wrong_or_something_else_too() -> None:
    crossed = Ask(headers=(("X-Speke-Version", "2.1"),))
    assert of(crossed).pair
    also = crossed.edited(('contentId="film-1"', ""))
    assert not of(also).pair and of(also).messages == ("missing-content-id",)


def test_of_several_faults_all_messages_are_right_and_each_is_said() -> None:
    found = of(Ask(scheme="").edited(('contentId="film-1"', "")))
    assert set(found.messages) == {"missing-content-id", "missing-scheme"}
    assert found.why == "CPIX has no contentId; a content key has no commonEncryptionScheme"
