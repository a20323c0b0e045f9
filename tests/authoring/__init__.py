"""Schemas and starting points."""
