"""Checks of encrypted content keys."""
