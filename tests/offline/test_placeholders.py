"""Stand-ins: a recorded document reads as it was built, and says nothing of what was withheld."""

from __future__ import annotations

import base64
from uuid import UUID

import pytest

from conformance.cpix import b64
from conformance.cpix.reader import read
from conformance.offline.placeholders import restored
from conformance.redaction.redactor import Redactor

KEY = bytes(range(100, 116))


def _document(value: str) -> bytes:
    return (
        '<CPIX xmlns="urn:dashif:org:cpix" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"><ContentKeyList>'
        f'<ContentKey kid="18730747-8f34-4fb7-925e-29f015bdc34a"><Data><pskc:Secret>{value}</pskc:Secret></Data>'
        "</ContentKey></ContentKeyList></CPIX>"
    ).encode()


def _plain(data: bytes) -> str:
    return f"<pskc:PlainValue>{base64.b64encode(data).decode()}</pskc:PlainValue>"


@pytest.mark.parametrize("length", [15, 16, 17, 32])
def test_a_key_of_the_same_length_and_no_other_likeness(length: int) -> None:
    key = (KEY * 3)[:length]
    back = restored(Redactor(b"salt").body(_document(_plain(key)), "application/xml"))
    assert not back.blurred
    (value,) = read(back.body).content_keys[0].plain_values
    assert len(base64.b64decode(value)) == length
    assert base64.b64decode(value) != key


KID = UUID("18730747-8f34-4fb7-925e-29f015bdc34a")


@pytest.mark.parametrize("public", [KID.bytes, KID.bytes_le])
def test_a_key_that_is_a_kid_is_no_secret_and_is_kept(public: bytes) -> None:
    document = _document(_plain(public))
    redactor = Redactor(b"salt")
    redactor.allow(read(document))
    shown = redactor.body(document)
    assert f"(the bytes of UUID {UUID(bytes=public)})" in shown
    assert base64.b64decode(read(restored(shown).body).content_keys[0].plain_values[0]) == public


def test_unused_bits_are_kept_without_the_key() -> None:
    wrong = _plain(KEY).replace("cnM=", "cnN=").replace("w==", "x==")
    assert wrong != _plain(KEY)
    shown = Redactor(b"salt").body(_document(wrong))
    assert "(unused bits set)" in shown
    (value,) = read(restored(shown).body).content_keys[0].plain_values
    assert not b64.decode(value).canonical and b64.decode(value).data != KEY


def test_a_byte_order_mark_is_kept() -> None:
    back = restored(Redactor(b"salt").body(b"\xef\xbb\xbf" + _document(_plain(KEY))))
    assert read(back.body).bom
    assert not read(restored(Redactor(b"salt").body(_document(_plain(KEY)))).body).bom


@pytest.mark.parametrize("facts", [f"the bytes of UUID {'-' * 36}", "unused bits set, 0 bytes"])
def test_facts_that_somebody_made_up_break_nothing(facts: str) -> None:
    assert restored(_document(f"<pskc:PlainValue>key:0123abcd ({facts})</pskc:PlainValue>").decode()).body


def test_the_same_key_stays_the_same() -> None:
    redactor = Redactor(b"salt")
    one, two, other = (restored(redactor.body(_document(_plain(key)))).body for key in (KEY, KEY, KEY[::-1]))
    assert one == two != other


def test_ciphertext_keeps_its_length() -> None:
    encrypted = (
        '<pskc:EncryptedValue xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:CipherData><enc:CipherValue>'
        f"{base64.b64encode(bytes(48)).decode()}</enc:CipherValue></enc:CipherData></pskc:EncryptedValue>"
    )
    back = restored(Redactor(b"salt").body(_document(encrypted)))
    assert not back.blurred
    assert len(base64.b64decode(read(back.body).content_keys[0].encrypted[0].cipher_value or "")) == 48


def test_what_was_no_base64_is_none() -> None:
    back = restored(Redactor(b"salt").body(_document("<pskc:PlainValue>key: 4711!</pskc:PlainValue>")))
    assert set(read(back.body).content_keys[0].plain_values[0]) == {"*"}


@pytest.mark.parametrize(
    ("body", "blurred"),
    [
        ("Unsupported SPEKE version", False),
        ("key: value", False),
        ("the key [withheld 24 characters] is unknown", True),
        ("[withheld 31 bytes that are not text]", True),
        ("<a/>\n[99 more characters are not kept]", True),
        ("\ud800", False),
    ],
)
def test_texts(body: str, blurred: bool) -> None:
    assert restored(body).blurred is blurred


def test_a_leak_blurs_the_document() -> None:
    redactor = Redactor(b"salt")
    redactor.learn(KEY)
    leaking = _document(_plain(KEY)).replace(b"<ContentKeyList>", f'<ContentKeyList id="{KEY.hex()}">'.encode())
    assert restored(redactor.body(leaking)).blurred
