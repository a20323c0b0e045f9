"""Makes encrypted answers by the book, or with one departure from it; shares no code with what opens them."""

import base64
import hashlib
import hmac
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from conformance.cpix.xml import CPIX, DS, ENC, PSKC

RSA_OAEP = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
AES_CBC = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
HMAC = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"

RANDOM = random.Random("sealing")
"""Document keys, MAC keys and IVs, the same ones in every run."""

KIDS = [uuid.uuid5(uuid.NAMESPACE_URL, f"kid {i}") for i in range(3)]
KEYS = {kid: hashlib.sha256(kid.bytes).digest()[:16] for kid in KIDS}


def certificate(key: rsa.RSAPrivateKey, name: str) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    dated = builder.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=1))
    return dated.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


RECIPIENT = rsa.generate_private_key(65537, 2048)
STRANGER = rsa.generate_private_key(65537, 2048)
CERTIFICATE = certificate(RECIPIENT, "recipient")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def oaep(main: hashes.HashAlgorithm, mgf: hashes.HashAlgorithm, label: bytes | None = None) -> Callable[[bytes], bytes]:
    scheme = padding.OAEP(mgf=padding.MGF1(mgf), algorithm=main, label=label)
    return lambda key: RECIPIENT.public_key().encrypt(key, scheme)


RIGHT_OAEP = oaep(hashes.SHA1(), hashes.SHA1())


def pkcs7(key: bytes) -> bytes:
    missing = 16 - len(key) % 16
    return key + bytes([missing]) * missing


def cbc(key: bytes, iv: bytes, padded: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(padded) + encryptor.finalize()


@dataclass(frozen=True)
class Maker:
    """Makes an encrypted answer by the book; each field that is replaced is one departure from it."""

    version: str = "2.3"
    certificates: tuple[str, ...] = (b64(CERTIFICATE),)
    document_key: bytes = field(default_factory=lambda: RANDOM.randbytes(32))
    mac_key: bytes = field(default_factory=lambda: RANDOM.randbytes(64))
    wrap: Callable[[bytes], bytes] = RIGHT_OAEP
    wrap_uri: str = RSA_OAEP
    digest: str | None = None
    pad: Callable[[bytes], bytes] = pkcs7
    iv: Callable[[], bytes] = lambda: RANDOM.randbytes(16)
    content_uri: str = AES_CBC
    send_iv: bool = True
    # (MAC key, IV, ciphertext) to ValueMAC; None for no ValueMAC
    mac: Callable[["Maker", bytes, bytes], bytes] | None = lambda m, iv, c: m.hmac("sha512", iv + c)
    mac_uri: str = HMAC
    mac_layout: str = "pskc:MACKey"
    extra_macs: bytes | None = None
    content_keys: dict[uuid.UUID, bytes] = field(default_factory=lambda: KEYS)

    def hmac(self, algorithm: str, message: bytes, key: bytes | None = None) -> bytes:
        return hmac.digest(self.mac_key if key is None else key, message, algorithm)

    def wrapped(self, key: bytes) -> str:
        digest = f'<ds:DigestMethod Algorithm="{self.digest}"/>' if self.digest else ""
        return (
            f'<enc:EncryptionMethod Algorithm="{self.wrap_uri}">{digest}</enc:EncryptionMethod>'
            f"<enc:CipherData><enc:CipherValue>{b64(self.wrap(key))}</enc:CipherValue></enc:CipherData>"
        )

    def mac_method(self) -> str:
        extra = f"<pskc:ValueMAC>{b64(self.extra_macs)}</pskc:ValueMAC>" if self.extra_macs else ""
        inner = self.wrapped(self.mac_key)
        element = {
            "pskc:MACKey": f"<pskc:MACKey>{inner}</pskc:MACKey>",
            "cpix:Key/enc": f"<Key>{inner}</Key>",
            "cpix:Key/pskc:EncryptedValue": f"<Key><pskc:EncryptedValue>{inner}</pskc:EncryptedValue>{extra}</Key>",
            "none": "",
        }[self.mac_layout]
        return f'<MACMethod Algorithm="{self.mac_uri}">{element}</MACMethod>'

    def content_key(self, kid: uuid.UUID, key: bytes) -> str:
        iv = self.iv()
        sealed = cbc(self.document_key, iv, self.pad(key))
        mac = f"<pskc:ValueMAC>{b64(self.mac(self, iv, sealed))}</pskc:ValueMAC>" if self.mac else ""
        value = b64(iv + sealed if self.send_iv else sealed)
        return (
            f'<ContentKey kid="{kid}"><Data><pskc:Secret><pskc:EncryptedValue>'
            f'<enc:EncryptionMethod Algorithm="{self.content_uri}"/>'
            f"<enc:CipherData><enc:CipherValue>{value}</enc:CipherValue></enc:CipherData>"
            f"</pskc:EncryptedValue>{mac}</pskc:Secret></Data></ContentKey>"
        )

    def text(self) -> str:
        certificates = "".join(f"<ds:X509Certificate>{one}</ds:X509Certificate>" for one in self.certificates)
        keys = "".join(self.content_key(kid, key) for kid, key in self.content_keys.items())
        return (
            f'<CPIX xmlns="{CPIX}" xmlns:pskc="{PSKC}" xmlns:enc="{ENC}" xmlns:ds="{DS}" version="{self.version}">'
            f'<DeliveryDataList><DeliveryData id="r"><DeliveryKey><ds:X509Data>{certificates}</ds:X509Data>'
            f"</DeliveryKey><DocumentKey><Data><pskc:Secret><pskc:EncryptedValue>{self.wrapped(self.document_key)}"
            f"</pskc:EncryptedValue></pskc:Secret></Data></DocumentKey>{self.mac_method()}</DeliveryData>"
            f"</DeliveryDataList><ContentKeyList>{keys}</ContentKeyList></CPIX>"
        )
