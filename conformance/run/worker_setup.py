"""What all processes of one run have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from conformance.model import Claims, Unclaimed
from conformance.wire.pacing import NO_LIMITS, Limits


@dataclass(frozen=True)
class WorkerSetup:
    """A prepared target with what was found out about it; private keys travel through memory and pipes only."""

    url: str
    seed: str
    salt: bytes
    ring: dict[str, tuple[bytes, bytes]]
    claims: Claims
    unclaimed: tuple[Unclaimed, ...] = ()
    failure: str = ""
    started: str = ""
    limits: Limits = NO_LIMITS
    listener: str = ""
    """Where the run listens; empty where no server could reach it."""

    def for_worker(self, number: int, count: int, spent: int) -> WorkerSetup:
        """The same for one worker of several, with its part of what the run may still send."""
        return replace(self, limits=self.limits.share(number, count, spent))

    def packed(self) -> bytes:
        """As bytes that a worker's pipe can carry."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def unpacked(cls, data: bytes) -> WorkerSetup:
        """The inverse of `packed`."""
        return msgspec.msgpack.decode(data, type=cls)
