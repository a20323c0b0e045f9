"""The questions, by topic. Pure: an exchange in, findings out."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from conformance.checks.registry import Check, registered


def load_checks() -> Mapping[str, Check]:
    """All checks by id; imports every module of this package once."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return registered()
