"""Forms that MediaPackage's guide asks for; other encryptors leave them free."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from tests.checks.drm.signalling import BOTH_LINES, KID, PSSH, asking, b64, data, line
from tests.checks.exchange import Change, finds
from tests.drm.builders import field, header_40, pro
from tests.refserver.asking import FAIRPLAY, PLAYREADY, WIDEVINE, Ask

WV, FP = asking(WIDEVINE, PSSH + BOTH_LINES), asking(FAIRPLAY, BOTH_LINES)
PR = asking(PLAYREADY, PSSH + BOTH_LINES, "cenc")
IV = b64(bytes(16))


def tag(edit: Callable[[str], str], system: str = WIDEVINE) -> Change:
    return line(edit, system, "media")


def skd(content: bytes) -> Change:
    """The skd URI holds these bytes in base64."""

    def edit(whole: str) -> str:
        before, _, after = whole.partition("skd://")
        return f"{before}skd://{base64.b64encode(content).decode()}{after[after.index(chr(34)) :]}"

    return tag(edit, FAIRPLAY)


def members(**named: object) -> Change:
    right = {"ContentId": "film-1", "KeyId": str(KID), "IV": IV}
    return skd(json.dumps({name: value for name, value in {**right, **named}.items() if value is not None}).encode())


WRONG = [
    ("hls.no-scheme-attribute", tag(lambda text: f'{text},SCHEME="cbcs"'), WV, "no attribute SCHEME; seen: one"),
    (
        "widevine.hls-media-type-plain",
        tag(lambda text: text.replace("text/plain", "text/plain;charset=UTF-8")),
        WV,
        "data:text/plain;base64,",
    ),
    (
        "playready.hls-attribute-order",
        tag(
            lambda text: text.replace(
                'KEYFORMAT="com.microsoft.playready",KEYFORMATVERSIONS="1"',
                'KEYFORMATVERSIONS="1",KEYFORMAT="com.microsoft.playready"',
            ),
            PLAYREADY,
        ),
        PR,
        "METHOD, KEYFORMAT, KEYFORMATVERSIONS, URI; seen: METHOD, KEYFORMATVERSIONS, KEYFORMAT, URI",
    ),
    (
        "fairplay.no-iv-attribute",
        tag(lambda text: f"{text},IV=0x{bytes(range(16)).hex()}", FAIRPLAY),
        FP,
        "no attribute IV; seen: one",
    ),
    ("fairplay.skd-is-json", skd(b"film-1"), FP, "base64 of a JSON object after skd://"),
    ("fairplay.skd-is-json", skd(b"[1]"), FP, "base64 of a JSON object after skd://"),
    (
        "fairplay.skd-is-json",
        tag(lambda text: text.replace("skd://", "skd://!"), FAIRPLAY),
        FP,
        "base64 of a JSON object",
    ),
    ("fairplay.skd-is-json", members(ContentId=None), FP, "in the JSON object; seen: without ContentId"),
    ("fairplay.skd-is-json", members(ContentId=""), FP, "without ContentId"),
    ("fairplay.skd-is-json", members(KeyId=KID.hex), FP, "KeyId as a UUID with hyphens"),
    ("fairplay.skd-is-json", members(IV="AAAA"), FP, "IV as base64 of 16 bytes"),
    ("playready.licence-url-given", data(pro(header_40(KID)), PLAYREADY), PR, "a LA_URL; seen: none"),
    (
        "playready.licence-url-given",
        data(pro(header_40(KID, "<LA_URL></LA_URL>")), PLAYREADY),
        PR,
        "a LA_URL; seen: none",
    ),
    ("widevine.provider-given", data(field(2, KID.bytes)), WV, "a provider; seen: none"),
]

HARMLESS = [
    ("hls.no-scheme-attribute", tag(lambda text: f"{text},KEYID=0x{KID.hex}"), WV),
    ("widevine.hls-media-type-plain", tag(lambda text: text.replace("text/plain", "TEXT/plain")), WV),
    (
        "playready.hls-attribute-order",
        tag(lambda text: text.replace("#EXT-X-KEY:", f"#EXT-X-KEY:KEYID=0x{KID.hex},"), PLAYREADY),
        PR,
    ),
    ("fairplay.skd-is-json", members(Extra="x"), FP),
    ("fairplay.skd-is-json", tag(lambda text: text.replace("skd://", "fps://"), FAIRPLAY), FP),
    ("fairplay.skd-is-json", members(KeyId=str(KID).upper()), FP),
    ("playready.licence-url-given", data(pro(header_40(KID, "<LA_URL>https://x/</LA_URL>")), PLAYREADY), PR),
    ("widevine.provider-given", data(field(2, KID.bytes) + field(3, b"me")), WV),
]


@pytest.mark.parametrize(("check", "change", "ask", "words"), WRONG)
def test_another_form_is_found(check: str, change: Change, ask: Ask, words: str) -> None:
    assert words in finds(check, change, ask)


@pytest.mark.parametrize(("check", "change", "ask"), HARMLESS)
def test_what_the_guide_does_not_name_is_free(check: str, change: Change, ask: Ask) -> None:
    assert finds(check, change, ask) == ""
