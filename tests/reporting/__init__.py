"""Tests of the result document and of the views made of it."""
