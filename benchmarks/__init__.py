"""How fast the suite is, measured side by side in one run: `python -m benchmarks`."""
