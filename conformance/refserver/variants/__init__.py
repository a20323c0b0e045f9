"""Harmless variants: servers that are right and unusual, written like faults and killing nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from conformance.refserver.faults import Fault, load_faults

FOLDER = Path(__file__).parent


def load_variants() -> Mapping[str, Fault]:
    """Load the variants that come with the server, by id; raise FaultError."""
    return load_faults(sorted(FOLDER.glob("*.yaml")))
