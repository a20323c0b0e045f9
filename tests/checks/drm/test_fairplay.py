"""FairPlay: its key tags and the skd URI, whose form is free and whose KID is not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from tests.checks.drm.signalling import BOTH_LINES, KID, SECOND_KID, STRANGER, asking, line
from tests.checks.exchange import answered, finds, says
from tests.refserver.asking import FAIRPLAY, WIDEVINE

ASK = asking(FAIRPLAY, BOTH_LINES)


def uri(text: str) -> Callable[[str], str]:
    """The key tag with this URI."""

    def edit(whole: str) -> str:
        before, _, after = whole.partition('URI="')
        return f'{before}URI="{text}"{after.partition(chr(34))[2]}'

    return edit


def in_hex(whole: str) -> str:
    """The key tag with the IV of its JSON object in hexadecimal."""
    before, _, after = whole.partition("skd://")
    body, quote, rest = after.partition(chr(34))
    members = json.loads(base64.b64decode(body))
    members["IV"] = "0x" + base64.b64decode(members["IV"]).hex().upper()
    return f"{before}{skd(**members)}{quote}{rest}"


def skd(**members: str) -> str:
    return "skd://" + base64.b64encode(json.dumps(members).encode()).decode()


WRONG = [
    (
        "fairplay.method-and-key-format",
        lambda text: text.replace("SAMPLE-AES", "AES-128"),
        "METHOD SAMPLE-AES; seen: METHOD AES-128",
    ),
    ("fairplay.method-and-key-format", lambda text: text.replace("SAMPLE-AES", "SAMPLE-AES-CTR"), "SAMPLE-AES-CTR"),
    (
        "fairplay.method-and-key-format",
        lambda text: text.replace("streamingkeydelivery", "x"),
        "seen: KEYFORMAT com.apple.x",
    ),
    (
        "fairplay.method-and-key-format",
        lambda text: text.replace(',KEYFORMAT="com.apple.streamingkeydelivery"', ""),
        "seen: no KEYFORMAT",
    ),
    ("fairplay.uri-is-skd", uri("https://x/"), "an skd:// URI; seen: the scheme 'https'"),
    ("fairplay.uri-is-skd", uri("skd:"), "seen: a text without ://"),
    ("fairplay.uri-is-skd", uri("skd://"), "something after skd://; seen: nothing"),
    ("fairplay.uri-names-no-other-key", uri(f"skd://{SECOND_KID}"), f"another KID of the document: {SECOND_KID}"),
    ("fairplay.uri-names-no-other-key", uri(f"skd://{SECOND_KID.hex}"), f"another KID of the document: {SECOND_KID}"),
    ("fairplay.uri-names-no-other-key", uri(skd(KeyId=str(SECOND_KID))), f"another KID of the document: {SECOND_KID}"),
    ("fairplay.uri-names-no-foreign-uuid", uri(f"skd://{STRANGER}"), f"another UUID: {STRANGER}"),
    ("fairplay.uri-iv-is-explicit-iv", uri(skd(KeyId=str(KID), IV="A" * 22 + "==")), "the explicitIV of the key as IV"),
    ("fairplay.uri-iv-is-explicit-iv", uri(skd(iv="0x" + "00" * 16)), "seen: another value"),
    ("fairplay.uri-iv-is-explicit-iv", uri(f"skd://{KID}:{'00' * 16}"), "seen: another value"),
]

HARMLESS = [
    ("fairplay.uri-is-skd", uri("SKD://anything")),
    ("fairplay.uri-names-no-other-key", uri(f"skd://{KID}:0011")),
    ("fairplay.uri-names-no-other-key", uri(f"skd://{str(KID).upper()}")),
    ("fairplay.uri-names-no-other-key", uri(skd(ContentId=str(SECOND_KID), KeyId=str(KID)))),
    ("fairplay.uri-names-no-foreign-uuid", uri(skd(ContentId=str(STRANGER), KeyId=str(KID)))),
    ("fairplay.uri-names-no-foreign-uuid", uri(f"skd://{SECOND_KID}")),
    ("fairplay.uri-iv-is-explicit-iv", str),
    ("fairplay.uri-iv-is-explicit-iv", in_hex),
    ("fairplay.uri-iv-is-explicit-iv", uri(f"skd://{STRANGER}:{KID.hex}")),
]


@pytest.mark.parametrize(("check", "edit", "words"), WRONG)
def test_a_wrong_tag_is_found(check: str, edit: Callable[[str], str], words: str) -> None:
    assert words in finds(check, line(edit, FAIRPLAY), ASK)


@pytest.mark.parametrize(("check", "edit"), HARMLESS)
def test_a_harmless_tag_is_left_alone(check: str, edit: Callable[[str], str]) -> None:
    assert finds(check, line(edit, FAIRPLAY), ASK) == ""


def test_both_lines_have_one_uri() -> None:
    check = "fairplay.uri-same-in-both-lines"
    other = line(uri("skd://other"), FAIRPLAY, "master")
    assert "the URI of the line for the media playlist" in finds(check, other, ASK)
    assert finds(check, line(uri("skd://other"), FAIRPLAY), ASK) == ""
    assert says(check, answered(asking(WIDEVINE, BOTH_LINES))) == "is not asked of such a request"


def test_without_a_uri_there_is_nothing_to_read() -> None:
    gone = line(lambda text: text.replace(text[text.index(",URI=") : text.index(",KEYFORMAT=")], ""), FAIRPLAY)
    for check in ("fairplay.uri-is-skd", "fairplay.uri-names-no-other-key"):
        assert finds(check, gone, ASK) == "", check  # the other key's tags are there
