"""Key encryption: document key and MAC key for each recipient, and each content key under the document key."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from conformance.refserver.certificates import public_key
from conformance.refserver.chance import chance
from conformance.refserver.config import Config, Recipe
from conformance.refserver.reading import Asked, AskedRecipient
from conformance.refserver.refusals import Refusal
from conformance.refserver.rsa_wrapping import oaep, pkcs1_v15

RSA_OAEP = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
AES_256_CBC = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
HMAC_SHA512 = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512"


@dataclass(frozen=True, slots=True)
class Sealed:
    """Something encrypted, as base64 text, with its MAC where there is one."""

    value: str
    mac: str | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient with the two keys wrapped for it."""

    asked: AskedRecipient
    certificate: str
    document_key: Sealed
    mac_key: Sealed


def open_vault(asked: Asked, config: Config) -> Vault | None:
    """Make what an encrypted answer needs; None where the keys go in the clear. Raises Refusal."""
    if not asked.encrypted:
        return None
    if not config.key_encryption:
        if config.encryption.when_unavailable == "clear":
            return None
        raise Refusal("key-encryption", "Key encryption is not available.")
    vault = Vault(asked, config)
    return vault if vault.recipients else None


class Vault:
    """The secrets of one encrypted answer: a document key and a MAC key, made anew for every document."""

    def __init__(self, asked: Asked, config: Config) -> None:
        self.recipe: Recipe = config.encryption
        self._document_key = self._secret(self.recipe.document_key_bytes, b"D")
        self._mac_key = self._secret(self.recipe.mac_key_bytes, b"M")
        self._iv = chance().draw(16)
        if not asked.recipients:
            raise Refusal("recipients", "The DeliveryDataList has no DeliveryData.")
        everyone = [one for one in (self._recipient(asked, config) for asked in asked.recipients) if one is not None]
        self.recipients = everyone if self.recipe.recipients == "all" else everyone[:1]

    def seal(self, key: bytes) -> Sealed:
        """Encrypt a content key: base64 of IV and ciphertext, and the MAC over both."""
        iv = {"random": chance().draw(16), "zero": bytes(16), "same": self._iv, "fixed": b"\x5a" * 16}[self.recipe.iv]
        padded = self._pad(key)
        cipher = Cipher(algorithms.AES(self._document_key), modes.CBC(iv)).encryptor()
        encrypted = cipher.update(padded) + cipher.finalize()
        return self._with_mac(iv + encrypted, key)

    def _secret(self, size: int, fixed: bytes) -> bytes:
        return chance().draw(size) if self.recipe.secrets == "fresh" else fixed * size

    def _pad(self, key: bytes) -> bytes:
        missing = 16 - len(key) % 16
        if self.recipe.padding == "pkcs7":
            return key + bytes([missing]) * missing
        filler = chance().draw(missing - 1) if self.recipe.padding == "xmlenc" else bytes(missing - 1)
        return key + filler + bytes([missing])

    def _with_mac(self, sealed: bytes, plain: bytes) -> Sealed:
        text = base64.b64encode(sealed).decode()
        if not self.recipe.mac:
            return Sealed(text, None)
        covered = {
            "cipher-value": sealed,
            "without-iv": sealed[16:],
            "base64-text": text.encode(),
            "plain-key": plain,
        }[self.recipe.mac_input]
        mac = hmac.new(self._mac_key, covered, self.recipe.mac_hash).digest()
        return Sealed(text, base64.b64encode(mac).decode())

    def _recipient(self, asked: AskedRecipient, config: Config) -> Recipient | None:
        try:
            if not asked.certificates:
                raise Refusal("certificate", "A DeliveryData has no X509Certificate.")
            key = public_key(asked.certificates[0], config.minimum_rsa_bits, config.certificate_hashes)
        except Refusal:
            if self.recipe.unfit_certificate == "leave-out":
                return None
            raise
        secret = self._document_key
        if self.recipe.one_document_key_per_recipient:
            secret = chance().draw(self.recipe.document_key_bytes)
        return Recipient(asked, asked.certificates[0], self._wrap(key, secret), self._wrap(key, self._mac_key))

    def _wrap(self, key: rsa.RSAPublicKey, secret: bytes) -> Sealed:
        draw, recipe = chance().draw, self.recipe
        if recipe.wrapping == "oaep":
            wrapped = oaep(key, secret, recipe.oaep_hash, recipe.mgf_hash, draw)
        else:
            wrapped = pkcs1_v15(key, secret, draw)
        if self.recipe.mac_on_wrapped_keys:
            mac = hmac.new(self._mac_key, wrapped, self.recipe.mac_hash).digest()
            return Sealed(base64.b64encode(wrapped).decode(), base64.b64encode(mac).decode())
        return Sealed(base64.b64encode(wrapped).decode(), None)
