"""How the suite speaks to a key server: target, authentication, HTTP client, redaction, repetition by hand."""
