"""Loads the plugin from the checkout; where the package is installed, its entry point has done so already."""

from __future__ import annotations

import pytest


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register the plugin, once; the list `pytest_plugins` would refuse runs that begin outside the checkout."""
    if not pluginmanager.has_plugin("conformance.pytest_plugin"):
        pluginmanager.import_plugin("conformance.pytest_plugin")
