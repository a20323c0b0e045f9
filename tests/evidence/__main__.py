"""Prints the table of forgeries that docs/evidence.md shows: `python -m tests.evidence`."""

from tests.evidence.forgeries import table

print(table())
