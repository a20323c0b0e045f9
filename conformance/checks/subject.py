"""What a check is about. With what came and what the request asks for it decides at which steps the check is asked."""

from __future__ import annotations

from enum import StrEnum


class Subject(StrEnum):
    """What a check looks at."""

    EXCHANGE = "any ordinary exchange, whatever its result"
    ACCEPTED = "an accepted answer"
    REFUSAL = "a refusal"
    EXPECTATION = "what the step expects"
    """Asked where the kind of expectation brings it, or a case names it."""
    RELATION = "two requests and their answers"
    """Runs where an earlier request of the case has the relation to this one, and nowhere else."""
