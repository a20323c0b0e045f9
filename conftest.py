"""Loads the plugin from the checkout; where the package is installed, its entry point has done so already."""

pytest_plugins = ["conformance.plugin"]
