"""The proof of the suite: how many faults were planted in the reference key server, and how many of them it caught."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TALLY = Path(__file__).resolve().parent.parent / "refserver" / "tally.json"
"""Written by the suite's own tests, which plant every fault; ships with the package."""

_NUMBERS = ("faults", "caught", "checks", "proven", "variations", "harmless")


def proof(path: Path = TALLY) -> dict[str, Any]:
    """The tally of planted faults; `available: false` with a sentence where there is none that can be read.

    `faults`/`caught`: planted faults, and those that turned their check red. `checks`/`proven`: checks, and those that
    some fault turns red. `variations`/`harmless`: harmless variations, and those that stayed green.
    """
    try:
        tally = json.loads(path.read_text(encoding="utf-8"))
        numbers = {name: int(tally[name]) for name in _NUMBERS if name in tally}
    except (OSError, ValueError, TypeError, AttributeError):
        return {"available": False, "text": "not available in this run"}
    return {"available": True, **numbers, "made": str(tally.get("made", ""))}
