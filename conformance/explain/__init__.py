"""What the suite asks, in words: lists, explanations, examples, and what a newer catalogue changes."""
