"""Checks of refusals and their messages."""
