"""Content keys of an answer: there once each, under their KID, with one clear value of 16 bytes."""

from __future__ import annotations

import pytest

from tests.checks.exchange import (
    KEY,
    Change,
    a_step,
    add,
    all_of,
    answered,
    as_it_is,
    attribute,
    drop,
    finds,
    refusal,
    says,
    status,
    text,
    twice,
)
from tests.refserver.asking import FAIRPLAY, KIDS, WIDEVINE, Ask

FIRST, SECOND = "(//cpix:ContentKey)[1]", "(//cpix:ContentKey)[2]"
VALUE = f"{FIRST}//pskc:PlainValue"
STRANGER = "11111111-2222-4333-8444-555555555555"

WRONG = [
    ("keys.list-not-empty", drop("//cpix:ContentKey"), "at least one ContentKey; seen: none"),
    ("keys.one-per-asked", drop(SECOND), f"a ContentKey for KID {KIDS[1]}; seen: 1 ContentKey, none of them for that"),
    (
        "keys.none-added",
        all_of(twice(SECOND), attribute(SECOND, "kid", STRANGER)),
        f"extra ContentKey for KID {STRANGER}",
    ),
    ("keys.kid-present", attribute(FIRST, "kid", None), "a kid; seen: none"),
    ("keys.kid-present", attribute(FIRST, "kid", ""), "a kid; seen: an empty one"),
    ("keys.kid-is-uuid", attribute(FIRST, "kid", KIDS[0].replace("-", "")), "only the hyphens or braces are wrong"),
    ("keys.kid-is-uuid", attribute(FIRST, "kid", f"{{{KIDS[0]}}}"), "only the hyphens or braces are wrong"),
    ("keys.kid-is-uuid", attribute(FIRST, "kid", "key-1"), "a UUID in the form 8-4-4-4-12; seen: 'key-1'"),
    ("keys.kids-unique", attribute(SECOND, "kid", KIDS[0].upper()), f"seen: KID {KIDS[0]} once more"),
    ("keys.scheme-echoed", attribute(FIRST, "commonEncryptionScheme", "cenc"), "'cbcs'; seen: 'cenc'"),
    ("keys.scheme-echoed", attribute(FIRST, "commonEncryptionScheme", "CBCS"), "'cbcs'; seen: 'CBCS'"),
    ("keys.scheme-echoed", attribute(FIRST, "commonEncryptionScheme", None), "'cbcs'; seen: no such attribute"),
    ("keys.secret-present", drop(f"{FIRST}/cpix:Data"), "a Data child with the key in it; seen: no Data"),
    ("keys.secret-present", drop(f"{FIRST}//pskc:Secret"), "a pskc:Secret in Data; seen: none"),
    ("keys.secret-present", drop(VALUE), "seen: neither"),
    ("keys.secret-present", text(VALUE, ""), "seen: an empty pskc:PlainValue"),
    ("keys.secret-present", text(VALUE, " \n "), "seen: an empty pskc:PlainValue"),
    ("keys.secret-has-one-value", twice(VALUE), "1 Data, 1 pskc:Secret, 2 pskc:PlainValue, 0 pskc:EncryptedValue"),
    ("keys.secret-has-one-value", twice(f"{FIRST}//pskc:Secret"), "2 pskc:Secret"),
    ("keys.secret-has-one-value", twice(f"{FIRST}/cpix:Data"), "2 Data"),
    ("keys.clear-by-default", add(f"{FIRST}//pskc:Secret", "<pskc:EncryptedValue/>"), "no recipient who could decrypt"),
    ("keys.value-is-base64", text(VALUE, KEY.hex()[:-1]), "written in hexadecimal digits"),
    ("keys.value-is-base64", text(VALUE, KIDS[5]), "written like a UUID"),
    ("keys.value-is-base64", text(VALUE, "ZGVmZ2hpamtsbW5vcHFycw"), "unpadded base64"),
    ("keys.value-is-base64", text(VALUE, "_-VmZ2hpamtsbW5vcHFycw=="), "url-safe"),
    ("keys.value-canonical", text(VALUE, "ZGVmZ2hpamtsbW5vcHFycx=="), "unused bits of zero; seen: other bits set"),
    ("keys.value-is-16-bytes", text(VALUE, KEY[:15]), f"key of KID {KIDS[0]} is 16 bytes long; seen: 15 bytes"),
    ("keys.value-is-16-bytes", text(VALUE, KEY + b"x"), "seen: 17 bytes"),
    ("keys.value-is-16-bytes", text(VALUE, KEY.hex().encode()), "32 bytes The bytes are text in hexadecimal digits"),
    ("keys.value-is-16-bytes", text(VALUE, b"ZGVmZ2hpamtsbW5vcHFycw=="), "24 bytes The bytes are base64 text of 16"),
    ("keys.no-dependent-keys", attribute(FIRST, "dependsOnKey", KIDS[1]), "no dependsOnKey"),
]

HARMLESS = [
    ("keys.one-per-asked", attribute(FIRST, "kid", KIDS[0].upper())),
    ("keys.none-added", attribute(FIRST, "kid", KIDS[0].upper())),
    ("keys.kid-is-uuid", attribute(FIRST, "kid", KIDS[0].upper())),
    ("keys.kids-unique", attribute(FIRST, "kid", STRANGER)),
    ("keys.value-is-base64", text(VALUE, "ZGVmZ2hp\n  amtsbW5v\r\ncHFycw==")),
    ("keys.value-canonical", text(VALUE, "ZGVmZ2hp amtsbW5vcHFycw==")),
    ("keys.value-is-16-bytes", text(VALUE, "\nZGVmZ2hpamtsbW5vcHFycw==\n")),
]


@pytest.mark.parametrize(("check", "change", "words"), WRONG)
def test_a_wrong_answer_is_found(check: str, change: Change, words: str) -> None:
    assert words in finds(check, change)


@pytest.mark.parametrize(("check", "change"), HARMLESS)
def test_a_harmless_answer_is_left_alone(check: str, change: Change) -> None:
    assert finds(check, change) == ""


def test_an_empty_list_is_one_finding_and_not_one_more_for_each_key() -> None:
    assert finds("keys.one-per-asked", drop("//cpix:ContentKey")).startswith("not applicable")


def test_what_the_request_repeats_is_not_held_against_the_server() -> None:
    ask = Ask(contract=(("VIDEO", "<cpix:VideoFilter/>"),) * 2).edited((KIDS[1], KIDS[0]))
    assert says("keys.kids-unique", answered(Ask(), attribute(SECOND, "kid", KIDS[0]), asked=ask)) == ""


@pytest.mark.parametrize("child", ["cpix:Issuer", "pskc:Policy", "cpix:Extensions"])
def test_children_that_cpix_2_4_dropped_are_found(child: str) -> None:
    change = add(FIRST, f"<{child}/>")
    assert child.partition(":")[2] in finds("keys.no-dropped-children", change, Ask(version="2.1"))
    assert says("keys.no-dropped-children", answered(Ask(), change)) == "is not asked of such a request"


HLS_METHOD = Ask(version="2.1", scheme="SAMPLE-AES", systems=(WIDEVINE,), explicit_iv=None)
FOR_FAIRPLAY = Ask(version="2.1", scheme="SAMPLE-AES", systems=(FAIRPLAY,), explicit_iv=None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (attribute("//cpix:ContentKey", "commonEncryptionScheme", "SAMPLE-AES"), ""),
        (attribute("//cpix:ContentKey", "commonEncryptionScheme", "cbcs"), "'SAMPLE-AES'; seen: 'cbcs'"),
        (refusal(422, f"ContentKey@commonEncryptionScheme non compatible with DRMSystem {WIDEVINE}"), ""),
        (refusal(422, "no"), "non compatible with DRMSystem"),
        (status(301), "untestable: the server answered 301"),
    ],
)
def test_an_hls_method_is_echoed_or_refused_in_the_right_words(change: Change, words: str) -> None:
    said = says("keys.hls-method-echoed", answered(Ask(version="2.1", systems=(WIDEVINE,)), change, asked=HLS_METHOD))
    assert (words in said) if words else said == ""


@pytest.mark.parametrize(("change", "words"), [(as_it_is, "accepted"), (refusal(400), "refused with 400")])
def test_fairplay_with_an_hls_method_is_recorded_whatever_becomes_of_it(change: Change, words: str) -> None:
    context = answered(Ask(version="2.1", systems=(FAIRPLAY,)), change, asked=FOR_FAIRPLAY)
    assert f"FairPlay with SAMPLE-AES: {words}" in says("keys.hls-method-for-fairplay", context)
    assert not says("keys.hls-method-echoed", context).startswith("body")


def test_encrypted_keys_are_measured_after_decryption() -> None:
    context = answered(recipients=("rsa-2048",))
    assert says("keys.value-is-16-bytes", context) == ""
    nobody = answered(recipients=("rsa-2048",), step=a_step())
    assert says("keys.value-is-16-bytes", nobody).startswith("untestable: no content key of the answer can be read")
