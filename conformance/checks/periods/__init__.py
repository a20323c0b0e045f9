"""Checks of key periods."""
