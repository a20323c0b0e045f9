"""A second key server, made from text templates by another reading of the specification."""
