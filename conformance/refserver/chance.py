"""Where the server's random bytes come from: its seed and the request, so that whatever it does can be repeated.

A key server must not do so, since whoever knows the seed knows the keys. This one is there to be judged: an answer that
differs from run to run makes a test that is red now and then, and nobody can look at what was wrong.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from conformance.refserver.exchange import HttpRequest

_CERTIFICATE = re.compile(rb"(X509Certificate[^<>]*>)[^<]+")


class Chance:
    """A stream of bytes for one exchange; the same request asked for the nth time has the same stream in every run."""

    def __init__(self, seed: str, name: bytes, nth: Callable[[], int]) -> None:
        self._seed, self._name, self._nth = seed, name, nth
        self._stream = b""
        self._drawn = 0

    def draw(self, size: int) -> bytes:
        """Give the next bytes of the stream."""
        if not self._stream:
            self._stream = self._seed.encode() + self._name + self._nth().to_bytes(4, "big")
        self._drawn += 1
        return hashlib.shake_256(self._stream + self._drawn.to_bytes(4, "big")).digest(size)


def name_of(request: HttpRequest) -> bytes:
    """What makes a request the same one again.

    Certificates do not: whoever asks makes new key pairs whenever he is started. Nor do headers, such as a signature
    with its date, but for the version.
    """
    body = _CERTIFICATE.sub(rb"\1", request.body)
    said = f"{request.method} {request.path} {request.all('X-Speke-Version')}".encode()
    return hashlib.sha256(said + b"\n" + body).digest()


_CHANCE: ContextVar[Chance] = ContextVar("_CHANCE")


def chance() -> Chance:
    """Give the source of randomness of the exchange that is being answered."""
    return _CHANCE.get()


@contextmanager
def using(source: Chance) -> Iterator[None]:
    """Answer with this source of randomness inside the block."""
    token = _CHANCE.set(source)
    try:
        yield
    finally:
        _CHANCE.reset(token)
