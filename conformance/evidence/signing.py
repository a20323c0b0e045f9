"""Ed25519 signatures over the sums of an evidence archive."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from conformance.catalogue.regular_file import TooLarge, read_regular
from conformance.wire.errors import OptionError

VARIABLE = "SPEKE_SIGNING_KEY"
"""Names the file of the private key, where no option does."""

_LARGEST = 1 << 16
_OF_REPORTS = ("results.json", "latest")


def read_private(path: Path, option: str = "--key") -> Ed25519PrivateKey:
    """The private key in a PEM file without a password; raises OptionError, which never quotes the file."""
    pem = _pem(option, path)
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except TypeError:
        raise OptionError(f"{option} {path} is protected by a password; give a key without one.") from None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise OptionError(
            f"{option} {path} is not an Ed25519 private key in PEM; `speke-conformance evidence keygen FILE` makes one."
        )
    return key


def read_public(path: Path) -> Ed25519PublicKey:
    """The public key in a PEM file; raises OptionError."""
    pem = _pem("--public-key", path)
    key = parse_public(pem)
    if key is None:
        raise OptionError(f"--public-key {path} is not an Ed25519 public key in PEM (BEGIN PUBLIC KEY).")
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


def private_key(option: Path | None, environment: Mapping[str, str]) -> Ed25519PrivateKey | None:
    """The key to sign with: that of `--key`, else of `$SPEKE_SIGNING_KEY` (a file's name); None signs nothing."""
    if option is not None:
        return read_private(option)
    named = environment.get(VARIABLE, "")
    return read_private(Path(named), f"${VARIABLE}") if named else None


def make_key(path: Path) -> str:
    """Make a key in a new file that its owner alone may read; its fingerprint. Raises OptionError.

    Refused where something has that name already, and inside a folder of reports, which is made to be handed over.
    """
    home = path.resolve().parent
    if any((folder / name).exists() for folder in (home, *home.parents) for name in _OF_REPORTS):
        raise OptionError(f"{path} is inside a folder of reports, which others will get; choose a private place.")
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
    except FileExistsError:
        raise OptionError(f"{path} exists already, and no key is ever overwritten; name another file.") from None
    except OSError as error:
        raise OptionError(f"{path} cannot be written ({error.strerror}); name another file.") from None
    return fingerprint(key.public_key())


def public_pem(key: Ed25519PublicKey) -> bytes:
    """The public key as `openssl` reads it."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def parse_public(pem: bytes) -> Ed25519PublicKey | None:
    """The key in some PEM text; None where there is no such key in it."""
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


class Signature(StrEnum):
    """What is known of who vouches for an archive, in one word."""

    UNSIGNED = "unsigned"
    BROKEN = "broken"
    """There is a signature, and it does not fit the sums."""
    UNKNOWN = "unknown signer"
    """Somebody signed the sums; whose key it is, the archive cannot prove."""
    GIVEN = "given key"
    """Whoever has the private part of the key that was given signed the sums."""


def judge_signature(
    data: bytes, signature: bytes | None, enclosed: bytes | None, given: Ed25519PublicKey | None
) -> Signature:
    """The word for a signature; `enclosed` is the public key in the archive, which anybody may have put there."""
    if signature is None:
        # A key without a signature is what is left where somebody took the signature out.
        return Signature.UNSIGNED if enclosed is None else Signature.BROKEN
    if given is not None and fits(given, signature, data):
        return Signature.GIVEN
    signer = parse_public(enclosed) if enclosed is not None else None
    return Signature.UNKNOWN if signer is not None and fits(signer, signature, data) else Signature.BROKEN


def _pem(option: str, path: Path) -> bytes:
    try:
        return read_regular(path, _LARGEST)
    except TooLarge:
        raise OptionError(f"{option} {path} is too large for a key in PEM.") from None
    except OSError as error:
        raise OptionError(f"{option} {path} cannot be read ({error.strerror}); name a PEM file.") from None
