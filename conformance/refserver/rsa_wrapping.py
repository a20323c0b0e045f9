"""RSA encryption of a secret with padding whose random part is given.

Libraries draw that part where no seed reaches it. Both paddings are those of RFC 8017; readers in tests and in the
suite use a library, so a mistake here shows at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

Draw = Callable[[int], bytes]


def oaep(key: RSAPublicKey, secret: bytes, digest: str, mask_digest: str, draw: Draw) -> bytes:
    """Encrypt with OAEP and an empty label; raises ValueError where the secret is too long for the key."""
    size = (key.key_size + 7) // 8
    label = hashlib.new(digest).digest()
    data = label + bytes(size - len(secret) - 2 * len(label) - 2) + b"\x01" + secret
    seed = draw(len(label))
    masked = _xor(data, _mask(seed, len(data), mask_digest))
    return _encrypt(key, b"\x00" + _xor(seed, _mask(masked, len(seed), mask_digest)) + masked)


def pkcs1_v15(key: RSAPublicKey, secret: bytes, draw: Draw) -> bytes:
    """Encrypt with the padding of PKCS#1 v1.5; raises ValueError where the secret is too long for the key."""
    size = (key.key_size + 7) // 8 - len(secret) - 3
    if size < 8:
        raise ValueError("the secret is too long for the key")
    filler = bytes(byte or 1 for byte in draw(size))
    return _encrypt(key, b"\x00\x02" + filler + b"\x00" + secret)


def _encrypt(key: RSAPublicKey, block: bytes) -> bytes:
    numbers = key.public_numbers()
    return pow(int.from_bytes(block, "big"), numbers.e, numbers.n).to_bytes(len(block), "big")


def _mask(seed: bytes, size: int, digest: str) -> bytes:
    """MGF1."""
    made = b""
    for number in range(size):
        if len(made) >= size:
            break
        made += hashlib.new(digest, seed + number.to_bytes(4, "big")).digest()
    return made[:size]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
