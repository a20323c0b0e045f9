"""Each encrypted content key, opened as a recipient does: cipher, IV, padding and MAC."""

from __future__ import annotations

import base64
import copy

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from lxml import etree

from conformance.cpix.xml import CPIX, DS, ENC, PSKC
from conformance.refserver import Config, Recipe
from tests.checks.exchange import Change, answered, at, attribute, drop, finds, payload, says, text, twice
from tests.refserver.asking import Ask

ONE = ("rsa-2048",)
KEY = "(//cpix:ContentKey)[1]"
CIPHER, MAC = f"{KEY}//enc:CipherValue", f"{KEY}//pskc:ValueMAC"
MAC_KEY = "//cpix:MACMethod/pskc:MACKey"

WRONG = [
    (
        "encryption.content-keys-aes-256-cbc",
        attribute(f"{KEY}//enc:EncryptionMethod", "Algorithm", "http://www.w3.org/2001/04/xmlenc#aes128-cbc"),
        "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
    ),
    ("encryption.iv-before-ciphertext", payload(CIPHER, lambda value: value[:40]), "40 bytes"),
    ("encryption.iv-before-ciphertext", payload(CIPHER, lambda value: b""), "a CipherValue; seen: none"),
    ("encryption.iv-before-ciphertext", text(CIPHER, "?"), "base64"),
    ("encryption.mac-method-present", drop("//cpix:MACMethod"), "a MACMethod; seen: none"),
    (
        "encryption.mac-method-present",
        attribute("//cpix:MACMethod", "Algorithm", "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512",
    ),
    ("encryption.value-mac-on-every-key", drop(MAC), "a ValueMAC; seen: none, or an empty one"),
    ("encryption.value-mac-on-every-key", text(MAC, ""), "a ValueMAC; seen: none, or an empty one"),
    ("encryption.mac-key-wrapped", drop(MAC_KEY), "pskc:MACKey in MACMethod; seen: none"),
    ("encryption.mac-key-wrapped", twice(MAC_KEY), "one MAC key; seen: 2"),
    ("encryption.mac-key-wrapped", payload(f"{MAC_KEY}//enc:CipherValue", lambda value: value[:-1]), "255 bytes"),
    (
        "encryption.mac-key-wrapped",
        attribute(f"{MAC_KEY}//enc:EncryptionMethod", "Algorithm", "http://www.w3.org/2001/04/xmlenc#rsa-1_5"),
        "rsa-oaep-mgf1p",
    ),
    ("encryption.value-macs-verify", payload(MAC, lambda mac: mac[:32]), "64 bytes; seen: 32 bytes"),
    ("encryption.value-macs-verify", payload(MAC, lambda mac: mac[::-1]), "a value that no usual mistake explains"),
    ("encryption.value-macs-verify", text(MAC, "?"), "base64"),
    (
        "encryption.mac-after-value",
        at(f"{KEY}//pskc:Secret", lambda secret: secret.insert(0, secret[-1])),
        "pskc:EncryptedValue, then pskc:ValueMAC; seen: the other way round",
    ),
]


@pytest.mark.parametrize(("check", "change", "words"), WRONG)
def test_a_wrong_value_is_found(check: str, change: Change, words: str) -> None:
    assert words in finds(check, change, recipients=ONE)


def _beside(method: etree._Element, *, another: bool) -> None:
    """Write the MAC key once more in the layout that old readers know; `another` key where it says so."""
    [key] = method.iterchildren(f"{{{PSKC}}}MACKey")
    other = etree.SubElement(method, f"{{{CPIX}}}Key")
    other.extend(copy.deepcopy(list(key)))
    if another:
        certificate = next(method.getroottree().getroot().iter(f"{{{DS}}}X509Certificate"))
        public_key = x509.load_der_x509_certificate(base64.b64decode(certificate.text or "")).public_key()
        assert isinstance(public_key, RSAPublicKey)
        sealed = public_key.encrypt(bytes(64), OAEP(MGF1(SHA1()), SHA1(), None))
        next(other.iter(f"{{{ENC}}}CipherValue")).text = base64.b64encode(sealed).decode()


@pytest.mark.parametrize(("another", "words"), [(False, ""), (True, "one MAC key; seen: 2")])
def test_a_mac_key_may_stand_in_two_layouts_but_not_be_two_keys(another: bool, words: str) -> None:
    edit = at("//cpix:MACMethod", lambda method: _beside(method, another=another))
    said = finds("encryption.mac-key-wrapped", edit, recipients=ONE)
    assert words in said and bool(words) == bool(said)


RECIPES = [
    (Recipe(padding="xmlenc"), "encryption.pkcs7-padding", "XML Encryption padding"),
    (Recipe(padding="zero"), "encryption.pkcs7-padding", "each padding byte is their number; seen:"),
    (Recipe(iv="zero"), "encryption.ivs-distinct", "an unpredictable IV; seen: all zeros"),
    (Recipe(iv="same"), "encryption.ivs-distinct", "an IV of its own; seen: the IV of"),
    (Recipe(mac_hash="sha256"), "encryption.value-macs-verify", "seen: 32 bytes"),
    (Recipe(mac_input="without-iv"), "encryption.value-macs-verify", "IV"),
    (Recipe(mac_input="base64-text"), "encryption.value-macs-verify", "base64"),
    (Recipe(mac_key_bytes=32), "encryption.mac-key-is-512-bit", "64 bytes; seen: 32 bytes"),
    (Recipe(mac_layout="cpix:Key/enc"), "encryption.mac-key-in-mackey", "pskc:MACKey; seen: cpix:Key"),
    (Recipe(mac_layout="cpix:Key/pskc:EncryptedValue"), "encryption.mac-key-in-mackey", "pskc:MACKey; seen: cpix:Key"),
    (Recipe(mac=False), "encryption.mac-method-present", "a MACMethod; seen: none"),
]


@pytest.mark.parametrize(("recipe", "check", "words"), RECIPES)
def test_a_server_that_encrypts_in_its_own_way_is_found(recipe: Recipe, check: str, words: str) -> None:
    said = says(check, answered(config=Config(encryption=recipe), recipients=ONE))
    assert words in said and not said.startswith(("untestable", "not applicable")), said


@pytest.mark.parametrize("layout", ["cpix:Key/pskc:EncryptedValue", "cpix:Key/enc"])
def test_all_three_layouts_of_the_mac_key_are_read(layout: str) -> None:
    recipe = Recipe(mac_layout=layout)  # type: ignore[arg-type]
    context = answered(config=Config(encryption=recipe), recipients=ONE)
    for check in ("encryption.mac-key-wrapped", "encryption.value-macs-verify", "encryption.mac-key-is-512-bit"):
        assert says(check, context) == "", check


def test_macs_beside_wrapped_keys_are_free_and_have_to_verify() -> None:
    also = Config(encryption=Recipe(mac_on_wrapped_keys=True))
    assert says("encryption.other-macs-verify", answered(config=also, recipients=ONE)) == ""
    wrong = payload("//cpix:DocumentKey//pskc:ValueMAC", lambda mac: mac[::-1])
    said = says("encryption.other-macs-verify", answered(None, wrong, config=also, recipients=ONE))
    assert "a ValueMAC that does not verify" in said


def test_without_a_mac_method_the_macs_are_one_finding() -> None:
    context = answered(config=Config(encryption=Recipe(mac=False)), recipients=ONE)
    assert says("encryption.value-mac-on-every-key", context).startswith("not applicable")


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_a_right_answer_is_right(version: str) -> None:
    context = answered(Ask(version=version), recipients=ONE)
    for check in sorted({check for check, *_ in WRONG} | {check for _, check, _ in RECIPES}):
        assert says(check, context) == "", check


def test_no_finding_spells_a_key_out() -> None:
    for recipe, check, _ in RECIPES:
        context = answered(config=Config(encryption=recipe), recipients=ONE)
        for key in context.keys.values():
            said = says(check, context)
            assert key.hex() not in said and base64.b64encode(key).decode() not in said
