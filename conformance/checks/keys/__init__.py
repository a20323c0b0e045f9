"""Checks of content keys, KIDs and explicit IVs."""
