"""The docs: their commands run and print what they say, their links lead somewhere."""
