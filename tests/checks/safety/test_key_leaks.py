"""A content key outside its element, in whatever notation: in signalling, attributes, texts and headers."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from conformance.checks.safety.key_leaks import texts_beside_keys
from tests.checks.exchange import (
    KEY,
    SECOND_KEY,
    Change,
    add,
    all_of,
    answered,
    at,
    attribute,
    drop,
    finds,
    header,
    payload,
    says,
    text,
)
from tests.refserver.asking import CLEARKEY, KIDS, PLAYREADY, WIDEVINE, Ask

KNOWN = all_of(text("(//pskc:PlainValue)[1]", KEY), text("(//pskc:PlainValue)[2]", SECOND_KEY))
"""Keys that the test knows, in place of those that the server made."""
HEX, B64 = KEY.hex(), base64.b64encode(KEY).decode()
GUID = KEY[3::-1] + KEY[5:3:-1] + KEY[7:5:-1] + KEY[8:]
OWN = f"the content key of KID {KIDS[0]}"
WIDEVINE_BOX = f"(//cpix:DRMSystem[@systemId='{WIDEVINE}'])[1]/cpix:PSSH"
FRAGMENT = f"(//cpix:DRMSystem[@systemId='{WIDEVINE}'])[1]/cpix:ContentProtectionData"
LINE = f"(//cpix:DRMSystem[@systemId='{WIDEVINE}'])[1]/cpix:HLSSignalingData[1]"
CLEAR = Ask(systems=(CLEARKEY,), scheme="cbc1", signals='<cpix:HLSSignalingData playlist="media"/>')
TAG = f"(//cpix:DRMSystem[@systemId='{CLEARKEY}'])[1]/cpix:HLSSignalingData[1]"


def append(path: str, piece: str | bytes) -> Change:
    """Put something behind a payload."""
    return payload(path, lambda data: data + (piece if isinstance(piece, bytes) else piece.encode()))


def behind(piece: str) -> Change:
    """Put something behind the document."""
    return lambda answer: replace(answer, body=answer.body + piece.encode())


IN_SIGNALLING = [
    (append(WIDEVINE_BOX, KEY), "as raw bytes"),
    (append(WIDEVINE_BOX, GUID), "GUID"),
    (append(WIDEVINE_BOX, HEX), "hex"),
    (append(FRAGMENT, f"<x xmlns='urn:x'>{HEX.upper()}</x>"), "hex"),
    (append(FRAGMENT, f"<x xmlns='urn:x'>{B64}</x>"), "base64"),
    (append(LINE, f"\n#EXT-X-OWN:KEY={HEX}"), "hex"),
    (append(LINE, f"\n#EXT-X-OWN:URI=https://x/?k={B64.replace('=', '%3D')}"), "base64"),
]


@pytest.mark.parametrize(("change", "words"), IN_SIGNALLING)
def test_a_key_in_drm_signalling_is_found(change: Change, words: str) -> None:
    said = says("leaks.no-key-in-signalling", answered(None, KNOWN, change))
    assert f"no content key; seen: {OWN}" in said and words in said


def test_a_key_in_the_utf_16_of_a_playready_header_is_found() -> None:
    box = f"(//cpix:DRMSystem[@systemId='{PLAYREADY}'])[1]/cpix:PSSH"
    said = says("leaks.no-key-in-signalling", answered(None, KNOWN, append(box, HEX.encode("utf-16-le"))))
    assert OWN in said


def test_right_signalling_holds_no_key() -> None:
    assert says("leaks.no-key-in-signalling", answered()) == ""
    assert says("leaks.no-key-in-signalling", answered(None, drop("//cpix:DRMSystem/*"))).startswith("not applicable")


def test_a_key_of_another_kid_is_named_by_its_kid() -> None:
    said = says("leaks.no-key-in-signalling", answered(None, KNOWN, append(WIDEVINE_BOX, SECOND_KEY)))
    assert f"the content key of KID {KIDS[1]}" in said and KIDS[0] in said


@pytest.mark.parametrize(
    "line",
    [
        f'#EXT-X-KEY:METHOD=AES-128,URI="https://keys.example/{HEX}"',
        f'#EXT-X-KEY:METHOD=AES-128,URI="data:text/plain;base64,{B64}"',
    ],
)
def test_the_uri_of_clear_key_hands_out_the_key(line: str) -> None:
    assert finds("leaks.no-key-in-signalling", text(TAG, line.encode()), CLEAR) == ""


@pytest.mark.parametrize(
    "line",
    [
        f'#EXT-X-KEY:METHOD=AES-128,URI="https://keys.example/1",IV=0x{HEX}',
        f'#EXT-X-KEY:METHOD=AES-128,URI="https://keys.example/1"\n#EXT-X-OWN:{HEX}',
    ],
)
def test_nothing_else_in_the_tag_of_clear_key_may_show_it(line: str) -> None:
    one = Ask(systems=(CLEARKEY,), scheme="cbc1", signals=CLEAR.signals)
    assert OWN in says("leaks.no-key-in-signalling", answered(one, KNOWN, text(TAG, line.encode())))


ELSEWHERE = [
    (header("X-Debug", HEX), "header X-Debug"),
    (attribute("(//cpix:ContentKey)[1]", "id", f"k-{HEX}"), "/CPIX/ContentKeyList/ContentKey[1]/@id"),
    (attribute("(//cpix:ContentKey)[1]", "explicitIV", B64), "ContentKey[1]/@explicitIV"),
    (add("(//cpix:DRMSystem)[1]", f'<x xmlns="urn:x">{B64}</x>'), "DRMSystem[1]/"),
    (at("(//cpix:DRMSystem)[1]", lambda element: setattr(element, "tail", f" {HEX} ")), "/CPIX/DRMSystemList"),
    (behind(f"<!-- {B64} -->"), "/CPIX/comment()"),
    (behind(f"<?key {HEX}?>"), "/CPIX/processing-instruction()"),
]


@pytest.mark.parametrize(("change", "where"), ELSEWHERE)
def test_a_key_elsewhere_in_the_answer_is_found_with_its_place(change: Change, where: str) -> None:
    said = says("leaks.no-key-outside-its-element", answered(None, KNOWN, change))
    assert said.startswith((where, f"/CPIX/DRMSystemList/{where}", f"/CPIX/ContentKeyList/{where}")), said
    assert OWN in said


def test_a_key_in_its_own_place_is_right() -> None:
    assert says("leaks.no-key-outside-its-element", answered(None, KNOWN)) == ""
    assert says("leaks.no-key-outside-its-element", answered(recipients=("rsa-2048",))) == ""


def test_no_finding_spells_the_key_out() -> None:
    for change, _ in (*IN_SIGNALLING, *ELSEWHERE):
        context = answered(None, KNOWN, change)
        for check in ("leaks.no-key-in-signalling", "leaks.no-key-outside-its-element"):
            assert HEX not in says(check, context).lower() and B64 not in says(check, context)


def test_texts_beside_keys_leave_keys_and_payloads_out() -> None:
    right = answered(None, KNOWN)
    told = {value for _, _, value in texts_beside_keys(right.document.element, right.answer.body)}
    assert B64 not in told and {"film-1", KIDS[0], "VIDEO", "media"} <= told
