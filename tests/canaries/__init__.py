"""Recognisable secrets are planted in whole runs, and nothing that a run writes or says may hold them."""
