"""What is kept of a run: exchanges and results as plain data, redacted at capture."""
