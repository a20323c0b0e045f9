"""Checks of the HTTP exchange and of the endpoint."""
