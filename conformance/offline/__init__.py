"""What is done with results after a run: read, compared, judged again, explained, handed over as evidence."""
