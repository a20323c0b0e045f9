"""What the terminal says at the end of a run: failures by root cause, warnings, a table per set, where to read on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text and how to show it."""

    text: str
    markup: str = ""
    """Words of pytest's terminal writer, separated by spaces (`red bold`); empty for plain text."""


def terminal_lines(document: dict[str, Any], width: int) -> list[Line]:
    """The summary of a run, for a terminal of that many columns."""
    return [Line(f"outcome: {document['outcome']}", "bold")]
