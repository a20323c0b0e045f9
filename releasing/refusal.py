"""Why no release can be made."""

from __future__ import annotations


class Refusal(Exception):
    """One sentence with the fix."""
