"""The suite outside its checkout: built, installed into an empty environment, run from an empty folder."""
