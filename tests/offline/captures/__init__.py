"""Tests of the readers of captures."""
