"""SPEKE v2 conformance suite: asks a key server questions and says which rule each answer keeps or breaks."""

__version__ = "0.1.0"
