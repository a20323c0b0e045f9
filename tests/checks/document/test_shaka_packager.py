"""What Shaka Packager's CPIX reader wants; a defect that the request already had is the encryptor's own."""

from __future__ import annotations

import pytest

from tests.checks.exchange import (
    KEY,
    Change,
    a_step,
    answered,
    as_it_is,
    attribute,
    drop,
    finds,
    payload,
    says,
    text,
)
from tests.refserver.asking import IRDETO, KIDS, PLAYREADY, WIDEVINE, Ask

CONTENT_KEY, SECOND, RULE = "(//cpix:ContentKey)[1]", "(//cpix:ContentKey)[2]", "(//cpix:ContentKeyUsageRule)[1]"
BOX = f"(//cpix:DRMSystem[@systemId='{WIDEVINE}'])[1]/cpix:PSSH"
IRDETO_BOX = bytes.fromhex("000000207073736800000000" + IRDETO.replace("-", "") + "00000000")
STRANGER = "11111111-2222-4333-8444-555555555555"
BORDERS = Ask(
    contract=(
        ("SD", '<cpix:VideoFilter maxPixels="442368"/>'),
        ("HD", '<cpix:VideoFilter minPixels="442369" maxPixels="2073600"/>'),
        ("UHD", '<cpix:VideoFilter minPixels="2073601"/>'),
    )
)
OTHER_BORDERS = Ask(
    contract=(("SD", '<cpix:VideoFilter maxPixels="589824"/>'), ("HD", '<cpix:VideoFilter minPixels="589825"/>'))
)

WRONG = [
    (
        "shaka.kids-are-uuids",
        attribute(RULE, "kid", "key-1"),
        Ask(),
        "ContentKeyUsageRule[1]/@kid: a UUID; seen: 'key-1'",
    ),
    ("shaka.kids-are-uuids", attribute(CONTENT_KEY, "kid", None), Ask(), "a UUID; seen: none"),
    (
        "shaka.kids-unique",
        attribute(SECOND, "kid", KIDS[0]),
        Ask(),
        f"one ContentKey for KID {KIDS[0]}; seen: 2 of them",
    ),
    ("shaka.references-known", attribute(RULE, "kid", STRANGER), Ask(), f"seen: '{STRANGER}'"),
    ("shaka.references-known", attribute("(//cpix:DRMSystem)[1]", "kid", STRANGER), Ask(), f"seen: '{STRANGER}'"),
    (
        "shaka.keys-16-bytes",
        text("(//pskc:PlainValue)[1]", KEY[:15]),
        Ask(),
        f"16 bytes for KID {KIDS[0]}; seen: 15 bytes",
    ),
    ("shaka.ivs-8-or-16-bytes", attribute(CONTENT_KEY, "explicitIV", "AAAA"), Ask(), "8 or 16 bytes; seen: 3 bytes"),
    ("shaka.ivs-8-or-16-bytes", attribute(CONTENT_KEY, "explicitIV", "?"), Ask(), "seen: no base64"),
    ("shaka.pssh-boxes-complete", payload(BOX, lambda box: box[:-1]), Ask(), f"complete pssh boxes of {WIDEVINE}"),
    ("shaka.pssh-boxes-complete", payload(BOX, lambda box: box + b"x"), Ask(), "1 byte after the last box"),
    ("shaka.pssh-boxes-complete", payload(BOX, lambda box: box + IRDETO_BOX), Ask(), f"a box of {IRDETO}"),
    ("shaka.pssh-boxes-complete", text(BOX, "?"), Ask(), "seen: no base64"),
    (
        "shaka.one-track-type-per-label",
        attribute(f"{RULE}/cpix:VideoFilter", "maxPixels", "442369"),
        BORDERS,
        "one intendedTrackType for HD; seen: 'HD', 'SD'",
    ),
    (
        "shaka.pixel-ranges-on-borders",
        attribute(f"{RULE}/cpix:VideoFilter", "maxPixels", "442367"),
        BORDERS,
        "bounds at 442368, 2073600 or 8847360 pixels; seen: 0 to 442367 pixels",
    ),
    ("shaka.keys-have-rules", drop(RULE), Ask(), f"a rule for KID {KIDS[0]}; seen: none"),
]

HARMLESS = [
    ("shaka.kids-are-uuids", attribute(RULE, "kid", KIDS[0].upper()), Ask()),
    ("shaka.references-known", attribute(RULE, "kid", KIDS[0].upper()), Ask()),
    ("shaka.ivs-8-or-16-bytes", attribute(CONTENT_KEY, "explicitIV", "ZGVmZ2hpams="), Ask()),
    ("shaka.ivs-8-or-16-bytes", attribute(CONTENT_KEY, "explicitIV", None), Ask()),
    ("shaka.pssh-boxes-complete", payload(BOX, lambda box: box + box), Ask()),
    ("shaka.pssh-boxes-complete", text(BOX, ""), Ask()),
    ("shaka.one-track-type-per-label", as_it_is, OTHER_BORDERS),
    ("shaka.pixel-ranges-on-borders", as_it_is, OTHER_BORDERS),
    ("shaka.pixel-ranges-on-borders", attribute("//*[@minPixels='2073601']", "maxPixels", "8847360"), BORDERS),
    ("shaka.keys-have-rules", attribute(f"//*[@kid='{KIDS[0]}']", "kid", STRANGER), Ask()),
    ("shaka.keys-16-bytes", as_it_is, Ask(systems=(PLAYREADY,))),
]


@pytest.mark.parametrize(("check", "change", "ask", "words"), WRONG)
def test_what_the_packager_stumbles_over_is_found(check: str, change: Change, ask: Ask, words: str) -> None:
    assert words in finds(check, change, ask)


@pytest.mark.parametrize(("check", "change", "ask"), HARMLESS)
def test_what_it_reads_is_left_alone(check: str, change: Change, ask: Ask) -> None:
    assert finds(check, change, ask) == ""


@pytest.mark.parametrize(
    ("check", "edit", "echo"),
    [
        ("shaka.kids-are-uuids", (KIDS[0], "key-1"), attribute(f"//*[@kid='{KIDS[0]}']", "kid", "key-1")),
        ("shaka.kids-unique", (KIDS[1], KIDS[0]), attribute(f"//*[@kid='{KIDS[1]}']", "kid", KIDS[0])),
        (
            "shaka.references-known",
            (f'Rule kid="{KIDS[0]}"', f'Rule kid="{STRANGER}"'),
            attribute(RULE, "kid", STRANGER),
        ),
        ("shaka.keys-have-rules", (f'Rule kid="{KIDS[0]}"', f'Rule kid="{KIDS[1]}"'), attribute(RULE, "kid", KIDS[1])),
    ],
)
def test_a_defect_of_the_request_is_the_encryptors_own(check: str, edit: tuple[str, str], echo: Change) -> None:
    assert says(check, answered(Ask(), echo, asked=Ask().edited(edit))) == ""


def test_audio_alone_has_no_pixels() -> None:
    audio = Ask(contract=(("AUDIO", "<cpix:AudioFilter/>"),))
    assert says("shaka.pixel-ranges-on-borders", answered(audio)).startswith("not applicable")


CIPHER = f"{CONTENT_KEY}//enc:CipherValue"


@pytest.mark.parametrize(
    ("check", "change", "words"),
    [
        ("shaka.encryption-readable", as_it_is, ""),
        (
            "shaka.encryption-readable",
            drop("//cpix:DeliveryData"),
            "a document key that the recipient can unwrap; seen: none",
        ),
        ("shaka.encryption-readable", payload(CIPHER, lambda value: value[:40]), "that can be decrypted; seen: none"),
        ("shaka.macs-verify", as_it_is, ""),
        ("shaka.macs-verify", payload(f"{CONTENT_KEY}//pskc:ValueMAC", lambda mac: mac[::-1]), "HMAC-SHA512"),
        ("shaka.macs-verify", drop("//cpix:MACMethod"), "not applicable: there is no MAC key"),
    ],
)
def test_an_encrypted_document_is_opened_as_the_packager_does(check: str, change: Change, words: str) -> None:
    said = says(check, answered(None, change, recipients=("rsa-2048",)))
    assert (words in said) if words else said == ""


def test_without_a_recipient_of_ours_nothing_can_be_opened() -> None:
    for check in ("shaka.encryption-readable", "shaka.macs-verify"):
        assert says(check, answered(recipients=("rsa-2048",), step=a_step())).startswith("not applicable")
