"""What a PlayReady header lets one compute: the key checksum, and the keys of the public test server."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from conformance.cpix.errors import DecodeError

CHECKSUM_BYTES: Final = 8

# The seed that Microsoft publishes for its test server; keys derived from it protect nothing.
_TEST_SEED: Final = base64.b64decode("XVBovsmzhP9gRIZxWfFta3VVRPzVEWmJsazEJ46I")


def checksum(key: bytes, kid: UUID) -> bytes:
    """Compute the AESCTR checksum: the KID in GUID order, encrypted with the content key, first 8 bytes.

    Raises DecodeError `playready.key-length` for a key that is not 16 bytes (PlayReady Header Specification).
    """
    return _encrypt(key, kid.bytes_le)[:CHECKSUM_BYTES]


def checksum_variants(key: bytes, kid: UUID) -> Mapping[str, bytes]:
    """Compute what common mistakes would give, by a description of the mistake; the right checksum is left out."""
    right = checksum(key, kid)
    variants = {
        "the KID was not byte-swapped": _encrypt(key, kid.bytes)[:CHECKSUM_BYTES],
        "the key was byte-swapped": _encrypt(UUID(bytes=key).bytes_le, kid.bytes_le)[:CHECKSUM_BYTES],
        "the last instead of the first 8 bytes were taken": _encrypt(key, kid.bytes_le)[CHECKSUM_BYTES:],
    }
    return {mistake: value for mistake, value in variants.items() if value != right}


def test_seed_key(kid: UUID) -> bytes:
    """Derive the 16-byte key that Microsoft's public test seed gives for this KID."""
    seed, swapped = _TEST_SEED, kid.bytes_le
    digests = (sha256(seed + tail).digest() for tail in (swapped, swapped + seed, swapped + seed + swapped))
    key = bytes(16)
    for digest in digests:
        key = bytes(a ^ b ^ c for a, b, c in zip(key, digest[:16], digest[16:], strict=True))
    return key


def _encrypt(key: bytes, block: bytes) -> bytes:
    if len(key) != 16:
        raise DecodeError(
            "playready.key-length",
            "a PlayReady checksum needs a content key of 16 bytes",
            expected="16 bytes",
            found=f"{len(key)} bytes",
        )
    # One block in ECB mode is what the format prescribes; nothing is kept secret by it.
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(block) + encryptor.finalize()
