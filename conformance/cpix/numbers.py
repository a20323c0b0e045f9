"""Numbers as a server writes them."""

from __future__ import annotations

import re

_WHOLE = re.compile("[0-9]{1,18}")
"""As many digits as fit into 64 bits; Python itself refuses to read a number of thousands of them."""


def whole(text: str) -> int | None:
    """A number of up to 18 digits of ASCII and nothing else; None for any other text."""
    return int(text) if _WHOLE.fullmatch(text) else None
