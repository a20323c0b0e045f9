"""Ed25519 signatures over the sums of an evidence archive."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from conformance.wire.errors import OptionError

_LARGEST = 1 << 16


def read_private(path: Path) -> Ed25519PrivateKey:
    """The private key in a PEM file without a password; raises OptionError, which never quotes the file."""
    pem = _pem("--key", path)
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except TypeError:
        raise OptionError(f"--key {path} is protected by a password; give a key without one.") from None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise OptionError(
            f"--key {path} is no Ed25519 private key in PEM; `openssl genpkey -algorithm ed25519` makes one."
        )
    return key


def read_public(path: Path) -> Ed25519PublicKey:
    """The public key in a PEM file; raises OptionError."""
    pem = _pem("--public-key", path)
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise OptionError(f"--public-key {path} is no Ed25519 public key in PEM (BEGIN PUBLIC KEY).")
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 (hex) over the raw 32 bytes: what two people compare over the telephone."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()


def fits(key: Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether the signature is the key's, over these very bytes."""
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def _pem(option: str, path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise OptionError(f"{option} {path} is too large for a key in PEM.")
        return path.read_bytes()
    except OSError as error:
        raise OptionError(f"{option} {path} cannot be read ({error.strerror}); name a PEM file.") from None
