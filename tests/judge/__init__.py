"""The arithmetic of the verdict."""
