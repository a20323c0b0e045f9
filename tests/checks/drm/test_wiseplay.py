"""The JSON inside the box of WisePlay (ChinaDRM), member by member, and the URI that carries the box."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from tests.checks.drm.signalling import BOTH_LINES, KID, PSSH, SECOND_KID, asking, b64, data, line
from tests.checks.exchange import Change, answered, drop, finds, says
from tests.drm.builders import box
from tests.refserver.asking import WIDEVINE, WISEPLAY

ASK = asking(WISEPLAY, PSSH + BOTH_LINES)
OWN = b64(KID.bytes)
RIGHT = {"version": "V1.0", "kids": [OWN], "contentID": "ZmlsbS0x", "enschema": "cbcs"}


def holding(*gone: str, **members: object) -> Change:
    """The box holds the right members but for these."""
    left = {**{name: value for name, value in RIGHT.items() if name not in gone}, **members}
    return data(json.dumps(left).encode(), WISEPLAY)


WRONG = [
    ("wiseplay.data-parses", data(b"{", WISEPLAY), "a JSON object with kids and enschema"),
    ("wiseplay.data-parses", data(b"[]", WISEPLAY), "a JSON object with kids and enschema"),
    ("wiseplay.data-parses", holding(kids=OWN), "a JSON object with kids and enschema"),
    (
        "wiseplay.data-parses",
        data(json.dumps(RIGHT).encode("utf-16"), WISEPLAY),
        "a JSON object with kids and enschema",
    ),
    ("wiseplay.kids-readable", holding(kids=["?"]), "base64 of the 16 bytes of the KID in kids"),
    ("wiseplay.kids-readable", holding(kids=[OWN, "AAAA"]), "base64 of the 16 bytes of the KID in kids"),
    ("wiseplay.names-its-kid", holding(kids=[b64(SECOND_KID.bytes)]), f"{KID} in kids; seen: {SECOND_KID}"),
    ("wiseplay.names-its-kid", holding(kids=[b64(KID.bytes_le)]), "in the wrong order"),
    ("wiseplay.kids-given", holding("kids"), "at least one entry in kids; seen: none"),
    ("wiseplay.kids-given", holding(kids=[]), "at least one entry in kids; seen: none"),
    ("wiseplay.kids-as-bytes", holding(kids=[b64(KID.hex.encode())]), "base64 of its 32 hexadecimal digits"),
    ("wiseplay.scheme-defined", holding(enschema="cbc1"), "enschema cenc or cbcs; seen: enschema 'cbc1'"),
    ("wiseplay.scheme-agrees", holding(enschema="cenc"), "enschema cbcs; seen: cenc"),
    ("wiseplay.scheme-given", holding("enschema"), "enschema cbcs; seen: no enschema"),
    ("wiseplay.version-known", holding(version="V2.0"), "version V1.0; seen: version 'V2.0'"),
    ("wiseplay.version-known", holding("version"), "version V1.0; seen: none"),
    ("wiseplay.content-id-is-base64", holding(contentID="film 1!"), "contentID in base64"),
    ("wiseplay.members-known-and-once", holding(contentId="x"), "the members version, kids, contentID, enschema"),
    (
        "wiseplay.members-known-and-once",
        data(json.dumps(RIGHT).replace("}", ', "version": "V1.0"}').encode(), WISEPLAY),
        "each member once; seen: 'version' again",
    ),
]

HARMLESS = [
    ("wiseplay.data-parses", data(json.dumps(RIGHT, indent=2).encode(), WISEPLAY)),
    ("wiseplay.kids-readable", holding(kids=[b64(KID.hex.encode())])),
    ("wiseplay.names-its-kid", holding(kids=[b64(SECOND_KID.bytes), OWN])),
    ("wiseplay.names-its-kid", holding(kids=[b64(KID.hex.upper().encode())])),
    ("wiseplay.scheme-defined", holding(enschema="CENC")),
    ("wiseplay.scheme-agrees", holding(enschema="CBCS")),
    ("wiseplay.members-known-and-once", holding("contentID")),
]


@pytest.mark.parametrize(("check", "change", "words"), WRONG)
def test_wrong_data_are_found(check: str, change: Change, words: str) -> None:
    assert words in finds(check, change, ASK)


@pytest.mark.parametrize(("check", "change"), HARMLESS)
def test_harmless_data_are_left_alone(check: str, change: Change) -> None:
    assert finds(check, change, ASK) == ""


def uri(text: str) -> Change:
    """The key tag of the media playlist has this URI."""

    def edit(whole: str) -> str:
        before, _, after = whole.partition('URI="')
        return f'{before}URI="{text}"{after.partition(chr(34))[2]}'

    return line(edit, WISEPLAY, "media")


@pytest.mark.parametrize(
    ("check", "text", "words"),
    [
        ("wiseplay.hls-uri-is-pssh", "https://licence.example/", "a data URI with a whole pssh box"),
        ("wiseplay.hls-uri-is-pssh", f"data:text/plain;base64,{b64(box())}", f"seen: a box of {WIDEVINE}"),
        ("wiseplay.hls-uri-is-pssh", f"data:text/plain;base64,{b64(box(system=UUID(WISEPLAY)))}", ""),
        (
            "wiseplay.hls-uri-equals-pssh",
            f"data:text/plain;base64,{b64(box(system=UUID(WISEPLAY)))}",
            "the bytes of the PSSH",
        ),
    ],
)
def test_the_tag_carries_the_box(check: str, text: str, words: str) -> None:
    said = finds(check, uri(text), ASK)
    assert (words in said) if words else said == ""


def test_the_right_answer_is_right_in_both_schemes() -> None:
    for scheme in ("cbcs", "cenc"):
        context = answered(asking(WISEPLAY, PSSH + BOTH_LINES, scheme))
        for check in sorted(
            {check for check, *_ in WRONG} | {"wiseplay.hls-uri-is-pssh", "wiseplay.hls-uri-equals-pssh"}
        ):
            assert says(check, context) == "", check
    without = answered(ASK, drop("//cpix:PSSH"))
    assert says("wiseplay.hls-uri-equals-pssh", without).startswith("not applicable")
