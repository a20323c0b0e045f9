"""Evidence: a run packed for somebody else, signed, and verified."""
