"""From YAML to requests."""
