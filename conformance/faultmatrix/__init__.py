"""The proof of the suite: every check fails when it should, and no harmless variation of an answer is accused."""
