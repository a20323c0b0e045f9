"""One raw result document, and the views made of it."""
