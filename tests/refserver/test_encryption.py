"""Encrypted answers are opened here with the recipient's private key, step by step as CPIX has it."""

from __future__ import annotations

import base64
import datetime
import hmac
from functools import lru_cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID
from lxml import etree

from conformance.refserver import Config, Recipe, ServerState
from tests.refserver.asking import Ask, nodes, texts, values

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@lru_cache
def private_key(bits: int = 2048, number: int = 0) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def certificate(key: PrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "recipient")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def unwrap(tree: etree._Element, path: str, key: rsa.RSAPrivateKey) -> bytes:
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    return key.decrypt(values(tree, path)[0], oaep)


def opened(tree: etree._Element, key: rsa.RSAPrivateKey, number: int = 1) -> list[bytes]:
    delivery = f"//cpix:DeliveryData[{number}]"
    document_key = unwrap(tree, f"{delivery}/cpix:DocumentKey/cpix:Data/pskc:Secret//enc:CipherValue", key)
    mac_key = unwrap(tree, f"{delivery}/cpix:MACMethod/pskc:MACKey/enc:CipherData/enc:CipherValue", key)
    assert (len(document_key), len(mac_key)) == (32, 64)
    keys = []
    sealed = values(tree, "//cpix:ContentKey//enc:CipherValue")
    macs = values(tree, "//cpix:ContentKey//pskc:ValueMAC")
    for one, mac in zip(sealed, macs, strict=True):
        assert len(one) == 48
        assert hmac.digest(mac_key, one, "sha512") == mac
        plain = Cipher(algorithms.AES(document_key), modes.CBC(one[:16])).decryptor().update(one[16:])
        assert plain[16:] == b"\x10" * 16
        keys.append(plain[:16])
    return keys


@pytest.mark.parametrize("version", ["2.0", "2.1"])
@pytest.mark.parametrize("bits", [2048, 3072])
def test_round_trip(version: str, bits: int) -> None:
    ask = Ask(version=version, certificates=(certificate(private_key(bits)),))
    tree = ask.tree()
    assert opened(tree, private_key(bits)) == values(Ask(version=version).tree(), "//pskc:PlainValue")
    assert not nodes(tree, "//pskc:PlainValue")
    assert texts(tree, "//cpix:DeliveryData/@id") == ["origin0"]
    assert texts(tree, "//ds:X509Certificate") == list(ask.certificates)
    assert etree.QName(tree[0]).localname == "DeliveryDataList"
    assert set(texts(tree, "//cpix:ContentKey//enc:EncryptionMethod/@Algorithm")) == {
        "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
    }
    assert set(texts(tree, "//cpix:DeliveryData//enc:EncryptionMethod/@Algorithm")) == {
        "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
    }
    assert texts(tree, "//cpix:MACMethod/@Algorithm") == ["http://www.w3.org/2001/04/xmldsig-more#hmac-sha512"]
    assert bool(nodes(tree, "//cpix:DocumentKey[@Algorithm]")) == (version == "2.0")


def test_two_recipients_open_the_same_keys() -> None:
    first, second = private_key(), private_key(2048, 1)
    tree = Ask(certificates=(certificate(first), certificate(second))).tree()
    assert opened(tree, first, 1) == opened(tree, second, 2)


def test_secrets_and_ivs_are_new_each_time() -> None:
    ask, state = Ask(certificates=(certificate(private_key()),)), ServerState()
    first, second = ask.tree(state=state), ask.tree(state=state)
    sealed = values(first, "//cpix:ContentKey//enc:CipherValue") + values(second, "//cpix:ContentKey//enc:CipherValue")
    assert len({one[:16] for one in sealed}) == 4
    path = "//cpix:DocumentKey//enc:CipherValue"
    assert unwrap(first, path, private_key()) != unwrap(second, path, private_key())


def test_a_server_with_the_same_seed_makes_the_same_secrets() -> None:
    """Whatever key pair the recipient has made for itself this time."""
    path = "//cpix:ContentKey//enc:CipherValue"
    first, second = (Ask(certificates=(certificate(private_key(2048, number)),)).tree() for number in (0, 1))
    assert values(first, path) == values(second, path)
    assert values(first, path) != values(
        Ask(certificates=(certificate(private_key()),)).tree(Config(seed="another")), path
    )
    ask = Ask(certificates=(certificate(private_key()),))
    assert ask.send().body == ask.send().body


@pytest.mark.parametrize("wrapping", ["oaep", "pkcs1v15"])
def test_a_secret_that_is_too_long_for_the_key_is_an_error_of_the_server(wrapping: str) -> None:
    ask = Ask(certificates=(certificate(private_key(512 * 2)),))
    recipe = Recipe(wrapping=wrapping, mac_key_bytes=120)  # type: ignore[arg-type]
    assert ask.send(Config(minimum_rsa_bits=512, encryption=recipe)).status == 500


def test_the_rest_is_as_in_the_clear() -> None:
    tree, clear = Ask(certificates=(certificate(private_key()),)).tree(), Ask().tree()
    assert texts(tree, "//cpix:DRMSystem/*") == texts(clear, "//cpix:DRMSystem/*")
    assert texts(tree, "//cpix:ContentKey/@kid") == texts(clear, "//cpix:ContentKey/@kid")


@pytest.mark.parametrize(
    ("recipe", "path"),
    [
        (Recipe(mac_layout="cpix:Key/pskc:EncryptedValue"), "//cpix:MACMethod/cpix:Key/pskc:EncryptedValue"),
        (Recipe(mac_layout="cpix:Key/enc"), "//cpix:MACMethod/cpix:Key/enc:CipherData"),
        (Recipe(mac_on_wrapped_keys=True), "//cpix:DocumentKey/cpix:Data/pskc:Secret/pskc:ValueMAC"),
    ],
)
def test_layouts_seen_in_the_field(recipe: Recipe, path: str) -> None:
    assert nodes(Ask(certificates=(certificate(private_key()),)).tree(Config(encryption=recipe)), path)


def unfit() -> dict[str, str]:
    good = certificate(private_key())
    return {
        "1024 bit": certificate(private_key(1024)),
        "EC": certificate(ec.generate_private_key(ec.SECP256R1())),
        "truncated": base64.b64encode(base64.b64decode(good)[:-40]).decode(),
        "PEM": f"-----BEGIN CERTIFICATE-----{good}-----END CERTIFICATE-----",
        "no base64": "?",
        "empty": "",
    }


@pytest.mark.parametrize("name", ["1024 bit", "EC", "truncated", "PEM", "no base64", "empty"])
def test_unfit_certificates_are_refused(name: str) -> None:
    got = Ask(certificates=(unfit()[name],)).send()
    assert got.status == 422
    assert b"certificate" in got.body.lower()
    assert Ask(certificates=(certificate(private_key()), unfit()[name])).send().status == 422


def test_folded_certificate_works() -> None:
    good = certificate(private_key())
    folded = "\n" + "\n".join(good[start : start + 64] for start in range(0, len(good), 64)) + "\n"
    assert opened(Ask(certificates=(folded,)).tree(), private_key())


def test_without_recipients_or_without_the_feature() -> None:
    empty = Ask().edited(("<cpix:ContentKeyList>", "<cpix:DeliveryDataList/><cpix:ContentKeyList>"))
    nameless = Ask().edited(
        (
            "<cpix:ContentKeyList>",
            "<cpix:DeliveryDataList><cpix:DeliveryData/></cpix:DeliveryDataList><cpix:ContentKeyList>",
        )
    )
    assert empty.send().status == nameless.send().status == 422
    ask = Ask(certificates=(certificate(private_key()),))
    got = ask.send(Config(key_encryption=False))
    assert (got.status, got.body) == (422, b"Key encryption is not available.")


@pytest.mark.parametrize(
    ("recipe", "clear", "sealed"),
    [
        (Recipe(clear="instead"), 2, 0),
        (Recipe(clear="also"), 2, 2),
        (Recipe(mac=False), 0, 2),
        (Recipe(padding="xmlenc"), 0, 2),
        (Recipe(padding="zero", iv="zero", mac_input="plain-key"), 0, 2),
        (Recipe(wrapping="pkcs1v15", secrets="fixed", iv="fixed"), 0, 2),
        (Recipe(oaep_hash="sha512", mgf_hash="sha256", mac_hash="sha1", mac_input="base64-text"), 0, 2),
        (Recipe(one_document_key_per_recipient=True, document_key_bytes=16, iv="same"), 0, 2),
    ],
)
def test_recipes_for_faults(recipe: Recipe, clear: int, sealed: int) -> None:
    tree = Ask(certificates=(certificate(private_key()),)).tree(Config(encryption=recipe))
    assert len(nodes(tree, "//pskc:PlainValue")) == clear
    assert len(nodes(tree, "//cpix:ContentKey//enc:CipherValue")) == sealed
    assert bool(nodes(tree, "//cpix:MACMethod")) == recipe.mac


def test_recipes_that_forget_the_recipient() -> None:
    two = Ask(certificates=(certificate(private_key()), certificate(private_key(2048, 1))))
    assert len(nodes(two.tree(Config(encryption=Recipe(recipients="first"))), "//cpix:DeliveryData")) == 1
    weak = Ask(certificates=(unfit()["1024 bit"],)).tree(Config(encryption=Recipe(unfit_certificate="leave-out")))
    assert len(nodes(weak, "//pskc:PlainValue")) == 2
    config = Config(key_encryption=False, encryption=Recipe(when_unavailable="clear"))
    assert len(nodes(two.tree(config), "//pskc:PlainValue")) == 2
