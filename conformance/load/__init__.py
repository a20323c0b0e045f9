"""Load: many channels ask for their keys through Locust, and every answer is judged by the same checks as in a run."""
