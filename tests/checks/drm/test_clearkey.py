"""Clear Key AES-128: its key tag, and what its address hands out to a player."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from conformance.checks.context import Context
from conformance.checks.drm.clearkey_fetch import ORIGIN, address_of
from conformance.model import Exchange, HttpAnswer, HttpRequest, TransportFailure
from tests.checks.drm.signalling import KID, MEDIA, PSSH, asking, written
from tests.checks.exchange import KEY, Change, a_step, answered, attribute, drop, finds, looked_at, says, text
from tests.drm.builders import box
from tests.refserver.asking import CLEARKEY, WIDEVINE

ASK = asking(CLEARKEY, MEDIA, "cbc1")
TAG = '#EXT-X-KEY:METHOD={},URI="{}"{}'
URL = "https://keys.example/1"

WRONG = [
    (
        "clearkey.method-key-format-and-uri",
        TAG.format("SAMPLE-AES", URL, ""),
        "METHOD=AES-128; seen: METHOD=SAMPLE-AES",
    ),
    ("clearkey.method-key-format-and-uri", TAG.format("AES-128", URL, ',KEYFORMAT="x"'), 'seen: KEYFORMAT="x"'),
    ("clearkey.method-key-format-and-uri", TAG.format("AES-128", "http://keys.example/1", ""), "an absolute https URI"),
    (
        "clearkey.method-key-format-and-uri",
        TAG.format("AES-128", "/keys/1", ""),
        "an absolute https URI; seen: '/keys/1'",
    ),
    ("clearkey.key-format-not-empty", TAG.format("AES-128", URL, ',KEYFORMAT=""'), 'seen: KEYFORMAT=""'),
]

HARMLESS = [
    ("clearkey.method-key-format-and-uri", TAG.format("AES-128", URL, "")),
    ("clearkey.method-key-format-and-uri", TAG.format("AES-128", "HTTPS://keys.example", ',KEYFORMAT="identity"')),
    ("clearkey.method-key-format-and-uri", TAG.format("AES-128", URL, ',KEYFORMAT=""')),
    ("clearkey.key-format-not-empty", TAG.format("AES-128", URL, "")),
]


@pytest.mark.parametrize(("check", "tag", "words"), WRONG)
def test_a_wrong_tag_is_found(check: str, tag: str, words: str) -> None:
    assert words in finds(check, written(tag, CLEARKEY), ASK)


@pytest.mark.parametrize(("check", "tag"), HARMLESS)
def test_a_harmless_tag_is_left_alone(check: str, tag: str) -> None:
    assert finds(check, written(tag, CLEARKEY), ASK) == ""


DASHIF = "e2719d58-a985-b3c9-781a-b030af78d30e"


@pytest.mark.parametrize(
    ("content", "right"),
    [
        (box(system=UUID(DASHIF), version=1, kids=[KID]), True),
        (box(system=UUID(DASHIF)), False),
        (box(system=UUID(DASHIF), version=1), False),
        (box(b"{}", system=UUID(DASHIF), version=1, kids=[KID]), False),
    ],
)
def test_the_box_of_dash_ifs_clear_key_lists_kids_and_nothing_else(content: bytes, right: bool) -> None:
    renamed = attribute("//cpix:DRMSystem", "systemId", DASHIF)
    asked = asking(WIDEVINE, PSSH).edited((WIDEVINE, DASHIF))
    context = answered(asking(WIDEVINE, PSSH), renamed, text("//cpix:PSSH", content), asked=asked)
    said = says("clearkey-dashif.box-lists-kids", context)
    assert said == "" if right else "version 1 with KIDs and without Data; seen: version" in said


# --- what the address hands out

CHECK = "clearkey.uri-returns-key"
KNOWN = text("(//pskc:PlainValue)[1]", KEY)


def fetched(
    body: bytes = KEY,
    code: int = 200,
    allowed: str | None = "*",
    *,
    url: str = "",
    failure: TransportFailure | None = None,
    before: Change = KNOWN,
) -> str:
    """What is said of the answer that a player gets from the address in a tag."""
    ask: Context = answered(ASK, before, step=a_step(ASK, id="ask"))
    address = address_of(ask)
    headers = (("Access-Control-Allow-Origin", allowed),) if allowed else ()
    request = HttpRequest("GET", url or (address[0] if address else ""), ())
    step = a_step(id="fetch")
    step = replace(step, plan=replace(step.plan, follow="ask"))
    exchange = Exchange(request, None if failure else HttpAnswer(code, headers, body), failure)
    return says(CHECK, looked_at(exchange, step, [ask]))


@pytest.mark.parametrize("allowed", ["*", ORIGIN])
def test_the_address_returns_the_key_to_players_in_browsers(allowed: str) -> None:
    assert fetched(allowed=allowed) == ""


def test_what_is_wrong_with_the_key_is_told_without_spelling_it_out() -> None:
    assert "200 with the content key; seen: 404" in fetched(code=404)
    assert f"the 16 bytes of the content key of KID {KID}; seen: 32 bytes" in fetched(KEY.hex().encode())
    assert "seen: 16 other bytes" in fetched(bytes(16))
    assert f"* or {ORIGIN}; seen: no such header" in fetched(allowed=None)
    assert "https://other.example" in fetched(allowed="https://other.example")


def test_what_cannot_be_fetched_is_open() -> None:
    assert "cannot be reached: no route" in fetched(failure=TransportFailure("refused", "no route"))
    assert "is not the one in the answer" in fetched(url="https://other.example/")
    assert fetched(before=drop("//cpix:HLSSignalingData")).startswith("untestable: the answer has no Clear Key tag")
