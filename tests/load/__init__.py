"""Load tests: what is sent and judged, and a short run through Locust where it is installed."""
