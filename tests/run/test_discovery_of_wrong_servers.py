"""A crash is no refusal: what a server breaks on stays claimed, and is judged."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance import refserver
from conformance.cases.features import everything
from conformance.model import HttpAnswer, HttpRequest, TransportFailure, Unclaimed
from conformance.refserver.systems import SYSTEM_IDS
from conformance.run.discovery import discover
from tests.run.test_discovery import Change, Door, setting

WIDEVINE, PLAYREADY = SYSTEM_IDS["widevine"], SYSTEM_IDS["playready"]
HUNG_UP = TransportFailure("closed", "the server closed the connection before the first byte of an answer")
ONLY_WIDEVINE = refserver.Config(systems=("widevine",), schemes={"widevine": ("cenc", "cbcs")})


def unclaimed(door: Door) -> dict[str, Unclaimed]:
    """What discovery leaves out, by claim."""
    return {one.claim: one for one in discover(setting(door)).unclaimed}


def asks_for(request: HttpRequest, system_id: str) -> bool:
    """Whether the request asks for that DRM system."""
    return system_id.encode() in request.body


def refusing(config_answer: Change) -> Change:
    """Only refusals are changed."""
    return lambda request, answer: answer if answer.status == 200 else config_answer(request, answer)


def says(status: int, text: str) -> Change:
    """One answer to whatever is refused."""
    return refusing(lambda request, answer: HttpAnswer(status, (), text.encode()))


@pytest.mark.parametrize("fault", ["CLAIMS-PLAYREADY-CRASHES", "CLAIMS-PLAYREADY-CBCS-CRASHES"])
def test_a_crash_on_what_exists_is_judged(fault: str) -> None:
    found = discover(setting(Door(faults=(fault,))))
    assert found.claims.schemes >= {("playready", "cenc"), ("playready", "cbcs")}
    assert found.claims.versions == {"2.0", "2.1"}
    assert not [one for one in found.unclaimed if "playready" in one.claim]


def test_a_crash_on_the_first_system_that_is_asked_for_does_not_cost_the_versions() -> None:
    door = Door(change=lambda request, answer: HttpAnswer(500, (), b"boom") if asks_for(request, WIDEVINE) else answer)
    found = discover(setting(door))
    assert found.claims.versions == {"2.0", "2.1"}
    assert ("widevine", "cenc") in found.claims.schemes and ("playready", "cenc") in found.claims.schemes


def test_a_server_without_the_first_system_has_its_versions_all_the_same() -> None:
    config = refserver.Config(versions=("2.0",), systems=("playready",), schemes={"playready": ("cenc",)})
    found = discover(setting(Door(config)))
    assert found.claims.versions == {"2.0"}
    assert found.claims.schemes == {("playready", "cenc")}


def test_a_standard_message_un_claims_without_doubt() -> None:
    config = refserver.Config(schemes={**refserver.Config().schemes, "playready": ("cenc",)})
    one = unclaimed(Door(config))["playready+cbcs"]
    assert "non compatible with DRMSystem" in one.why and not one.doubtful


def test_a_standard_message_about_another_system_does_not_fit() -> None:
    text = f"ContentKey@commonEncryptionScheme non compatible with DRMSystem {WIDEVINE}"
    answer = HttpAnswer(500, (), text.encode())
    door = Door(change=lambda request, right: answer if asks_for(request, PLAYREADY) else right)
    assert "playready+cenc" not in unclaimed(door)


def test_words_that_name_what_was_asked_for_un_claim_with_a_4xx_only() -> None:
    def refuse(status: int) -> Change:
        answer = HttpAnswer(status, (), b"No licence for PlayReady.")
        return lambda request, right: answer if asks_for(request, PLAYREADY) else right

    one = unclaimed(Door(change=refuse(400)))["playready+cenc"]
    assert one.why == "its words name PlayReady with cenc" and not one.doubtful
    assert "playready+cenc" not in unclaimed(Door(change=refuse(500)))


def test_words_with_the_inside_of_a_server_un_claim_nothing() -> None:
    answer = HttpAnswer(400, (), b"KeyError: 'PlayReady'")
    door = Door(change=lambda request, right: answer if asks_for(request, PLAYREADY) else right)
    assert "playready+cenc" not in unclaimed(door)


def test_an_error_text_that_shows_the_request_names_nothing_of_its_own() -> None:
    def echo(request: HttpRequest, right: HttpAnswer) -> HttpAnswer:
        return HttpAnswer(400, (), b"Bad request: " + request.body) if asks_for(request, PLAYREADY) else right

    assert "playready+cenc" not in unclaimed(Door(change=echo))


def test_the_same_4xx_as_for_what_does_not_exist_un_claims() -> None:
    one = unclaimed(Door(ONLY_WIDEVINE, says(400, "Bad request.")))["playready+cenc"]
    assert "which does not exist" in one.why and not one.doubtful


def test_the_same_bare_5xx_as_for_what_does_not_exist_un_claims_with_an_advisory() -> None:
    found = unclaimed(Door(ONLY_WIDEVINE, says(500, "Internal Server Error")))
    assert found["playready+cenc"].doubtful and found["fairplay+cbcs"].doubtful


def test_a_5xx_that_names_the_system_as_it_names_any_is_no_crash() -> None:
    def named(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        text = answer.body.decode()  # DRM system … is not available.
        return HttpAnswer(500, (), json.dumps({"error": text, "at": "2026-11-28T22:00:00Z"}).encode())

    one = unclaimed(Door(ONLY_WIDEVINE, refusing(named)))["playready+cenc"]
    assert "gets the same answer" in one.why and not one.doubtful


def test_what_differs_by_the_moment_alone_is_the_same() -> None:
    count = iter(range(100))

    def incident(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        at = next(count)
        return HttpAnswer(400, (), f"Refused at 2026-11-28T22:00:{at:02}Z, incident {at:08}, {at:032x}.".encode())

    assert "playready+cenc" in unclaimed(Door(ONLY_WIDEVINE, refusing(incident)))


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_speaks_of_the_server_un_claims_nothing(status: int) -> None:
    answer = HttpAnswer(status, (), b"try again")
    door = Door(change=lambda request, right: answer if asks_for(request, PLAYREADY) else right)
    assert "playready+cenc" not in unclaimed(door)


def test_a_hang_up_on_what_is_not_offered_un_claims_nothing() -> None:
    door = Door(ONLY_WIDEVINE, refusing(lambda request, answer: HUNG_UP))
    found = discover(setting(door))
    assert found.claims.schemes == everything().schemes


def test_a_200_with_holes_un_claims_nothing() -> None:
    empty = HttpAnswer(200, (("X-Speke-Version", "2.0"),), b"<cpix:CPIX xmlns:cpix='urn:dashif:org:cpix'/>")
    found = discover(setting(Door(ONLY_WIDEVINE, refusing(lambda request, answer: empty))))
    assert ("playready", "cenc") in found.claims.schemes


@pytest.mark.parametrize("fault", ["CLAIMS-IGNORES-THE-VERSION", "CLAIMS-SPEKE-1"])
def test_a_server_that_ignores_the_version_speaks_the_oldest_only(fault: str) -> None:
    found = discover(setting(Door(faults=(fault,))))
    assert found.claims.versions == {"2.0"}
    assert [one.claim for one in found.unclaimed if one.claim.startswith("version")] == ["version.2.1"]
    assert found.claims.schemes == everything().schemes


def test_a_server_that_sends_back_whatever_version_was_asked_for_speaks_the_oldest_only() -> None:
    def echo(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        asked = dict(request.headers)["X-Speke-Version"]
        kept = tuple(pair for pair in answer.headers if pair[0] != "X-Speke-Version")
        return replace(answer, headers=(*kept, ("X-Speke-Version", asked)))

    assert unclaimed(Door(change=echo, faults=("CLAIMS-IGNORES-THE-VERSION",)))["version.2.1"].why.startswith(
        "SPEKE 9.9"
    )


def test_a_newer_server_that_omits_its_version_stays_claimed_and_fails_for_it() -> None:
    found = discover(setting(Door(faults=("VERSION-HEADER-DROPPED",))))
    assert found.claims.versions == {"2.0", "2.1"}


def test_a_server_for_the_newer_version_alone_that_ignores_the_header() -> None:
    def newest(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        kept = tuple(pair for pair in answer.headers if pair[0] != "X-Speke-Version")
        return replace(answer, headers=(*kept, ("X-Speke-Version", "2.1")))

    found = discover(setting(Door(change=newest, faults=("CLAIMS-IGNORES-THE-VERSION",))))
    assert found.claims.versions == {"2.1"}


def test_a_crash_on_the_newer_version_is_judged() -> None:
    def crash(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        return HttpAnswer(500, (), b"boom") if dict(request.headers)["X-Speke-Version"] == "2.1" else answer

    assert discover(setting(Door(change=crash))).claims.versions == {"2.0", "2.1"}


def test_a_crash_on_encrypting_is_judged() -> None:
    def crash(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        return HttpAnswer(500, (), b"boom") if b"DeliveryDataList" in request.body else answer

    assert discover(setting(Door(change=crash))).claims.has("key-encryption")


def test_the_controls_are_always_sent() -> None:
    door = Door()
    found = discover(setting(door))
    bodies = b"".join(request.body for request in door.sent)
    assert found.unclaimed == () and b'"zzzz"' in bodies
    assert any(dict(request.headers)["X-Speke-Version"] == "9.9" for request in door.sent)
    known = set(SYSTEM_IDS.values())
    asked = [exchange_system(request) for request in door.sent]
    assert [one for one in asked if one not in known]


def exchange_system(request: HttpRequest) -> str:
    """The systemId that a probe asks for."""
    return request.body.decode().partition('systemId="')[2][:36]


def test_a_probe_names_nothing_by_its_content_id() -> None:
    door = Door()
    discover(setting(door))
    ids = {request.body.decode().partition('contentId="')[2].partition('"')[0] for request in door.sent}
    assert len(ids) == len(door.sent)
    assert not [one for one in ids for word in ("widevine", "cenc", "2.0", "cbcs") if word in one]
