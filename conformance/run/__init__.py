"""One run: settings and profile, discovery of the claims, and the runner that sends each request once."""
