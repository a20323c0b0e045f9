"""What the DeliveryDataList holds for each recipient: its certificate, its id, and a document key for it."""

from __future__ import annotations

import pytest

from conformance.refserver import Config, Recipe
from tests.checks.exchange import (
    RING,
    Change,
    add,
    all_of,
    answered,
    as_it_is,
    at,
    attribute,
    claims,
    drop,
    finds,
    payload,
    says,
    text,
    twice,
)
from tests.refserver.asking import KIDS, Ask

ONE, BOTH = ("rsa-2048",), ("rsa-2048", "rsa-2048-b")
FIRST, SECOND = "(//cpix:DeliveryData)[1]", "(//cpix:DeliveryData)[2]"
DOCUMENT_KEY = f"{FIRST}/cpix:DocumentKey"
CIPHER = f"{DOCUMENT_KEY}//enc:CipherValue"
OAEP = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"

WRONG = [
    ("encryption.delivery-data-per-recipient", drop(FIRST), "a DeliveryData for the recipient"),
    (
        "encryption.certificate-unchanged",
        payload(f"{FIRST}//ds:X509Certificate", lambda der: der[:-1] + b"\0"),
        "the certificate as it was sent",
    ),
    (
        "encryption.certificate-unchanged",
        all_of(
            twice(f"{FIRST}//ds:X509Certificate"),
            payload("(//ds:X509Certificate)[2]", lambda der: der[:-1] + b"\0"),
        ),
        "the certificate that was sent; seen: 1 more beside it",
    ),
    (
        "encryption.delivery-data-id-unchanged",
        attribute(FIRST, "id", "mine"),
        "the id 'origin0'; seen: none with that id",
    ),
    ("encryption.no-recipient-added", twice(FIRST), "1 DeliveryData; seen: 1 more"),
    ("encryption.delivery-key-has-certificate", drop("//ds:X509Certificate"), "a ds:X509Certificate in DeliveryKey"),
    ("encryption.one-document-key", drop(DOCUMENT_KEY), "a DocumentKey; seen: none"),
    ("encryption.one-document-key", twice(DOCUMENT_KEY), "one DocumentKey; seen: 2"),
    (
        "encryption.document-key-wrapped",
        attribute(f"{DOCUMENT_KEY}//enc:EncryptionMethod", "Algorithm", "http://www.w3.org/2001/04/xmlenc#rsa-1_5"),
        OAEP,
    ),
    ("encryption.document-key-wrapped", payload(CIPHER, lambda value: value[:-1]), "255 bytes"),
    ("encryption.document-key-wrapped", text(CIPHER, ""), "a CipherValue; seen: none"),
    ("encryption.oaep-with-sha1", payload(CIPHER, lambda value: value[::-1]), "OAEP with SHA-1 and MGF1 with SHA-1"),
    (
        "encryption.no-external-references",
        all_of(drop(CIPHER), add(f"{DOCUMENT_KEY}//enc:CipherData", '<enc:CipherReference URI="https://x/"/>')),
        "the ciphertext itself; seen: a CipherReference, not followed",
    ),
    (
        "encryption.no-plain-value",
        add("(//pskc:Secret)[last()]", "<pskc:PlainValue>ZGVmZ2hpamtsbW5vcHFycw==</pskc:PlainValue>", 0),
        "encrypted values only; seen: a PlainValue The clear value makes the encryption useless",
    ),
    (
        "encryption.values-encrypted",
        drop("(//cpix:ContentKey)[1]//pskc:EncryptedValue"),
        "a pskc:EncryptedValue; seen: none",
    ),
]


@pytest.mark.parametrize(("check", "change", "words"), WRONG)
def test_what_a_recipient_stumbles_over_is_found(check: str, change: Change, words: str) -> None:
    assert words in finds(check, change, recipients=ONE)


@pytest.mark.parametrize(
    ("recipe", "check", "words"),
    [
        (Recipe(wrapping="pkcs1v15"), "encryption.oaep-with-sha1", "PKCS#1"),
        (Recipe(oaep_hash="sha256"), "encryption.oaep-with-sha1", "SHA-256"),
        (Recipe(mgf_hash="sha256"), "encryption.oaep-with-sha1", "SHA-256"),
        (Recipe(document_key_bytes=16), "encryption.document-key-is-256-bit", "32 bytes; seen: 16 bytes"),
        (Recipe(clear="also"), "encryption.no-plain-value", "a PlainValue"),
    ],
)
def test_a_server_that_wraps_in_its_own_way_is_found(recipe: Recipe, check: str, words: str) -> None:
    said = says(check, answered(config=Config(encryption=recipe), recipients=ONE))
    assert words.lower() in said.lower(), said


@pytest.mark.parametrize("version", ["2.0", "2.1"])
@pytest.mark.parametrize("recipients", [ONE, BOTH, ("folded",), ("rsa-3072",)])
def test_a_right_answer_is_right_for_every_recipient(version: str, recipients: tuple[str, ...]) -> None:
    context = answered(Ask(version=version), recipients=recipients)
    for check in sorted(
        {check for check, *_ in WRONG} | {"encryption.not-in-the-clear", "safety.encryption-claim-kept"}
    ):
        assert says(check, context) == "", check


def test_an_algorithm_of_the_document_key_is_that_of_the_content_keys() -> None:
    check, name = "encryption.document-key-says-aes-256", "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
    said = finds(check, attribute(DOCUMENT_KEY, "Algorithm", name), recipients=ONE)
    assert f"xmlenc#aes256-cbc; seen: '{name}'" in said
    assert finds(check, as_it_is, recipients=ONE) == ""
    assert finds(check, attribute(DOCUMENT_KEY, "Algorithm", None), recipients=ONE).startswith("not applicable")


def test_two_recipients_whose_ids_were_swapped_are_found() -> None:
    swapped = all_of(
        attribute(SECOND, "id", "x"), attribute(FIRST, "id", "origin1"), attribute(SECOND, "id", "origin0")
    )
    said = finds("encryption.delivery-data-id-unchanged", swapped, recipients=BOTH)
    assert "the id 'origin0'; seen: that id beside another certificate" in said
    reordered = at(FIRST, lambda one: one.getparent().append(one))  # type: ignore[union-attr]
    assert finds("encryption.delivery-data-id-unchanged", reordered, recipients=BOTH) == ""


def test_a_recipient_that_was_forgotten_is_told_once() -> None:
    forgotten = drop(SECOND)
    assert "the certificate that was sent" in finds(
        "encryption.delivery-data-per-recipient", forgotten, recipients=BOTH
    )
    for check in ("encryption.oaep-with-sha1", "encryption.one-document-key", "encryption.document-key-wrapped"):
        assert finds(check, forgotten, recipients=BOTH) == "", check
    assert finds("encryption.delivery-data-id-unchanged", forgotten, recipients=BOTH).startswith("untestable")


def test_base64_in_a_certificate_may_be_folded() -> None:
    folded = text(f"{FIRST}//ds:X509Certificate", RING.certificate_text("folded"))
    assert finds("encryption.certificate-unchanged", folded, recipients=ONE) == ""


IN_THE_CLEAR = Config(encryption=Recipe(clear="instead"))


def test_clear_keys_in_place_of_encrypted_ones_are_found_as_much_as_they_weigh() -> None:
    kept, not_claimed = (
        answered(config=IN_THE_CLEAR, recipients=ONE, claimed=claims(features=features))
        for features in (frozenset({"key-encryption"}), frozenset())
    )
    for context in (kept, not_claimed):
        assert "content keys in the clear" in says("encryption.not-in-the-clear", context)
        assert says("encryption.oaep-with-sha1", context).startswith("untestable: the answer holds no encrypted key")
    assert "content keys in the clear" in says("safety.encryption-claim-kept", kept)
    assert "a pskc:EncryptedValue; seen: a pskc:PlainValue" in says("encryption.values-encrypted", kept)
    assert says("safety.encryption-claim-kept", not_claimed).startswith("not applicable")
    assert says("encryption.values-encrypted", not_claimed).startswith("untestable")


def test_without_a_request_for_encryption_nothing_of_it_is_asked() -> None:
    assert says("encryption.not-in-the-clear", answered()) == "is not asked of such a request"


NAMED = " ".join(KIDS[:2])


@pytest.mark.parametrize(
    ("check", "change", "words"),
    [
        ("encryption.document-keys-cover-all", twice(DOCUMENT_KEY), "encryptsKey on each of several DocumentKeys"),
        (
            "encryption.document-keys-cover-all",
            all_of(twice(DOCUMENT_KEY), attribute(f"{FIRST}/cpix:DocumentKey", "encryptsKey", KIDS[0])),
            "a DocumentKey whose encryptsKey names it",
        ),
        (
            "encryption.document-keys-name-known-keys",
            attribute(DOCUMENT_KEY, "encryptsKey", KIDS[9]),
            "the KID of a content key; seen: 1 other names",
        ),
        ("encryption.document-keys-cover-all", as_it_is, ""),
        (
            "encryption.only-document-key-names-all-keys",
            attribute(DOCUMENT_KEY, "encryptsKey", KIDS[0]),
            "the KIDs of all content keys; seen: 1 left out",
        ),
        ("encryption.only-document-key-names-all-keys", attribute(DOCUMENT_KEY, "encryptsKey", NAMED), ""),
        ("encryption.only-document-key-names-all-keys", attribute(DOCUMENT_KEY, "encryptsKey", KIDS[9]), ""),
        ("encryption.document-keys-name-known-keys", attribute(DOCUMENT_KEY, "encryptsKey", NAMED.upper()), ""),
    ],
)
def test_several_document_keys_say_in_2_1_what_each_is_for(check: str, change: Change, words: str) -> None:
    said = says(check, answered(Ask(version="2.1"), change, recipients=ONE))
    assert (words in said) if words else said == ""
    assert says(check, answered(Ask(), change, recipients=ONE)) == "is not asked of such a request"
