"""Prints the canary table: `python -m tests.canaries`."""

from __future__ import annotations

from tests.canaries.places import DOCUMENT, PROSE
from tests.canaries.sweep import sweep, table


def main() -> None:
    for title, places, known in (
        ("known keys", {**PROSE, **DOCUMENT}, True),
        ("unknown keys outside of documents", PROSE, False),
        ("unknown keys in well-formed documents", DOCUMENT, False),
    ):
        found = list(sweep(places, known=known))
        print(f"{title}: notations of a planted key that show, by place\n{table(found, places)}\n")


if __name__ == "__main__":
    main()
