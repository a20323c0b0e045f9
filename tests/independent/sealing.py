"""Keys encrypted for the receivers that a request names."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from binascii import Error
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA1

from tests.independent.wish import Refusal


def public_key(text: str) -> RSAPublicKey:
    """The key of a certificate; raises Refusal unless it is RSA with at least 2048 bits."""
    try:
        key = x509.load_der_x509_certificate(b64decode("".join(text.split()), validate=True)).public_key()
    except (ValueError, Error):
        raise Refusal("A certificate cannot be read.") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        raise Refusal("A certificate has no RSA key of 2048 bits or more.")
    return key


@dataclass(frozen=True)
class Sealed:
    """Ciphertext with its MAC, both in base64."""

    cipher: str
    mac: str


class Sealer:
    """The document key and the MAC key of one answer."""

    def __init__(self) -> None:
        self._document_key = os.urandom(32)
        self._mac_key = os.urandom(64)

    def document_key_for(self, receiver: RSAPublicKey) -> Sealed:
        """The document key, wrapped for a receiver."""
        return self._wrapped(receiver, self._document_key)

    def mac_key_for(self, receiver: RSAPublicKey) -> Sealed:
        """The MAC key, wrapped for a receiver."""
        return self._wrapped(receiver, self._mac_key)

    def content_key(self, key: bytes) -> Sealed:
        """A content key, encrypted."""
        start = os.urandom(16)
        fill = 16 - len(key) % 16
        machine = Cipher(algorithms.AES(self._document_key), CBC(start)).encryptor()
        return self._with_mac(start + machine.update(key + bytes([fill]) * fill) + machine.finalize())

    def _wrapped(self, receiver: RSAPublicKey, key: bytes) -> Sealed:
        return self._with_mac(receiver.encrypt(key, OAEP(MGF1(SHA1()), SHA1(), None)))

    def _with_mac(self, data: bytes) -> Sealed:
        mac = hmac.new(self._mac_key, data, hashlib.sha512).digest()
        return Sealed(b64encode(data).decode(), b64encode(mac).decode())
