"""The one exception with which every decoder of this package says why bytes could not be read."""

from __future__ import annotations


class DecodeError(Exception):
    """Says in one sentence what is wrong with a value, and under which stable id.

    ``code`` is a kebab-case id with a topic in front (``base64.stray-character``) and never changes its meaning;
    ``message`` is a sentence for a person; ``offset`` counts the unit that the message names (bytes or characters)
    from 0 and is None where no single place is to blame; ``expected`` and ``found`` are short values for a table.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        offset: int | None = None,
        expected: str = "",
        found: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"

    def __repr__(self) -> str:
        return f"DecodeError({self.code!r}, {self.message!r}, offset={self.offset!r})"
