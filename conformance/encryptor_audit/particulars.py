"""What differs from exchange to exchange and makes no finding new."""

from __future__ import annotations

import re

_PARTICULARS = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # UUIDs
    r"|key:[0-9a-f]{8}"  # fingerprints
    r"|\[@\w+=['\"][^'\"]*['\"]\]",  # predicates of XPaths
    re.IGNORECASE,
)
_RUNS = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}|\d+")
"""Encoded values and derived ids (if there is a digit among them; long words have none), and numbers."""
_DIGIT = re.compile(r"\d")


def generalised(text: str) -> str:
    """The text without what differs from case to case: numbers, UUIDs, fingerprints, encoded values."""
    return _RUNS.sub(
        lambda run: "#" if _DIGIT.search(run.group()) else run.group(),
        _PARTICULARS.sub("#", text),
    )
