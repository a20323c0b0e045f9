"""What an answer that denies access shows of its reason."""

from __future__ import annotations

from conformance.model import Exchange

DENIED = frozenset({401, 403})
"""Statuses that speak of who is asking."""


def is_denied(exchange: Exchange) -> bool:
    """Whether the answer says that whoever asks may not."""
    return exchange.answer is not None and exchange.answer.status in DENIED


def denial(exchange: Exchange) -> str:
    """A clause on the status and, as far as the exchange shows it, the reason why access was denied, with the fix."""
    assert exchange.answer is not None
    words = f"{exchange.answer.status}, which is about access, not about the document"
    skew = next((note for note in exchange.notes if note.startswith("this machine's clock")), "")
    if skew:
        return f"{words}; {skew}: set the clock"
    if b"expired" in exchange.answer.body.lower():
        return f"{words}; the answer says that something has expired: fetch new credentials (AWS_SESSION_TOKEN)"
    return f"{words}; check --speke-auth and its environment variables"
