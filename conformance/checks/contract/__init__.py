"""Checks of the encryption contract."""
