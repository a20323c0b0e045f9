"""Prints the canary table of docs/security.md: `python -m tests.canaries [EVERY]`.

All takes half an hour; EVERY takes every so-many-th notation, other ones at each place.
"""

from __future__ import annotations

import sys
from collections import Counter

from tests.canaries.places import DOCUMENT, PROSE
from tests.canaries.sweep import Sighting, kind_of, sweep, table


def main() -> None:
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    planted: Counter[str] = Counter()
    found: dict[bool, list[Sighting]] = {}
    for known in (True, False):
        found[known] = list(sweep({**PROSE, **DOCUMENT}, known=known, stride=every, planted=planted))
    print(table(planted, found[True], found[False]))
    for known, word in ((True, "known"), (False, "unknown")):
        for one in found[known]:
            if known or one.place in PROSE:
                print(f"a key that is {word} shows: {one.place}, {one.notation}: {one.shown!r}")
    shown = Counter(one.place for one in found[False] if kind_of(one.place) != "body")
    print("unknown keys that show:", ", ".join(f"{place} ({count})" for place, count in shown.items()))


if __name__ == "__main__":
    main()
