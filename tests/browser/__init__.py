"""The report as its reader sees it, in headless Chromium."""
