"""One run: options, profiles, claims."""
