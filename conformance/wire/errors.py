"""The exception for an option, address or credential that cannot be used."""

from __future__ import annotations


class OptionError(ValueError):
    """Says in one sentence what is wrong with an option or environment variable, and how to fix it.

    The sentence names options and variables and never the value of a credential.
    """
