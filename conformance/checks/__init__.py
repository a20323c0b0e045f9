"""The questions, by topic. Pure: an exchange in, findings out."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from conformance.checks.registry import CHECKS, Check


def load_checks() -> Mapping[str, Check]:
    """All checks by id, in the order of their modules, whoever was imported first; imports each module once."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return CHECKS.in_order()
