"""Hostile key servers: whatever they send, the suite answers with a verdict and nothing else."""
