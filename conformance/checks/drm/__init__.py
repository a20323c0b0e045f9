"""Checks of DRM signalling, in whatever element it stands."""
