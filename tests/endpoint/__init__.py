"""Whole runs against endpoints of every kind, through the plugin as a user starts it."""
