"""What goes in and out of the server, free of sockets."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request as it arrived; header names keep their case."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    plain: bool = False
    """It came by plain http to a server that is there by TLS."""
    connection: str = "fresh"
    """What the connection had carried just before: nothing (`fresh`), an accepted request (`reused`), or a refused one
    (`after-refusal`)."""

    def header(self, name: str) -> str | None:
        """Give the first value of a header, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Give every value of a header in the order of arrival."""
        return tuple(value for key, value in self.headers if key.lower() == name.lower())


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the HTTP shell puts an answer on the wire, where it is to be unusual or wrong.

    Times are milliseconds, sizes are bytes.
    """

    delay_ms: int = 0
    chunked: bool = False
    http10: bool = False
    close: bool = False
    drip_ms: int = 0
    drip_bytes: int = 1
    drip_headers: bool = False
    endless: bool = False
    declared_length: int | None = None
    cut_after: int | None = None
    silent: bool = False
    raw: bytes | None = None
    reason: str | None = None
    certificate_days: int = 365
    """Days until the certificate of the TLS connection expires; only where the exchange is played without a socket."""


USUAL = Behaviour()


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One answer; `behaviour` is None where the shell sends it in the ordinary way."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    behaviour: Behaviour | None = field(default=None)

    def header(self, name: str) -> str | None:
        """Give the first value of a header, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)
