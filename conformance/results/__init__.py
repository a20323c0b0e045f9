"""The result document of a run: made, read, sealed and compared."""
