"""What all processes of one run have in common."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce

import msgspec

from conformance.cases.features import LOOPBACK
from conformance.model import Claims, Unclaimed
from conformance.wire.pacing import NO_LIMITS, Limits


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of the key server, with what was found out about it."""

    number: int
    """From 1; 0 where there is only one."""
    url: str
    shown: str
    """Its name in texts: the host alone, and the number where there are several."""
    claims: Claims
    unclaimed: tuple[Unclaimed, ...] = ()
    failure: str = ""
    """Why nothing can be sent to it, in a sentence."""


@dataclass(frozen=True)
class WorkerSetup:
    """A prepared target; private keys travel through memory and pipes only."""

    endpoints: tuple[Endpoint, ...]
    seed: str
    salt: bytes
    ring: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    started: str = ""
    limits: Limits = NO_LIMITS
    listener: str = ""
    """Where the run listens; empty where no server could reach it."""

    @property
    def url(self) -> str:
        """The first endpoint's."""
        return self.endpoints[0].url

    @property
    def claims(self) -> Claims:
        """What is claimed at any of the endpoints."""
        return reduce(_either, (one.claims for one in self.endpoints))

    @property
    def unclaimed(self) -> tuple[Unclaimed, ...]:
        """What is claimed at none, with the answers that say so."""
        claims = self.claims
        return tuple(
            one if not place.number else replace(one, why=f"at {place.shown}: {one.why}")
            for place in self.endpoints
            for one in place.unclaimed
            if not place.number or not claims.has(one.claim)
        )

    @property
    def failure(self) -> str:
        """Why nothing can be sent at all; empty where one endpoint can be asked."""
        failures = [one.failure for one in self.endpoints]
        return failures[0] if all(failures) else ""

    def listener_at(self, endpoint: Endpoint) -> str:
        """Where the run listens for that endpoint; empty where it is on another machine."""
        return self.listener if LOOPBACK in endpoint.claims.features else ""

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


def _either(one: Claims, other: Claims) -> Claims:
    return replace(
        one,
        versions=one.versions | other.versions,
        schemes=one.schemes | other.schemes,
        features=one.features | other.features,
    )
