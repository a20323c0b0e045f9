"""Executing steps and asking questions."""
