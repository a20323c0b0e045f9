"""Tests of the reference key server."""
