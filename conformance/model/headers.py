"""Headers of HTTP messages, which are pairs of name and value in the order of the wire."""

from __future__ import annotations

from collections.abc import Iterable

SPEKE_VERSION = "X-Speke-Version"


def header_values(headers: Iterable[tuple[str, str]], name: str) -> tuple[str, ...]:
    """All values of a header as they came, in order, whatever the letter case of its name."""
    wanted = name.lower()
    return tuple(value for key, value in headers if key.lower() == wanted)
