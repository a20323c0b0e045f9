"""Checks of the answered document as a whole."""
