"""Faults as data: what can be wrong with a key server, one story each, and the engine that plays them."""

from __future__ import annotations

from conformance.refserver.faults.loader import load_faults
from conformance.refserver.faults.model import Fault, FaultError

__all__ = ["Fault", "FaultError", "load_faults"]
