"""Tests of the trial with a real encryptor."""
