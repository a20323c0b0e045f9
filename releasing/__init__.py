"""Makes a release: `make release` writes everything that is published to dist/ (docs/releasing.md)."""
