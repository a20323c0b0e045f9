"""Where the server's random bytes come from: the system, or a seed where a run must be repeatable byte by byte."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import padding, rsa


class Chance:
    """The system's randomness; what a key server has to use."""

    def draw(self, size: int) -> bytes:
        """Give so many random bytes."""
        return os.urandom(size)

    def wrap(self, key: rsa.RSAPublicKey, secret: bytes, how: padding.AsymmetricPadding, name: str) -> bytes:
        """Encrypt a secret with an RSA key; `name` tells one padding from another."""
        return key.encrypt(secret, how)


@dataclass(slots=True)
class Repeatable(Chance):
    """Bytes that follow from a seed; for proofs only, since whoever knows the seed knows the keys.

    RSA padding draws its randomness where no seed reaches it, so each wrapped secret is kept in `wrapped`, which
    may be shared by all exchanges that are to be compared.
    """

    seed: bytes
    wrapped: dict[tuple[int, bytes, str], bytes] = field(default_factory=dict)
    drawn: int = 0

    def draw(self, size: int) -> bytes:
        """Give the next bytes of the seed's stream."""
        self.drawn += 1
        return hashlib.shake_256(self.seed + self.drawn.to_bytes(4, "big")).digest(size)

    def wrap(self, key: rsa.RSAPublicKey, secret: bytes, how: padding.AsymmetricPadding, name: str) -> bytes:
        """Encrypt a secret, or give what was made of the same secret before."""
        place = (key.public_numbers().n, secret, name)
        if place not in self.wrapped:
            self.wrapped[place] = key.encrypt(secret, how)
        return self.wrapped[place]


_CHANCE: ContextVar[Chance] = ContextVar("_CHANCE")
_SYSTEM = Chance()


def chance() -> Chance:
    """Give the source of randomness of the exchange that is being answered."""
    return _CHANCE.get(_SYSTEM)


@contextmanager
def using(source: Chance) -> Iterator[None]:
    """Answer with this source of randomness inside the block."""
    token = _CHANCE.set(source)
    try:
        yield
    finally:
        _CHANCE.reset(token)
