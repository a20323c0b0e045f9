"""What a question needs, and the two ways in which it turns out not to arise."""

from __future__ import annotations

from enum import IntEnum


class Need(IntEnum):
    """What must be there before a question can be asked; without it the result is UNTESTABLE."""

    EXCHANGE = 0
    """Nothing: the question is about the exchange itself, complete or not."""
    ANSWER = 1
    """A complete HTTP answer of any status (and one that says something: not 429, 503, 504)."""
    SUCCESS = 2
    """A 200 answer."""
    DOCUMENT = 3
    """A 200 answer whose body is a CPIX document."""
    KEYS = 4
    """A CPIX document with at least one content key that can be read (clear, or decrypted)."""
    REFUSAL = 5
    """A complete answer of status 4xx or 5xx that speaks about the document."""


class Untestable(Exception):
    """Raised inside a check: the question cannot be asked here; the text says why."""


class NotApplicable(Exception):
    """Raised inside a check: the answer holds nothing the question is about (an optional element that is absent)."""
