"""Checks of what no operator can accept."""
