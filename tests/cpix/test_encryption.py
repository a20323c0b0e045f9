"""Opening encrypted answers: the right way is silent, and each known wrong way is named for what it is."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.cpix.encrypted_key import DAMAGED, NOT_ITS_OWN, doubts, open_key
from conformance.cpix.encryption import Opened, open_document
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import read
from conformance.cpix.xml import CPIX, PSKC
from tests.cpix.sealing import (
    CERTIFICATE,
    HMAC,
    KEYS,
    KIDS,
    RANDOM,
    RECIPIENT,
    RIGHT_OAEP,
    SHA1,
    STRANGER,
    Maker,
    b64,
    certificate,
    oaep,
    pkcs7,
)


def opened(text: str) -> Opened:
    result = open_document(read(text.encode()), RECIPIENT, CERTIFICATE)
    shown = " ".join(f"{p.code} {p.where} {p.expected} {p.seen}" for p in result.problems)
    for value in (result.document_key, result.mac_key, *KEYS.values()):
        if value:
            assert value.hex() not in shown and b64(value) not in shown
    assert all(p.expected and p.seen and p.where.startswith("/CPIX") for p in result.problems)
    return result


def codes(result: Opened) -> set[str]:
    return {problem.code.removeprefix("encryption.") for problem in result.problems}


def seen(result: Opened, code: str) -> str:
    return next(problem.seen for problem in result.problems if problem.code == f"encryption.{code}")


@pytest.mark.parametrize("layout", ["pskc:MACKey", "cpix:Key/pskc:EncryptedValue", "cpix:Key/enc"])
@pytest.mark.parametrize("digest", [None, SHA1])
def test_the_right_way_is_silent(layout: str, digest: str | None) -> None:
    maker = Maker(mac_layout=layout, digest=digest)
    result = opened(maker.text())
    assert result.problems == ()
    assert dict(result.keys) == KEYS
    assert (result.document_key, result.mac_key, result.mac_layout) == (maker.document_key, maker.mac_key, layout)
    assert len(set(result.ivs)) == len(KEYS)


def test_folded_base64_and_other_certificates_are_harmless() -> None:
    folded = base64.encodebytes(CERTIFICATE).decode()
    other = b64(certificate(STRANGER, "other"))
    assert opened(Maker(certificates=(other, folded)).text()).problems == ()


def test_key_bytes_are_not_in_the_representation() -> None:
    maker = Maker()
    assert repr(maker.document_key) not in repr(opened(maker.text()))


SHA256, SHA512 = hashes.SHA256(), hashes.SHA512()

# name: (maker of the departure, code, part of what was seen, whether the content keys come out all the same)
WRONG_WAYS: dict[str, tuple[Callable[[], Maker], str, str, bool]] = {
    "OAEP SHA-256": (
        lambda: Maker(wrap=oaep(SHA256, hashes.SHA1())),
        "oaep-digest",
        "OAEP with SHA-256 and MGF1 with SHA-1",
        True,
    ),
    "OAEP and MGF1 SHA-256": (
        lambda: Maker(wrap=oaep(SHA256, SHA256)),
        "oaep-digest",
        "OAEP with SHA-256 and MGF1 with SHA-256",
        True,
    ),
    "OAEP SHA-512": (lambda: Maker(wrap=oaep(SHA512, SHA512)), "oaep-digest", "OAEP with SHA-512", True),
    "MGF1 SHA-256": (
        lambda: Maker(wrap=oaep(hashes.SHA1(), SHA256)),
        "oaep-digest",
        "OAEP with SHA-1 and MGF1 with SHA-256",
        True,
    ),
    "OAEP label": (lambda: Maker(wrap=oaep(hashes.SHA1(), hashes.SHA1(), b"x")), "unwrap", "another label", False),
    "PKCS#1 v1.5": (
        lambda: Maker(wrap=lambda k: RECIPIENT.public_key().encrypt(k, padding.PKCS1v15())),
        "pkcs1-padding",
        "PKCS#1 v1.5",
        True,
    ),
    "wrapped for another": (
        lambda: Maker(
            wrap=lambda k: STRANGER.public_key().encrypt(
                k, padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
            )
        ),
        "unwrap",
        "another key",
        False,
    ),
    "not RSA at all": (lambda: Maker(wrap=lambda k: k), "wrapped-key-length", "32 bytes", False),
    "document key of 16 bytes": (
        lambda: Maker(document_key=RANDOM.randbytes(16)),
        "document-key-length",
        "16 bytes",
        True,
    ),
    "mac key of 32 bytes": (lambda: Maker(mac_key=RANDOM.randbytes(32)), "mac-key-length", "32 bytes", True),
    "mac key as base64 text": (
        lambda: Maker(mac_key=b64(RANDOM.randbytes(64)).encode()),
        "mac-key-length",
        "88 bytes that read as base64 text of 64 bytes",
        True,
    ),
    "content key as hexadecimal text": (
        lambda: Maker(content_keys={KIDS[0]: KEYS[KIDS[0]].hex().encode()}),
        "content-key-length",
        "32 bytes that read as hexadecimal text of 16 bytes",
        False,
    ),
    "content key of 24 bytes": (
        lambda: Maker(content_keys={KIDS[0]: b"\xff" * 24}),
        "content-key-length",
        "24 bytes",
        False,
    ),
    "algorithm of the key wrap": (
        lambda: Maker(wrap_uri="http://www.w3.org/2009/xmlenc11#rsa-oaep"),
        "document-key-algorithm",
        "xmlenc11#rsa-oaep",
        True,
    ),
    "DigestMethod": (lambda: Maker(digest="http://www.w3.org/2001/04/xmlenc#sha256"), "digest-method", "sha256", True),
    "unknown content algorithm": (lambda: Maker(content_uri="u:rot13"), "content-key-algorithm", "u:rot13", True),
    "MAC algorithm": (lambda: Maker(mac_uri=HMAC.replace("512", "256")), "mac-algorithm", "hmac-sha256", True),
    "MACMethod without key": (lambda: Maker(mac_layout="none"), "mac-key-missing", "none", True),
    "no ValueMAC": (lambda: Maker(mac=None), "value-mac-missing", "none", True),
    "MAC over ciphertext only": (
        lambda: Maker(mac=lambda m, iv, c: m.hmac("sha512", c)),
        "value-mac-input",
        "the ciphertext without its IV",
        True,
    ),
    "MAC over base64 text": (
        lambda: Maker(mac=lambda m, iv, c: m.hmac("sha512", b64(iv + c).encode())),
        "value-mac-input",
        "the base64 text instead of its bytes",
        True,
    ),
    "MAC over the clear key": (
        lambda: Maker(mac=lambda m, iv, c: m.hmac("sha512", KEYS[KIDS[0]]), content_keys={KIDS[0]: KEYS[KIDS[0]]}),
        "value-mac-input",
        "the content key in the clear",
        True,
    ),
    "MAC with SHA-256": (
        lambda: Maker(mac=lambda m, iv, c: m.hmac("sha256", iv + c)),
        "value-mac-hash",
        "HMAC-SHA256 with the MAC key over IV and ciphertext",
        True,
    ),
    "MAC with SHA-1 over the ciphertext": (
        lambda: Maker(mac=lambda m, iv, c: m.hmac("sha1", c)),
        "value-mac-hash",
        "HMAC-SHA1",
        True,
    ),
    "MAC cut to 32 bytes": (
        lambda: Maker(mac=lambda m, iv, c: m.hmac("sha512", iv + c)[:32]),
        "value-mac-hash",
        "HMAC-SHA512, cut to 32 bytes",
        True,
    ),
    "MAC of 32 bytes": (lambda: Maker(mac=lambda m, iv, c: bytes(32)), "value-mac-length", "32 bytes", False),
    "MAC under the document key": (
        lambda: Maker(mac=lambda m, iv, c: m.hmac("sha512", iv + c, m.document_key)),
        "value-mac-key",
        "with the document key",
        True,
    ),
    "MAC of nothing": (lambda: Maker(mac=lambda m, iv, c: bytes(64)), "value-mac-wrong", "no usual", False),
    "XML Encryption padding": (
        lambda: Maker(pad=lambda k: k + b"\xaa" * 15 + b"\x10"),
        "xmlenc-padding",
        "the last byte is the number",
        True,
    ),
    "padding with zeros": (lambda: Maker(pad=lambda k: k + bytes(16)), "zero-padding", "zeros", True),
    "no padding": (lambda: Maker(pad=lambda k: k), "no-padding", "without padding", True),
    "garbage for padding": (lambda: Maker(pad=lambda k: k + b"\xee" * 16), "padding", "another document key", False),
    "no IV sent": (lambda: Maker(send_iv=False), "iv-missing", "without an IV", False),
    "one IV for all": (lambda: Maker(iv=lambda: b"\x01" * 16), "iv-reused", "ContentKey[1]", True),
    "IV of zeros": (lambda: Maker(iv=lambda: bytes(16)), "iv-zero", "all zeros", True),
    "PEM armour": (
        lambda: Maker(certificates=(f"-----BEGIN CERTIFICATE-----\n{b64(CERTIFICATE)}\n-----END CERTIFICATE-----",)),
        "certificate-unreadable",
        "PEM armour",
        True,
    ),
    "certificate signed anew": (
        lambda: Maker(certificates=(b64(certificate(RECIPIENT, "someone")),)),
        "certificate-altered",
        "the same public key",
        True,
    ),
    "certificate of another": (
        lambda: Maker(certificates=(b64(certificate(STRANGER, "other")),)),
        "recipient-missing",
        "1 DeliveryData",
        True,
    ),
    "no certificate": (lambda: Maker(certificates=()), "recipient-missing", "1 DeliveryData", True),
    "MAC beside the MAC key that is wrong": (
        lambda: Maker(mac_layout="cpix:Key/pskc:EncryptedValue", extra_macs=bytes(64)),
        "wrapped-key-mac",
        "does not verify",
        True,
    ),
}


@pytest.mark.parametrize("name", WRONG_WAYS)
def test_each_wrong_way_is_named(name: str) -> None:
    make, code, part, keys_come_out = WRONG_WAYS[name]
    maker = make()
    result = opened(maker.text())
    assert code in codes(result)
    assert part in seen(result, code)
    if keys_come_out:
        assert dict(result.keys) == maker.content_keys
    else:
        assert not KEYS.items() & result.keys.items()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("OAEP SHA-256", {"oaep-digest"}),
        ("OAEP label", {"unwrap"}),
        ("MAC over ciphertext only", {"value-mac-input"}),
        ("MAC with SHA-256", {"value-mac-hash", "value-mac-length"}),
        ("XML Encryption padding", {"xmlenc-padding"}),
        ("no IV sent", {"iv-missing", "value-mac-wrong"}),
        ("IV of zeros", {"iv-zero", "iv-reused"}),
        ("unknown content algorithm", {"content-key-algorithm"}),
        ("certificate signed anew", {"certificate-altered"}),
        ("algorithm of the key wrap", {"document-key-algorithm", "mac-key-algorithm"}),
    ],
)
def test_one_cause_does_not_cascade(name: str, expected: set[str]) -> None:
    assert codes(opened(WRONG_WAYS[name][0]().text())) == expected


def edited(old: str, new: str, maker: Maker | None = None) -> Opened:
    text = (maker or Maker()).text()
    assert old in text
    return opened(text.replace(old, new))


def test_references_are_not_followed() -> None:
    text = Maker().text()
    start = text.index("<enc:CipherValue>", text.index("<ContentKeyList>"))
    end = text.index("</enc:CipherValue>", start) + len("</enc:CipherValue>")
    result = opened(text[:start] + '<enc:CipherReference URI="http://127.0.0.1:9/"/>' + text[end:])
    assert codes(result) == {"cipher-reference"} and len(result.keys) == 2


def test_delivery_data_that_is_gone() -> None:
    text = Maker().text()
    start, end = text.index("<DeliveryDataList>"), text.index("</DeliveryDataList>") + len("</DeliveryDataList>")
    assert codes(opened(text[:start] + text[end:])) == {"delivery-data-missing"}


def test_an_answer_in_the_clear() -> None:
    key = f'<ContentKey kid="{KIDS[0]}"><Data><pskc:Secret xmlns:pskc="{PSKC}"><pskc:PlainValue>AA==</pskc:PlainValue>'
    text = f'<CPIX xmlns="{CPIX}"><ContentKeyList>{key}</pskc:Secret></Data></ContentKey></ContentKeyList></CPIX>'
    assert codes(opened(text)) == {"delivery-data-missing", "plain-value"}


def test_clear_and_encrypted_side_by_side() -> None:
    result = edited("<pskc:ValueMAC>", "<pskc:PlainValue>AA==</pskc:PlainValue><pskc:ValueMAC>")
    assert codes(result) == {"plain-value"} and dict(result.keys) == KEYS


def test_parts_that_are_missing() -> None:
    text = Maker().text()
    start, end = text.index("<DocumentKey>"), text.index("</DocumentKey>") + len("</DocumentKey>")
    assert codes(opened(text[:start] + text[end:])) == {"document-key-missing"}
    start, end = text.index("<MACMethod"), text.index("</MACMethod>") + len("</MACMethod>")
    assert codes(opened(text[:start] + text[end:])) == {"mac-method-missing"}
    start, end = text.index("<Data>", text.index("<ContentKeyList>")), text.index("</ContentKey>")
    assert codes(opened(text[:start] + text[end:])) == {"value-missing"}


def test_document_key_in_the_clear() -> None:
    result = edited(
        "<DocumentKey><Data><pskc:Secret>", "<DocumentKey><Data><pskc:Secret><pskc:PlainValue>AA==</pskc:PlainValue>"
    )
    assert codes(result) == {"document-key-in-clear"}


def test_base64_that_is_broken() -> None:
    assert codes(edited("</enc:CipherValue>", "!</enc:CipherValue>")) == {"cipher-value"}
    result = edited("</pskc:ValueMAC>", "!</pskc:ValueMAC>")
    assert codes(result) == {"value-mac-unreadable"} and not result.keys
    assert dict(result.doubted) == dict.fromkeys(KEYS, DAMAGED)


def damaged(text: str) -> Opened:
    """The document with another last block in the ciphertext of its first content key."""
    start = text.index("<enc:CipherValue>", text.index("<ContentKeyList>")) + len("<enc:CipherValue>")
    end = text.index("</enc:CipherValue>", start)
    sealed = bytearray(base64.b64decode(text[start:end]))
    sealed[0] ^= 1  # the IV: the padding does not show it
    return opened(text[:start] + b64(bytes(sealed)) + text[end:])


def test_a_value_whose_mac_does_not_fit_is_doubted_and_no_other() -> None:
    result = damaged(Maker().text())
    assert codes(result) == {"value-mac-wrong"}
    first = KIDS[0]
    assert dict(result.doubted) == {first: DAMAGED} and result.can_decrypt(first)
    assert dict(result.keys) == {kid: key for kid, key in KEYS.items() if kid != first}


def test_without_a_mac_there_is_nothing_to_doubt_by() -> None:
    assert damaged(Maker(mac=None).text()).doubted == {}


@pytest.mark.parametrize("keys", [1, 3])
def test_what_a_wrong_document_key_gives_is_never_a_key(keys: int) -> None:
    """Of 700 wrong document keys some unpad to something; all MACs fit."""
    held = {kid: KEYS[kid] for kid in KIDS[:keys]}
    maker = Maker(content_keys=held)
    cpix = read(maker.text().encode())
    unpadded = 0
    for number in range(700):
        wrong = hashlib.sha256(number.to_bytes(2, "big")).digest()
        openings = [open_key(key, wrong, maker.mac_key) for key in cpix.content_keys]
        for opening, doubt in zip(openings, doubts(openings), strict=True):
            unpadded += opening.key is not None
            assert opening.key is None or doubt == NOT_ITS_OWN
            assert not any(one.code.startswith("encryption.value-mac") for one in opening.problems)
    assert unpadded


def test_the_key_that_one_content_key_was_encrypted_with_is_not_that_of_another() -> None:
    """Several document keys, and one content key that none of them names: it is opened with the first, a guess."""
    for number in range(300):
        result = several_document_keys(
            "2.4", f' encryptsKey="{KIDS[0]} {KIDS[1]}"', "", hashlib.sha256(number.to_bytes(2, "big")).digest()
        )
        assert dict(result.keys) == {kid: KEYS[kid] for kid in KIDS[:2]}


@pytest.mark.parametrize(
    ("name", "pad", "length", "judged"),
    [
        ("fifteen bytes among others", pkcs7, 15, True),
        ("one byte too many", pkcs7, 31, False),
        ("twice encoded", pkcs7, 24, True),
        ("zeros and their number", lambda key: key + bytes(15) + b"\x10", 16, True),
        ("a number after arbitrary bytes", lambda key: key + b"\xaa" * 15 + b"\x10", 16, False),
    ],
)
def test_padding_that_may_be_chance(name: str, pad: Callable[[bytes], bytes], length: int, judged: bool) -> None:
    odd = bytes(range(100, 100 + length))
    maker = Maker(content_keys={**KEYS, KIDS[0]: odd}, pad=lambda key: pad(key) if key == odd else pkcs7(key))
    result = opened(maker.text())
    assert (result.keys.get(KIDS[0]) == odd) is judged
    assert result.doubted == ({} if judged else {KIDS[0]: NOT_ITS_OWN})


def test_a_single_short_key_shows_nothing() -> None:
    result = opened(Maker(content_keys={KIDS[0]: bytes(15)}).text())
    assert dict(result.doubted) == {KIDS[0]: NOT_ITS_OWN}


@pytest.mark.parametrize(("keys", "judged"), [(2, False), (3, True)])
def test_short_keys_show_by_their_number(keys: int, judged: bool) -> None:
    short = {kid: bytes(range(15)) for kid in KIDS[:keys]}
    result = opened(Maker(content_keys=short).text())
    assert dict(result.keys) == (short if judged else {})
    assert len(result.doubted) == (0 if judged else keys)


def test_ciphertext_of_odd_length() -> None:
    text = Maker(content_keys={KIDS[0]: KEYS[KIDS[0]]}).text()
    start = text.index("<enc:CipherValue>", text.index("<ContentKeyList>")) + len("<enc:CipherValue>")
    assert "cipher-length" in codes(
        opened(text[:start] + b64(bytes(47)) + text[text.index("</enc:CipherValue>", start) :])
    )


def test_extra_macs_that_are_right_are_silent() -> None:
    once: dict[bytes, bytes] = {}
    maker = Maker(
        mac_layout="cpix:Key/pskc:EncryptedValue",
        wrap=lambda key: once.setdefault(key, RIGHT_OAEP(key)),
    )
    right = replace(maker, extra_macs=maker.hmac("sha512", maker.wrap(maker.mac_key)))
    assert opened(right.text()).problems == ()


def several_document_keys(version: str, first_names: str, second_names: str, second: bytes = b"\x02" * 32) -> Opened:
    """A document whose last content key is encrypted with a second document key."""
    one = Maker(version=version, content_keys={kid: KEYS[kid] for kid in KIDS[:2]})
    two = replace(one, document_key=second, content_keys={KIDS[2]: KEYS[KIDS[2]]})
    text, other = one.text(), two.text()
    start, end = other.index("<DocumentKey>"), other.index("</DocumentKey>") + len("</DocumentKey>")
    second_key = other[start:end].replace("<DocumentKey>", f"<DocumentKey{second_names}>")
    start, end = other.index("<ContentKey "), other.index("</ContentKeyList>")
    text = text.replace("<DocumentKey>", f"<DocumentKey{first_names}>")
    text = text.replace("</DocumentKey>", "</DocumentKey>" + second_key)
    return opened(text.replace("</ContentKeyList>", other[start:end] + "</ContentKeyList>"))


def test_several_document_keys_of_cpix_2_4() -> None:
    first, second = f' encryptsKey="{KIDS[0]} {KIDS[1]}"', f' encryptsKey="{str(KIDS[2]).upper()}"'
    result = several_document_keys("2.4", first, second)
    assert result.problems == () and dict(result.keys) == KEYS
    result = several_document_keys("2.3", first, second)
    assert codes(result) == {"several-document-keys"} and dict(result.keys) == KEYS
    assert {"encrypts-key-missing", "encrypts-key-uncovered"} <= codes(several_document_keys("2.4", first, ""))


ANSWER = Maker().text()


@given(
    st.lists(
        st.tuples(
            st.integers(ANSWER.index("<DeliveryDataList>"), len(ANSWER) - 100),
            st.sampled_from(["A", "", "=", "-", "AAAA"]),
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(deadline=None, max_examples=100)
def test_damaged_documents_never_raise(damages: list[tuple[int, str]]) -> None:
    text = ANSWER
    for at, replacement in damages:
        if text[at : at + 1].isalnum():
            text = text[:at] + replacement + text[at + 1 :]
    try:
        cpix = read(text.encode())
    except DecodeError:
        return
    open_document(cpix, RECIPIENT, CERTIFICATE)
