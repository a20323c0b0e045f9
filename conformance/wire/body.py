"""The answer as a client reads it: its head, and its body up to where the head says that it ends."""

from __future__ import annotations

from conformance.wire.attempt import MeteredHead
from conformance.wire.framing import Framing, framing, pieces


class MeteredResponse(MeteredHead):
    """An answer that is read under the deadline and the limits of its flight, body included."""

    _framing = Framing()

    def begin(self) -> None:
        """Read the head, and from it where the body ends."""
        super().begin()
        flight = self._keeper.flight
        self._framing = framing(self.status, self.method, flight.answer_head[1])
        flight.read_body = self.body

    def body(self, limit: int) -> bytes:
        """The body as it came, chunks put together; raises TooLarge, BadHead or IncompleteRead."""
        found = b"".join(pieces(self._keeper, self._framing, limit))
        self._end()
        return found

    def _end(self) -> None:
        """End the answer; a connection that carried more than the answer is not used again.

        This happens before the pool gets the connection back, hence before another thread can send on it.
        """
        flight = self._keeper.flight
        flight.surplus = flight.received - flight.consumed
        if (flight.surplus > 0 or not self._framing.reusable) and flight.close is not None:
            flight.close()
        self.close()
