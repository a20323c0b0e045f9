"""Tests of the transport against real servers on loopback."""
