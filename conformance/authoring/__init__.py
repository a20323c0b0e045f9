"""What authors of cases, profiles, checks and faults need: schemas for their editor, and starting points."""
