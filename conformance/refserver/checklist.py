"""Every rule of the server by name, in the order in which they are asked; a fault may drop them."""

from __future__ import annotations

from typing import Final

from conformance.refserver.contract import CONTRACT_RULES
from conformance.refserver.rules import PERIOD_RULES, RULES

CHECKS: Final[tuple[str, ...]] = (
    "credentials",
    "method",
    "speke-version-present",
    "speke-version",
    "doctype",
    "xml",
    "root",
    *(name for name, _ in RULES + CONTRACT_RULES + PERIOD_RULES),
)
