"""The one door for secrets: what leaves the suite passes through here."""
