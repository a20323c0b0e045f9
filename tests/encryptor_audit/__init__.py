"""Tests of the audit: what an encryptor sends, and what passes between it and a key server."""
