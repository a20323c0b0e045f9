"""The run's recipients of encrypted keys: good certificates and deliberately bad ones, made in memory, never stored."""

from __future__ import annotations

import base64
import datetime
import textwrap
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

_SIZES = {
    "rsa-2048": 2048,
    "rsa-2048-b": 2048,
    "rsa-2048-sha256": 2048,
    "rsa-3072": 3072,
    "rsa-4096": 4096,
    "rsa-1024": 1024,
}
_DERIVED = {
    "folded": "rsa-2048",
    "pem-armour": "rsa-2048",
    "truncated": "rsa-2048",
    "not-a-certificate": "",
    "empty": "",
}
_SHA_256 = frozenset({"rsa-2048-sha256", "rsa-1024"})
"""Certificates that are signed with SHA-256, and the others with SHA-512: AWS's guides name both.

A key of 1024 bits is too short for a signature with SHA-512."""

NAMES = (*_SIZES, "ec-p256", *_DERIVED)
"""Names of recipients that a request may be encrypted to."""

_LIFETIME = datetime.timedelta(days=2)


@dataclass(frozen=True, slots=True)
class RecipientKeys:
    """One recipient's private key (None where nothing can be decrypted with it) and certificate in DER."""

    name: str
    private_key: rsa.RSAPrivateKey | None
    certificate: bytes


class KeyRing:
    """The key pairs of one run, each made when it is first asked for."""

    def __init__(self, pairs: Mapping[str, RecipientKeys] | None = None) -> None:
        self._pairs: dict[str, RecipientKeys] = dict(pairs or {})
        self._making = threading.Lock()

    def pair(self, name: str) -> RecipientKeys:
        """The key pair of that name, made once whoever asks first: two would not fit each other's certificate."""
        with self._making:
            if name not in self._pairs:
                self._pairs[name] = _make(name)
            return self._pairs[name]

    def certificate_text(self, name: str) -> str:
        """What goes into ds:X509Certificate for that recipient."""
        if name == "empty":
            return ""
        if name == "not-a-certificate":
            return base64.b64encode(b"this is no certificate").decode()
        base = _DERIVED.get(name, name)
        der = self.pair(base).certificate
        if name == "truncated":
            der = der[: len(der) // 2]
        text = base64.b64encode(der).decode()
        if name == "folded":
            return "\n".join(textwrap.wrap(text, 64))
        if name == "pem-armour":
            folded = "\n".join(textwrap.wrap(text, 64))
            return f"-----BEGIN CERTIFICATE-----\n{folded}\n-----END CERTIFICATE-----"
        return text

    def certificate_texts(self, names: Iterable[str]) -> Mapping[str, str]:
        """Name -> certificate text for all the given recipients."""
        return {name: self.certificate_text(name) for name in names}

    def base(self, name: str) -> str:
        """The name of the key pair behind a recipient (a folded certificate is still the same one)."""
        return _DERIVED.get(name, name)

    def exported(self) -> dict[str, tuple[bytes, bytes]]:
        """The pairs made so far as (private key PKCS#8 DER, certificate DER), to hand to workers of the same run.

        The private key is empty where nothing can be decrypted with it.
        """
        return {name: (_private_bytes(pair), pair.certificate) for name, pair in list(self._pairs.items())}

    @classmethod
    def imported(cls, encoded: Mapping[str, tuple[bytes, bytes]]) -> KeyRing:
        """A ring of exported pairs."""
        pairs = {}
        for name, (private, certificate) in encoded.items():
            key = serialization.load_der_private_key(private, password=None) if private else None
            assert key is None or isinstance(key, rsa.RSAPrivateKey)
            pairs[name] = RecipientKeys(name, key, certificate)
        return cls(pairs)


def _private_bytes(pair: RecipientKeys) -> bytes:
    if pair.private_key is None:
        return b""
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return pair.private_key.private_bytes(serialization.Encoding.DER, form, plain)


def _make(name: str) -> RecipientKeys:
    if name == "ec-p256":
        curve = ec.generate_private_key(ec.SECP256R1())
        return RecipientKeys(name, None, _certificate(name, curve, curve.public_key()))
    # 1024 bits are asked for on purpose: a server has to refuse them.
    private = rsa.generate_private_key(public_exponent=65537, key_size=_SIZES[name])
    return RecipientKeys(name, private, _certificate(name, private, private.public_key()))


def _certificate(
    name: str,
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"speke-conformance {name}")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("speke-conformance.invalid")]), critical=False)
        .sign(private, hashes.SHA256() if name in _SHA_256 else hashes.SHA512())
    )
    return built.public_bytes(serialization.Encoding.DER)
