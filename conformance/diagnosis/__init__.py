"""From many findings to the few causes."""
